"""What a writer adds to the archive follows on what is covered, or nothing is added."""

import asyncio
import threading
from typing import Any

import pytest
from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.channels import PREDICTIONS_MADE
from services.cli.replay.sources import Extent, open_source
from services.recorder.archive import TOPIC
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore
from shared.errors import TransientFailure
from shared.settings import Settings
from tests.support.archives import PLACE, archived, batch, engine, manifest, settings, unassigned, writer

__all__ = ["engine", "manifest", "settings"]

pytestmark = pytest.mark.timeout(180)


async def offsets_in(manifest: Manifest, settings: Settings) -> list[int]:
    return [one.offset for one in await archived(manifest, settings)]


async def put_back(engine: AsyncEngine, covered: int) -> None:
    """What restoring a backup of then does to the manifest; 0: of before the partition's first file."""
    async with engine.begin() as connection:
        await connection.execute(text("delete from archive_files where first_offset >= :at"), {"at": covered})
        await connection.execute(text("delete from archive_offsets where :at = 0"), {"at": covered})
        await connection.execute(text("update archive_offsets set covered_offset = :at"), {"at": covered})


async def test_a_writer_that_woke_up_late_adds_nothing(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, other = await writer(manifest, settings), await writer(manifest, settings)
    await late.archive(batch(0, 1, 2))
    wrote, may_go_on = asyncio.Event(), threading.Event()
    original, loop = ArchiveStore.write, asyncio.get_running_loop()

    def slow(*args: Any) -> Any:
        written = original(*args)
        loop.call_soon_threadsafe(wrote.set)
        assert may_go_on.wait(30)
        return written

    with monkeypatch.context() as patch:
        patch.setattr(ArchiveStore, "write", slow)
        writing = asyncio.create_task(late.archive.write())
        await wrote.wait()
    await other.keep(0, 1, 2, 4)
    may_go_on.set()
    await writing
    assert late.place.is_to_be_placed
    assert (late.moved("ahead"), late.moved("behind"), late.told) == (1, 0, {})

    assert await late.assign() == 5
    await late.keep(2, 4, 5)
    assert await offsets_in(manifest, settings) == [0, 1, 2, 4, 5]
    assert late.place.offsets == {PLACE: 6}
    assert len(ArchiveStore(settings.archive).names()) == len(await manifest.files()) == 2


async def test_what_a_writer_kept_of_a_partition_that_it_lost_is_left_to_its_owner(
    settings: Settings, manifest: Manifest
) -> None:
    former, owner = await writer(manifest, settings), await writer(manifest, settings)
    former.place.is_owner = False
    await owner.keep(0, 1)
    await former.keep(0, 1, 2)
    assert await offsets_in(manifest, settings) == [0, 1]
    assert (former.place.is_to_be_placed, former.moved("ahead"), former.told) == (False, 0, {})


@pytest.mark.parametrize("covered", [3, 0])
async def test_a_database_that_is_put_back_under_a_writer_leaves_no_hole(
    settings: Settings, manifest: Manifest, engine: AsyncEngine, covered: int
) -> None:
    one = await writer(manifest, settings)
    await one.keep(0, 1, 2)
    await one.keep(3, 4, 5)
    await put_back(engine, covered)
    await one.keep(6, 7)
    assert await offsets_in(manifest, settings) == list(range(covered))
    assert (one.place.is_to_be_placed, one.moved("behind")) == (True, 1)
    assert f"covered offset {covered} where 6 was archived" in str(one.told[f"archive {TOPIC}-0"])

    await one.keep(8)  # before it is placed
    assert await offsets_in(manifest, settings) == list(range(covered))
    assert await one.assign() == covered
    await one.keep(*range(covered, 9))
    assert await offsets_in(manifest, settings) == list(range(9))
    assert one.moved("behind") == 1


async def test_a_stop_amid_a_write_is_not_taken_for_another_writer(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await writer(manifest, settings, seconds=0.0)
    committed, may_go_on = asyncio.Event(), asyncio.Event()
    original = Manifest.append

    async def slow(*args: Any, **arguments: Any) -> bool:
        is_ours = await original(*args, **arguments)
        committed.set()
        await may_go_on.wait()
        return is_ours

    monkeypatch.setattr(Manifest, "append", slow)
    await one.archive.start()
    await one.archive(batch(0, 1))
    await committed.wait()
    stopping = asyncio.create_task(one.archive.stop())
    await asyncio.sleep(0)
    may_go_on.set()
    await stopping
    assert await offsets_in(manifest, settings) == [0, 1]
    assert (one.place.offsets, one.place.is_to_be_placed, one.moved("ahead")) == ({PLACE: 2}, False, 0)


async def test_a_writer_that_was_not_told_where_to_begin_asks_before_it_adds(
    settings: Settings, manifest: Manifest
) -> None:
    await (await writer(manifest, settings)).keep(0, 1)
    one = unassigned(manifest, settings)  # the database was away when the partition was given to it
    await one.keep(5, 6)  # where its group stood
    assert await offsets_in(manifest, settings) == [0, 1]
    assert one.place.is_to_be_placed
    assert await one.assign() == 2
    await one.keep(2, 3)
    assert await offsets_in(manifest, settings) == [0, 1, 2, 3]


async def test_what_waits_is_dropped_once_it_is_known_where_to_read_it_again(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> dict[int, int]:
        raise TransientFailure("the database is away")

    one = await writer(manifest, settings)
    await one.archive(batch(0, 1))
    with monkeypatch.context() as patch:
        patch.setattr(Manifest, "covered", away)
        with pytest.raises(TransientFailure):
            await one.assign()
    await one.archive.write()
    assert (await offsets_in(manifest, settings), one.place.is_to_be_placed) == ([], True)
    assert await one.assign() == 0
    await one.keep(0, 1, 2)
    assert await offsets_in(manifest, settings) == [0, 1, 2]


async def test_a_database_that_is_away_costs_no_file_a_try(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any, **__: Any) -> Any:
        raise TransientFailure("the database is away")

    one = await writer(manifest, settings)
    await one.archive(batch(0, 1))
    with monkeypatch.context() as patch:
        for method in ("covered", "append"):
            patch.setattr(Manifest, method, away)
        with pytest.raises(TransientFailure):
            await one.archive.write()
    assert ArchiveStore(settings.archive).names() == []
    await one.archive.write()
    assert await offsets_in(manifest, settings) == [0, 1]


async def test_a_batch_that_outlived_its_assignment_is_left_to_its_owner(
    settings: Settings, manifest: Manifest
) -> None:
    one = await writer(manifest, settings)
    one.place.is_outlived = True
    await one.archive(batch(7, 8))
    one.place.is_outlived = False
    await one.keep(5, 6, 7, 8)
    assert await offsets_in(manifest, settings) == [5, 6, 7, 8]


async def test_a_partition_that_was_added_is_read_from_the_archive(
    settings: Settings, manifest: Manifest
) -> None:
    one = await writer(manifest, settings)
    added = PREDICTIONS_MADE.partitions
    kept = batch(0, 1, 2)
    for delivered in kept[1:]:
        delivered.record.partition = added
    await one.archive.starting_offsets(frozenset({PLACE, TopicPartition(TOPIC, added)}))
    await one.archive(kept)
    await one.archive.write()
    async with open_source("archive", settings) as source:
        extents = await source.extents()
        read = [[found.offset for found in some] async for some in source.read(added, 0, 3, 10)]
    assert (extents[0], extents[added]) == (Extent(0, 1, False), Extent(1, 3, False))
    assert read == [[1, 2]]
    assert sorted(extents) == list(range(added + 1))
