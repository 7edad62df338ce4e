"""Retention deletes what is older than it is kept, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.recorder.archive import TOPIC
from services.recorder.retention import Deleted, Retention, apply_retention
from shared.archive.address import FolderAddress
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore
from shared.settings import Settings
from tests.support.archives import (
    archived,
    batch,
    engine,
    in_each_place,
    later,
    lay,
    manifest,
    settings,
    writer,
)

__all__ = ["engine", "manifest", "settings"]

pytestmark = pytest.mark.timeout(180)


@in_each_place
async def test_retention_deletes_what_is_older_and_nothing_else(
    settings: Settings, engine: AsyncEngine, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime(2026, 5, 1, 12, tzinfo=UTC)
    archive = (await writer(manifest, settings)).archive
    old, new = batch(0, 1), batch(2, 3)
    for one, days in (*((one, 40) for one in old), *((one, 2) for one in new)):
        one.record.timestamp = int((now - timedelta(days=days)).timestamp() * 1_000)
    await archive([*old, *new])
    await archive.write()
    store = ArchiveStore(settings.archive)
    folder = store.names()[0].rpartition("/")[0]
    stray = f"{folder}/0-{9:020d}-{9:020d}-0badcafe.parquet"
    is_folder = isinstance(store.address, FolderAddress)  # a bucket shows nothing half-written
    for name in (stray, *([f"{folder}/.partial-x"] if is_folder else [])):
        lay(settings.archive, name, b"left by a crash")
    later(monkeypatch)
    rows = text(
        "insert into predictions (request_id, family, request, body_hash, model_version, feature_set, "
        "pokedex_hash, answer, features, late, source_partition, source_offset, made_at) "
        "values (:id, 'battle', '{}', '', '', '', '', '{}', '', false, 0, 0, :at)"
    )
    reports = text(
        "insert into outcomes (request_id, reporter, outcome, source_partition, source_offset, reported_at) "
        "values (:id, 'k', 'a', 0, 0, :at)"
    )
    async with engine.begin() as connection:
        for name, days in (("older", 31), ("younger", 29)):
            for statement in (rows, reports):
                await connection.execute(statement, {"id": name, "at": now - timedelta(days=days)})

    async def apply(log_days: int, archive_days: int) -> Deleted:
        return await apply_retention(
            engine, manifest, settings.archive, Retention(log_days, archive_days), now
        )

    assert await apply(0, 0) == Deleted(partials=int(is_folder))
    async with engine.connect() as holder:
        await holder.execute(text("select pg_advisory_lock(7003614250171002)"))
        assert await apply(30, 30) == Deleted()  # another recorder is at it
        await holder.execute(text("select pg_advisory_unlock_all()"))
    assert await apply(30, 30) == Deleted(predictions=1, outcomes=1, files=1)
    assert [one.offset for one in await archived(manifest, settings)] == [2, 3]
    async with engine.connect() as connection:
        for table in ("predictions", "outcomes"):
            left = await connection.scalars(text(f"select request_id from {table}"))
            assert left.all() == ["younger"]
    assert stray in store.names()
    assert await manifest.covered(TOPIC) == {0: 4}
