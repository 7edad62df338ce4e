"""What a writer adds to the archive follows on what is covered, or nothing is added."""

import asyncio
import threading
from typing import Any

import pytest
from aiokafka import TopicPartition

from services.recorder.archive import TOPIC
from shared.archive.manifest import Manifest
from shared.archive.store import ArchiveStore
from shared.errors import TransientFailure
from shared.settings import Settings
from tests.support.archives import archived, batch, engine, manifest, settings, writer

__all__ = ["engine", "manifest", "settings"]

pytestmark = pytest.mark.timeout(180)


async def test_a_writer_that_woke_up_late_adds_nothing(
    settings: Settings, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (late, late_place), (other, _) = writer(manifest, settings), writer(manifest, settings)
    await late(batch(0, 1, 2))
    await other(batch(0, 1, 2, 4))
    wrote, may_go_on = asyncio.Event(), threading.Event()
    original, loop = ArchiveStore.write, asyncio.get_running_loop()

    def slow(*args: Any) -> Any:
        written = original(*args)
        loop.call_soon_threadsafe(wrote.set)
        assert may_go_on.wait(30)
        return written

    with monkeypatch.context() as patch:
        patch.setattr(ArchiveStore, "write", slow)
        writing = asyncio.create_task(late.write())
        await wrote.wait()
    await other.write()
    may_go_on.set()
    with pytest.raises(TransientFailure, match="another process"):
        await writing

    await late(batch(2, 4, 5))
    await late.write()
    assert [one.offset for one in await archived(manifest, settings)] == [0, 1, 2, 4, 5]
    assert late_place.offsets == {TopicPartition(TOPIC, 0): 6}
    assert len(list(ArchiveStore(settings.archive).names())) == len(await manifest.files()) == 2


async def test_a_batch_that_outlived_its_assignment_is_left_to_its_owner(
    settings: Settings, manifest: Manifest
) -> None:
    archive, place = writer(manifest, settings)
    place.is_outlived = True
    await archive(batch(7, 8))
    place.is_outlived = False
    await archive(batch(5, 6, 7, 8))
    await archive.write()
    assert [one.offset for one in await archived(manifest, settings)] == [5, 6, 7, 8]
