"""An archive in a bucket: nothing stops while it is away, nothing is lost or twice, whatever was killed."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from services.cli import archive as commands
from services.embedded.ports import free_port
from services.recorder.app import create_app
from shared.archive.manifest import Manifest, Selection
from shared.archive.purging import remove
from shared.archive.store import ArchiveStore
from shared.errors import ArchiveAway, TransientFailure
from shared.settings import Settings
from tests.support.archives import (
    archived,
    batch,
    engine,
    later,
    manifest,
    on_kafka,
    settings,
    some,
    until_archived,
    writer,
)
from tests.support.asgi import running
from tests.support.bus import eventually
from tests.support.fault_proxy import FaultProxy, proxying
from tests.support.kill_points import AFTER_ARCHIVE_FILE, Inside
from tests.support.predictions import send
from tests.support.s3_server import S3Server
from tests.support.service_process import Member

__all__ = ["engine", "manifest", "on_kafka", "settings"]

pytestmark = pytest.mark.timeout(180)
HANGS_S = 1.0
LONGEST_STALL_S = 2.0
"""Of the event loop, on a machine that is busy; a request to a bucket that hangs takes ten seconds."""


@pytest.fixture
def proxy(s3_server: S3Server) -> Iterator[FaultProxy]:
    with proxying(free_port(), ("127.0.0.1", s3_server.port)) as made:
        yield made


@pytest.fixture
def archive_root(s3_server: S3Server, proxy: FaultProxy) -> str:
    """A bucket behind a network that can fail."""
    return s3_server.archive(s3_server.make_bucket(), host=f"127.0.0.1:{proxy.port}")


async def offsets_in(manifest: Manifest, settings: Settings) -> list[int]:
    return [one.offset for one in await archived(manifest, settings)]


async def test_a_bucket_that_is_away_is_told_and_caught_up_with(
    settings: Settings, manifest: Manifest, proxy: FaultProxy
) -> None:
    proxy.cut()
    one = await writer(manifest, settings, seconds=0.0)
    await one.archive.start()

    async def is_told() -> bool:
        return "Is it up" in str(await one.archive.check())

    await eventually(is_told, "readiness to say that the bucket is away, before anything is to be written")
    await one.archive(batch(0, 1))
    with pytest.raises(TransientFailure, match=r"PDX_ARCHIVE=s3://.* Is it up"):
        await one.archive.write()  # as a batch that fills the buffer does: it is held
    assert await manifest.files() == []
    proxy.mend()

    async def is_archived() -> bool:
        return await offsets_in(manifest, settings) == [0, 1] and await one.archive.check() is None

    await eventually(is_archived, "what waited to be archived")

    await one.archive(batch(2))
    await eventually(lambda: one.place.offsets is not None and 3 in one.place.offsets.values(), "the third")
    await one.archive.stop()
    assert len(ArchiveStore(settings.archive).names()) == len(await manifest.files()) == 2


async def test_a_bucket_that_hangs_stops_nothing_else(
    settings: Settings, manifest: Manifest, proxy: FaultProxy
) -> None:
    one = await writer(manifest, settings)
    await one.keep(0)
    proxy.network.is_silent = True
    await one.archive(batch(1))
    writing = asyncio.create_task(one.archive.write())
    began = looked_at = time.monotonic()
    longest = 0.0
    while looked_at < began + HANGS_S:
        await asyncio.sleep(0.01)
        longest, looked_at = max(longest, time.monotonic() - looked_at), time.monotonic()
    assert longest < LONGEST_STALL_S
    assert not writing.done()
    proxy.mend()
    await writing
    assert await offsets_in(manifest, settings) == [0, 1]


def test_a_bucket_that_hangs_is_given_up(
    archive_root: str, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.archive.bucket.SILENT_SECONDS", 1.0)
    proxy.network.is_silent = True
    with pytest.raises(ArchiveAway, match="Is it up"):
        ArchiveStore(archive_root, attempts=1).check()


async def test_nothing_is_taken_out_of_the_manifest_while_the_bucket_is_away(
    settings: Settings, manifest: Manifest, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.archive.purging.REMOVED_AT_ONCE", 1)
    one = await writer(manifest, settings)
    await one.keep(0)
    await one.keep(1)
    proxy.cut()
    with pytest.raises(ArchiveAway):
        await remove(manifest, ArchiveStore(settings.archive, attempts=1), Selection())
    assert len(await manifest.files()) == 2
    proxy.mend()
    assert await remove(manifest, ArchiveStore(settings.archive), Selection()) == 2
    assert ArchiveStore(settings.archive).names() == []


async def test_a_recorder_that_is_killed_leaves_a_stray_which_a_person_deletes(
    on_kafka: Settings, manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, sent = on_kafka, some(40)
    await send(settings, *sent)
    member = Member(
        "recorder", settings, tmp_path / "recorder.log", inside=Inside(kill_at=AFTER_ARCHIVE_FILE)
    )
    member.start()
    await member.wait_gone(60)
    assert f"killed: {AFTER_ARCHIVE_FILE}" in member.log()
    assert await manifest.files() == []
    (stray,) = ArchiveStore(settings.archive).names()

    async with running(create_app(settings)):
        records = await until_archived(manifest, settings, sent)
    found = Counter((one.partition, one.offset) for one in await archived(manifest, settings))
    assert found == Counter((record.partition, record.offset) for record in records)
    assert len(records) == len(sent)

    monkeypatch.setenv("PDX_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PDX_ARCHIVE", settings.archive)
    later(monkeypatch)
    app = typer.Typer()
    commands.register(app)
    purge = ["archive", "purge", "--strays", "--yes", "--json"]
    purged = await asyncio.to_thread(CliRunner().invoke, app, purge)
    assert json.loads(purged.stdout)["strays"] == 1
    store = ArchiveStore(settings.archive)
    assert stray not in store.names()
    assert store.names() == sorted(file.path for file in await manifest.files())
