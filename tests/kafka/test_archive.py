"""Each prediction is in the archive exactly once, as it lay on the topic, whatever kills the recorder."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import pandas as pd
import pytest
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.serving import PredictionMade
from services.recorder.app import create_app
from services.recorder.archive import TOPIC
from shared.archive.address import parse_address
from shared.archive.manifest import Manifest
from shared.database.archive_tables import ArchiveFile, ArchiveOffset
from shared.settings import Settings
from tests.support.archives import archived, engine, manifest, on_kafka, settings, some, until_archived
from tests.support.asgi import running
from tests.support.kill_points import (
    AFTER_ARCHIVE_FILE,
    AFTER_ARCHIVE_MANIFEST,
    AFTER_OFFSET_COMMIT,
    AFTER_POLL,
    BEFORE_OFFSET_COMMIT,
    Inside,
)
from tests.support.predictions import send
from tests.support.service_process import Member

__all__ = ["engine", "manifest", "on_kafka", "settings"]

pytestmark = pytest.mark.timeout(180)


async def test_every_record_is_archived_once_as_it_lay_on_the_topic(
    on_kafka: Settings, manifest: Manifest
) -> None:
    settings = on_kafka
    sent = some(40) + some(5, family="iris", features=b"\0\0\xc0\x7f" * 3)
    sent += sent[:10]  # delivered twice: two records, both kept
    async with running(create_app(settings)):
        await send(settings, *sent)
        records = await until_archived(manifest, settings, sent)
    found = {(one.partition, one.offset): one for one in await archived(manifest, settings)}
    assert len(found) == len(records) == 55
    by_id = {one.request_id: one for one in sent}
    for record in records:
        one = found[record.partition, record.offset]
        assert (one.timestamp_ms, one.made) == (record.timestamp, by_id[record.key.decode()])
    files = await manifest.files()
    assert {file.family for file in files} == {"battle", "iris"}
    frame = pd.read_parquet([parse_address(settings.archive).uri(file.path) for file in files])
    assert Counter(frame["family"]) == {"battle": 50, "iris": 5}
    assert set(frame["features"].map(len)) == {1, 3}


async def test_a_recorder_that_is_killed_anywhere_archives_each_record_once(
    on_kafka: Settings, manifest: Manifest, tmp_path: Path
) -> None:
    settings = on_kafka
    sent: list[PredictionMade] = []
    points = (
        AFTER_POLL,
        AFTER_ARCHIVE_FILE,
        AFTER_ARCHIVE_MANIFEST,
        BEFORE_OFFSET_COMMIT,
        AFTER_ARCHIVE_FILE,
        AFTER_OFFSET_COMMIT,
    )
    for number, point in enumerate(points):
        batch = some(30)
        sent += batch
        await send(settings, *batch)
        inside = Inside(kill_at=point, hits=1 + number % 3 if point != AFTER_OFFSET_COMMIT else 1)
        member = Member("recorder", settings, tmp_path / f"recorder-{number}.log", inside=inside)
        member.start()
        async with asyncio.timeout(60):
            while member.is_alive:  # a point that is passed once a file needs more than one
                batch = some(5)
                sent += batch
                await send(settings, *batch)
                await asyncio.sleep(0.3)
        await member.wait_gone(1)
        assert f"killed: {point}" in member.log()
    async with running(create_app(settings)):
        records = await until_archived(manifest, settings, sent)
    found = Counter((one.partition, one.offset) for one in await archived(manifest, settings))
    assert found == Counter((record.partition, record.offset) for record in records)
    assert len(records) == len(sent) >= 30 * len(points)


async def test_a_database_that_is_put_back_while_the_recorder_runs_is_told_and_leaves_no_hole(
    on_kafka: Settings, manifest: Manifest, engine: AsyncEngine
) -> None:
    settings = on_kafka
    sent = some(40)
    app = create_app(settings)
    async with (
        running(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://recorder") as client,
    ):
        await send(settings, *sent)
        await until_archived(manifest, settings, sent)
        backup, kept = await manifest.covered(TOPIC), {file.path for file in await manifest.files()}
        later = some(40)
        await send(settings, *later)
        await until_archived(manifest, settings, later)
        async with engine.begin() as connection:
            await connection.execute(delete(ArchiveFile).where(ArchiveFile.path.not_in(kept)))
            for partition, covered in backup.items():
                moved = update(ArchiveOffset).where(ArchiveOffset.partition == partition)
                await connection.execute(moved.values(covered_offset=covered))
        last = some(40)
        await send(settings, *last)
        records = await until_archived(manifest, settings, [*sent, *later, *last])
        notes = (await client.get("/health/ready")).json()["notes"]
    found = Counter((one.partition, one.offset) for one in await archived(manifest, settings))
    assert found == Counter((record.partition, record.offset) for record in records)
    assert len(records) == 120
    for partition in backup:
        assert "the database was put back" in notes[f"archive {TOPIC}-{partition}"]
