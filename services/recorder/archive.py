"""Writes predictions to the archive, each record exactly once.

A file is written whole, then it is put into the manifest in the transaction that moves the
covered offset of its partition from where this process left it: one that woke up late, or whose database
was put back, moves nothing, its files are nobody's, and it reads on from what is covered. Only then is
the group's offset committed (ADR 0037, 0044, 0048).
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from contracts.channels import PREDICTIONS_MADE
from services.recorder.archive_buffer import ArchiveBuffer, cut
from shared.archive.address import FolderAddress, parse_address
from shared.archive.manifest import ArchivedFile, Manifest
from shared.archive.naming import file_name
from shared.archive.record import ArchivedRecord
from shared.delivery import Delivered, Delivery, Outgoing
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.metrics import ArchiveMetrics
from shared.tasks import end_task

if TYPE_CHECKING:
    from shared.archive.store import ArchiveStore

TICK_SECONDS: Final = 0.5
LAST_WRITE_SECONDS: Final = 3.0
"""A stop waits so long for what is in the buffer; else it is read again at the next start."""
MOST_BYTES: Final = 32 * 1024 * 1024
TOPIC: Final = PREDICTIONS_MADE.name
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A file is written when its records wait so long, or so many wait."""

    seconds: float
    records: int


class Archive:
    """The work of the group `archive.<channel>`, and the ticker that writes what waited long enough."""

    def __init__(
        self,
        manifest: Manifest,
        root: str,
        limits: Limits,
        metrics: ArchiveMetrics,
        note: Callable[[str, str | None], None] = lambda _name, _text: None,
    ) -> None:
        """`note` tells readiness, by name, what a person should know.

        Raises Misconfigured for a `root` that is no place of an archive.
        """
        self._manifest = manifest
        self._root = root
        self._is_reached = isinstance(parse_address(root), FolderAddress)
        """A bucket may refuse us: said at the start, not when the first file is due."""
        self._limits = limits
        self._metrics = metrics
        self._note = note
        self._expected: dict[int, int] = {}
        """Up to where each partition is covered, by what this process was given and has written."""
        self._buffer = ArchiveBuffer()
        self._writing = asyncio.Lock()
        self._ticker: asyncio.Task[None] | None = None
        self._delivery: Delivery | None = None
        self._failure: str | None = None
        self._opened: ArchiveStore | None = None

    def follow(self, delivery: Delivery) -> None:
        """The consumer whose offsets move once a record is archived."""
        self._delivery = delivery

    async def start(self) -> None:
        self._ticker = asyncio.create_task(self._tick(), name="archive")

    async def stop(self) -> None:
        """Write what waits, if that is quickly done."""
        try:
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                # not between the manifest's commit and what this process knows of it: the last write
                # would meet its own offset and take it for another's
                async with self._writing:
                    await self._end_ticker()
                await self.write()
        except (TransientFailure, TimeoutError) as error:
            _log.warning("archived at the next start", records=self._buffer.records, error=repr(error))
        finally:
            await self._end_ticker()

    async def check(self) -> str | None:
        """The readiness check: why the last write failed, None when it did not."""
        return self._failure

    async def starting_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where archiving goes on: 0 for what no row covers, though the group may have been further once.

        What waits of these partitions is forgotten once that is known: it is read again. Until then
        nothing of them is written. Raises TransientFailure.
        """
        async with self._writing:
            for one in partitions:
                self._expected.pop(one.partition, None)
            found = await self._manifest.covered(TOPIC)
            covered = {one.partition: found.get(one.partition, 0) for one in partitions}
            self._expected |= covered
            self._buffer.begin(covered, covered)
        return {one: covered[one.partition] for one in partitions}

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Nothing to send. Raises TransientFailure while disk or database are away and much waits."""
        assert self._delivery is not None
        if self._delivery.is_outlived:
            return [()] * len(batch)  # others have these partitions, or we read them anew
        now = time.monotonic()
        records = [_record(one) for one in batch]
        for record in records:
            record.check()
        for record in records:
            self._buffer.add(record, now)
        self._metrics.waiting.set(self._buffer.records)
        if self._buffer.records >= self._limits.records or self._buffer.size_bytes >= MOST_BYTES:
            await self.write()
        return [()] * len(batch)

    async def write(self) -> None:
        """Archive everything that waits. Raises TransientFailure."""
        async with self._writing:
            if self._buffer.partitions:
                # each try while the database is away would else leave files that do not count
                await self._manifest.covered(TOPIC)
            for partition in self._buffer.partitions:
                await self._write_partition(partition)
            self._metrics.waiting.set(self._buffer.records)
            self._failure = None

    async def _write_partition(self, partition: int) -> None:
        records = self._buffer.waiting(partition)
        expected = self._expected.get(partition)
        if expected is None:
            # it could not be told yet from where to archive: nobody knows what would be left out
            self._place_anew(partition)
            return
        files = [await asyncio.to_thread(self._write_file, part) for part in cut(records)]
        next_offset = records[-1].offset + 1
        is_ours = await self._manifest.append(
            TOPIC, partition, expected=expected, covered=next_offset, files=files
        )
        if not is_ours:
            await asyncio.to_thread(self._store.delete, [file.path for file in files])
            await self._meet_another_offset(partition, expected)
            return
        self._metrics.files.inc(len(files))
        self._metrics.records.inc(len(records))
        self._expected[partition] = next_offset
        self._buffer.drop(partition, next_offset)
        assert self._delivery is not None
        self._delivery.settle({TopicPartition(TOPIC, partition): next_offset})

    async def _meet_another_offset(self, partition: int, expected: int) -> None:
        """What is covered is not what we left: files of before and of now would overlap, or leave a hole."""
        assert self._delivery is not None
        if not self._delivery.owns(TopicPartition(TOPIC, partition)):
            self._forget(partition)  # its owner has gone on
            return
        found = (await self._manifest.covered(TOPIC)).get(partition, 0)
        direction = "behind" if found < expected else "ahead"
        self._metrics.moved.labels(direction).inc()
        told = {"partition": partition, "covered": found, "expected": expected}
        if direction == "ahead":
            _log.warning("archived further by another process; going on there", **told)
        else:
            _log.error("the manifest was put back; reading again from what it covers", **told)
            self._note(
                f"archive {TOPIC}-{partition}",
                f"the manifest covered offset {found} where {expected} was archived: the database was put "
                f"back; archiving went on at {found}, files of before that do not count are strays "
                "(`dex archive describe`)",
            )
        self._place_anew(partition)

    def _place_anew(self, partition: int) -> None:
        assert self._delivery is not None
        self._forget(partition)
        self._delivery.place_all_anew()

    def _forget(self, partition: int) -> None:
        self._expected.pop(partition, None)
        self._buffer.begin([partition], {})

    def _write_file(self, records: Sequence[ArchivedRecord]) -> ArchivedFile:
        # Parquet takes 50 MB and a third of a second: not at the start, when everything starts
        from shared.archive.rows import to_table

        first, last = records[0], records[-1]
        name = file_name(TOPIC, records, secrets.token_hex(4))
        written = self._store.write(name, to_table(records))
        times = [record.timestamp_ms for record in records]
        return ArchivedFile(
            path=name,
            topic=TOPIC,
            partition=first.partition,
            first_offset=first.offset,
            last_offset=last.offset,
            first_at=_instant(min(times)),
            last_at=_instant(max(times)),
            day=first.day,
            family=first.made.family,
            records=len(records),
            size_bytes=written.size_bytes,
            sha256=written.sha256,
        )

    @property
    def _store(self) -> "ArchiveStore":
        if self._opened is None:
            from shared.archive.store import ArchiveStore

            self._opened = ArchiveStore(self._root, attempts=1)  # the ticker tries again
        return self._opened

    async def _end_ticker(self) -> None:
        if self._ticker is not None:
            await end_task(self._ticker)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                if not self._is_reached:
                    await asyncio.to_thread(lambda: self._store.check())
                    self._is_reached, self._failure = True, None
                oldest_at = self._buffer.oldest_at()
                if oldest_at is not None and time.monotonic() - oldest_at >= self._limits.seconds:
                    await self.write()
            except Exception as error:  # noqa: BLE001 - tried again at the next tick; readiness says why
                if self._failure is None:
                    _log.error("not archived, will be tried again", error=repr(error), exc_info=True)
                self._failure = str(error)


def _record(delivered: Delivered) -> ArchivedRecord:
    record = delivered.record
    return ArchivedRecord(record.partition, record.offset, record.timestamp, delivered.message)


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)
