"""A key for a gateway of a test: granted on its topic, as `dex keys create` does."""

import secrets
import time

from contracts.access import AccessGranted, Scope
from contracts.channels import ACCESS_GRANTED
from shared.api_keys import draw_key
from shared.bus import create_producer, publish
from shared.settings import Settings


async def publish_grant(settings: Settings, grant: AccessGranted) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        await publish(producer, ACCESS_GRANTED, grant, key=grant.key_id)
    finally:
        await producer.stop()


async def grant_key(settings: Settings, *scopes: Scope) -> tuple[AccessGranted, str]:
    """A grant of these scopes to somebody new, on the topic, and the key in clear."""
    grant, key = draw_key(
        f"test-{secrets.token_hex(4)}", scopes, now_ms=int(time.time() * 1_000), lifetime_ms=600_000
    )
    await publish_grant(settings, grant)
    return grant, key
