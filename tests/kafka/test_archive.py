"""Each prediction is in the archive exactly once, as it lay on the topic, whatever kills the recorder."""

import asyncio
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from contracts.serving import PredictionMade
from services.recorder.app import create_app
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore
from shared.settings import Settings
from tests.support.archives import archived, engine, manifest, on_kafka, send, settings, some, until_archived
from tests.support.asgi import running
from tests.support.kill_points import (
    AFTER_ARCHIVE_FILE,
    AFTER_ARCHIVE_MANIFEST,
    AFTER_OFFSET_COMMIT,
    AFTER_POLL,
    BEFORE_OFFSET_COMMIT,
    Inside,
)
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
    frame = pd.read_parquet([ArchiveStore(settings.archive).path(file.path) for file in files])
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
