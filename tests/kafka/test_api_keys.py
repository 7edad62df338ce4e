"""API keys from the command line to the door, over the real topic."""

import asyncio
import json
import stat
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from contracts.access import Scope
from contracts.channels import AUDIT_EVENTS
from services.cli.app import create_app as create_cli
from services.cli.granting import ensure_first_key
from services.gateway.access import HEADER
from services.gateway.app import create_app
from shared.access_reader import AccessReader
from shared.bus import decode
from shared.errors import PredictionDexError
from shared.settings import Settings
from tests.support.api_keys import grant_key
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for

pytestmark = pytest.mark.timeout(180)
REVOKED_WITHIN_SECONDS = 5.0
BODY = {"a": 1}
"""Refused with 422 by whoever may ask, so that nothing is published."""


@pytest.fixture
def settings(kafka_bootstrap: str, tmp_path: Path) -> Settings:
    return settings_for(kafka_bootstrap, data_dir=tmp_path)


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(settings)
    made = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gateway")
    async with running(app), made as opened:

        async def are_read() -> bool:
            return bool((await opened.get("/health/ready")).json()["checks"]["keys"] == "ok")

        await eventually(are_read, "the keys to be read")
        yield opened


async def status(client: httpx.AsyncClient, key: str) -> int:
    return (await client.post("/predict/battle", json=BODY, headers={HEADER: key})).status_code


async def becomes(client: httpx.AsyncClient, key: str, expected: int, timeout_s: float = 30) -> float:
    """Seconds until the key is answered so."""
    begin = time.monotonic()

    async def is_so() -> bool:
        return await status(client, key) == expected

    await eventually(is_so, f"status {expected}", timeout_s)
    return time.monotonic() - begin


async def deeds(settings: Settings, *key_ids: str) -> list[tuple[str, str, str]]:
    """What the audit events tell of these keys: action, key id, owner."""
    events = [
        decode(AUDIT_EVENTS, record.value)
        for record in await read_all(settings.kafka_bootstrap, AUDIT_EVENTS.name)
    ]
    return [
        (event.action, event.subject, event.detail["owner"]) for event in events if event.subject in key_ids
    ]


async def dex(settings: Settings, *arguments: str) -> tuple[int, str, str]:
    """Run a command as `dex` does, in a thread: exit code, stdout, stderr.

    An error that the application turns into a message is its text, with exit code 1.
    """
    environment = {
        "LC_ALL": "C.UTF-8",
        "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "PDX_DATA_DIR": str(settings.data_dir),
    }
    result = await asyncio.to_thread(CliRunner().invoke, create_cli(), arguments, env=environment)
    if isinstance(result.exception, PredictionDexError):
        return 1, result.stdout, str(result.exception)
    return result.exit_code, result.stdout, result.stderr


async def test_a_key_lives_from_create_to_revoke_without_a_restart(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    owner = f"shop-{settings.instance_id.rsplit('-', 1)[1]}"

    code, out, err = await dex(settings, "keys", "create", owner, "--scope", "predict", "--days", "30")
    # the gateway of this test may log meanwhile, in the same process
    secrets = [line for line in out.splitlines() if line.startswith("pdx_")]
    assert (code, len(secrets)) == (0, 1), err
    first = secrets[0]
    assert first not in err
    await becomes(client, first, 422)

    kept = settings.data_dir / "second.key"
    code, out, err = await dex(settings, "keys", "create", owner, "--out", str(kept), "--json")
    assert code == 0, err
    second = kept.read_text().strip()
    assert second not in out + err
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    await becomes(client, second, 422)

    code, _, err = await dex(settings, "keys", "create", owner)
    assert code == 1
    assert "dex keys revoke" in err

    first_id = first.split("_")[1]
    code, out, _ = await dex(settings, "keys", "revoke", first_id)
    assert code == 0
    assert await becomes(client, first, 401) < REVOKED_WITHIN_SECONDS
    assert await status(client, second) == 422

    code, out, _ = await dex(settings, "keys", "list", "--json")
    states = {one["key_id"]: one for one in json.loads(out[out.index("[\n") :])}
    assert states[first_id]["state"] == "revoked"
    assert states[second.split("_")[1]]["state"] == "in force"
    assert first.split("_")[2] not in out
    second_id = second.split("_")[1]
    assert await deeds(settings, first_id, second_id) == [
        ("key.granted", first_id, owner),
        ("key.granted", second_id, owner),
        ("key.revoked", first_id, owner),
    ]
    code, _, err = await dex(settings, "--lang", "fr", "keys", "revoke", "nobody")
    assert (code, err.splitlines()[0]) == (1, "erreur : Il n’y a pas de clé d’API nobody.")


async def test_the_installation_has_one_key_and_makes_another_when_it_is_lost(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    file, owner = settings.api_key_file, settings.instance_id

    assert await ensure_first_key(settings, owner) is not None
    first = file.read_text().strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    await becomes(client, first, 422)
    assert await ensure_first_key(settings, owner) is None
    assert file.read_text().strip() == first

    file.unlink()
    assert await ensure_first_key(settings, owner) is not None
    await becomes(client, first, 401)
    second = file.read_text().strip()
    await becomes(client, second, 422)
    first_id, second_id = first.split("_")[1], second.split("_")[1]
    assert await deeds(settings, first_id, second_id) == [
        ("key.granted", first_id, owner),
        ("key.revoked", first_id, owner),
        ("key.granted", second_id, owner),
    ]


async def test_a_gateway_that_starts_later_knows_every_key_and_revocation(settings: Settings) -> None:
    kept, key = await grant_key(settings, Scope.PREDICT)
    reader = AccessReader(settings)
    await reader.start()
    try:
        assert reader.unread() is not None or reader.judge(key) == kept
        await reader.wait_caught_up(30)
        assert reader.unread() is None
        assert reader.judge(key) == kept
        assert reader.judge(key[:-1]) == "unknown"
    finally:
        await reader.stop()
    assert reader.unread() is not None
