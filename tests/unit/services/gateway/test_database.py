"""The door itself is shown on a database (`tests/kafka`); here a schema that cannot be brought up to date."""

import asyncio

import pytest

from services.gateway import database
from services.gateway.database import LogDatabase
from shared.errors import Misconfigured, TransientFailure
from shared.settings import Settings


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (Misconfigured("PostgreSQL is away"), "history and jobs answer 503: PostgreSQL is away"),
        (LookupError("no such revision"), "history and jobs answer 503: LookupError('no such revision')"),
    ],
)
async def test_whatever_keeps_the_schema_back_is_told_and_tried_again(
    failure: Exception, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [failure, failure]
    told: list[str | None] = []

    async def migrate(_: str, *, wait_s: float) -> None:
        if failures:
            raise failures.pop()

    monkeypatch.setattr(database, "migrate", migrate)
    monkeypatch.setattr(database, "PAUSE_SECONDS", 0)
    door = LogDatabase(Settings(), told.append)
    with pytest.raises(TransientFailure):
        async with door.transaction():
            pass
    await door.start()
    try:
        async with asyncio.timeout(10):
            await door.wait_until_current()
    finally:
        await door.stop()
    assert told == [said, said, None]
