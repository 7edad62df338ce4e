"""What ADWIN saw, on a real database: each change once, a bounded number, by release and by span."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database import drift_changes
from shared.database.drift_changes import changes_within, last_changes, write_changes
from shared.database.pool import Database
from tests.support.bus import settings_for
from tests.support.drift import a_change

FIRST = a_change(
    family="drifting", model_version="a", at_ms=1_000, source_partition=0, source_offset=7, recent=64
)


@pytest.fixture
async def connection(database_url: str, tmp_path: Path) -> AsyncIterator[AsyncConnection]:
    """In a transaction that is rolled back."""
    database = Database(settings_for("127.0.0.1:1", database_url=database_url, data_dir=tmp_path))
    await database.start()
    async with database.engine.connect() as made:
        await made.execute(text("delete from drift_changes"))
        yield made
    await database.stop()


async def test_a_change_that_is_written_again_is_there_once(connection: AsyncConnection) -> None:
    other = replace(FIRST, signal="confidence")
    await write_changes(connection, [FIRST])
    await write_changes(connection, [FIRST, other])
    await write_changes(connection, [])
    assert await changes_within(connection, ("drifting", "a"), (0, 2_000), 10) == [other, FIRST]


async def test_a_window_has_the_changes_of_its_release_and_span(connection: AsyncConnection) -> None:
    at = {time_ms: replace(FIRST, at_ms=time_ms) for time_ms in (999, 1_000, 1_999, 2_000)}
    await write_changes(connection, [*at.values(), replace(FIRST, model_version="b")])
    within = await changes_within(connection, ("drifting", "a"), (1_000, 2_000), 10)
    assert within == [at[1_000], at[1_999]]
    assert await changes_within(connection, ("drifting", "a"), (1_000, 2_000), 1) == [at[1_000]]


async def test_the_last_change_of_each_release_is_found(connection: AsyncConnection) -> None:
    later = replace(FIRST, at_ms=5_000)
    of_another = replace(FIRST, model_version="b")
    await write_changes(connection, [later, FIRST, of_another])
    assert await last_changes(connection) == {("drifting", "a"): later, ("drifting", "b"): of_another}


async def test_only_the_newest_are_kept(connection: AsyncConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_changes, "CHANGES_KEPT", 3)
    made = [replace(FIRST, at_ms=1_000 * number) for number in range(5)]
    await write_changes(connection, made[:4])
    await write_changes(connection, made[4:])
    assert await changes_within(connection, ("drifting", "a"), (0, 10_000), 10) == made[2:]
