"""API keys on their topic: read all, grant one, revoke one, and the key of this installation."""

import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiokafka.errors import KafkaError

from contracts.access import AccessGranted, Scope
from contracts.audit import AuditEvent
from contracts.channels import ACCESS_GRANTED
from services.cli import texts
from services.cli.asking import await_broker
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from shared.access_reader import AccessReader
from shared.api_keys import draw_key, revoke, state_of
from shared.audit import new_event, this_person, this_place
from shared.audit_log import AuditLog
from shared.bus import create_producer, publish
from shared.errors import Misconfigured
from shared.private_files import write_private
from shared.settings import Settings

READ_SECONDS: Final = 15.0
PROGRAM: Final = "dex"


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return int(time.time() * 1_000)


@asynccontextmanager
async def reading(settings: Settings) -> AsyncIterator[AccessReader]:
    """All grants, read to their end. Raises NotRunning when the bus cannot be reached."""
    # that a broker is away is said once, by us
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    await await_broker(settings)
    reader = AccessReader(settings)
    try:
        await reader.start()
        await reader.wait_caught_up(READ_SECONDS)
        yield reader
    except KafkaError as error:
        remedy = say(texts.START_REMEDY)
        raise NotRunning(f"Kafka, {settings.kafka_bootstrap}: {error}\n{remedy}") from error
    except TimeoutError as error:
        unread = say(texts.UNREAD_KEYS.of(seconds=f"{READ_SECONDS:g}"))
        raise NotRunning(f"{unread}\n{say(texts.START_REMEDY)}") from error
    finally:
        await reader.stop()


async def read_grants(settings: Settings) -> Mapping[str, AccessGranted]:
    """Every grant by key id. Raises NotRunning."""
    async with reading(settings) as reader:
        return dict(reader.grants)


async def write_grants(settings: Settings, grants: Sequence[AccessGranted]) -> None:
    """Publish the events that tell of the grants, then these, in order.

    Raises NotRunning or TransientFailure. No grant is without its event: nobody would answer for it.
    """
    producer = create_producer(settings)
    try:
        await producer.start()
        await AuditLog(settings, producer).append([_deed(grant) for grant in grants])
        for grant in grants:
            await publish(producer, ACCESS_GRANTED, grant, key=grant.key_id)
    except KafkaError as error:
        raise NotRunning(f"{error!r}\n{say(texts.START_REMEDY)}") from error
    finally:
        await producer.stop()


def _deed(grant: AccessGranted) -> AuditEvent:
    return new_event(
        "key.granted" if grant.revoked_at_ms is None else "key.revoked",
        subject=grant.key_id,
        actor=this_person(),
        origin=this_place(PROGRAM),
        at_ms=now_ms(),
        detail={"owner": grant.owner, "scopes": ", ".join(grant.scopes)},
    )


def keep_key(file: Path, key: str) -> None:
    """Write a key where this account alone reads it. Raises Misconfigured."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(file, f"{key}\n".encode())
    except OSError as error:
        raise Misconfigured(f"The API key cannot be written to {file}: {error}") from error


async def ensure_first_key(settings: Settings, owner: str) -> str | None:
    """See that the key in `settings.api_key_file` is in force; make one for all scopes when it is not.

    Returns the id of a key that was made. Keys that `owner` has in force are revoked then: their
    secrets were in the file that is gone. Raises Misconfigured when it cannot be written.
    """
    file = settings.api_key_file
    async with reading(settings) as reader:
        held = file.read_text("utf-8", "replace").strip() if file.exists() else ""
        if held and isinstance(reader.judge(held), AccessGranted):
            file.chmod(0o600)
            return None
        now = now_ms()
        lost = [
            revoke(grant, now)
            for grant in reader.grants.values()
            if grant.owner == owner and state_of(grant, now) == "in force"
        ]
    grant, key = draw_key(owner, Scope, now_ms=now, lifetime_ms=None)
    # The file first: a key that is granted and nowhere kept is of no use to anybody.
    keep_key(file, key)
    await write_grants(settings, [*lost, grant])
    return grant.key_id
