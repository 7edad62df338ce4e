"""Writes predictions to the archive, each record exactly once.

A file is written and renamed, then it is put into the manifest in the transaction that moves the
covered offset of its partition, compared and set: a process that woke up late moves nothing and its
files are nobody's. Only then is the group's offset committed (ADR 0037).
"""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from aiokafka import TopicPartition

from contracts.channels import PREDICTIONS_MADE
from services.recorder.archive_buffer import ArchiveBuffer, cut, file_name
from shared.archive.manifest import ArchivedFile, Manifest
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

    def __init__(self, manifest: Manifest, root: str, limits: Limits, metrics: ArchiveMetrics) -> None:
        self._manifest = manifest
        self._root = root
        self._limits = limits
        self._metrics = metrics
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
        if self._ticker is not None:
            await end_task(self._ticker)
        try:
            async with asyncio.timeout(LAST_WRITE_SECONDS):
                await self.write()
        except (TransientFailure, TimeoutError) as error:
            _log.warning("archived at the next start", records=self._buffer.records, error=repr(error))

    async def check(self) -> str | None:
        """The readiness check: why the last write failed, None when it did not."""
        return self._failure

    async def starting_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where archiving goes on. What waits of these partitions is forgotten: it is read again."""
        numbers = [one.partition for one in partitions]
        self._buffer.begin(numbers, {})
        covered = await self._manifest.covered(TOPIC)
        self._buffer.begin(numbers, covered)
        return {one: covered[one.partition] for one in partitions if one.partition in covered}

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
            partitions = self._buffer.partitions
            covered = await self._manifest.covered(TOPIC) if partitions else {}
            for partition in partitions:
                await self._write_partition(partition, covered.get(partition, 0))
            self._metrics.waiting.set(self._buffer.records)
            self._failure = None

    async def _write_partition(self, partition: int, covered: int) -> None:
        self._buffer.drop(partition, covered)
        records = self._buffer.waiting(partition)
        next_offset = covered
        if records:
            next_offset = records[-1].offset + 1
            files = [await asyncio.to_thread(self._write_file, part) for part in cut(records)]
            is_ours = await self._manifest.append(
                TOPIC, partition, expected=covered, covered=next_offset, files=files
            )
            if not is_ours:
                await asyncio.to_thread(self._store.delete, [file.path for file in files])
                raise TransientFailure(f"{TOPIC}-{partition} was archived by another process meanwhile")
            self._metrics.files.inc(len(files))
            self._metrics.records.inc(len(records))
            self._buffer.drop(partition, next_offset)
        assert self._delivery is not None
        self._delivery.settle({TopicPartition(TOPIC, partition): next_offset})

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

            self._opened = ArchiveStore(self._root)
        return self._opened

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            oldest_at = self._buffer.oldest_at()
            if oldest_at is None or time.monotonic() - oldest_at < self._limits.seconds:
                continue
            try:
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
