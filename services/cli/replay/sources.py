"""Where a replay reads: the topic, without a group, or the archive. Neither disturbs a live consumer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager
from heapq import merge
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from contracts.channels import PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.cli.asking import await_broker
from services.cli.reaching import NotRunning
from shared.archive.manifest import ArchivedFile, Manifest, Selection
from shared.archive.record import ArchivedRecord
from shared.database.engine import create_engine
from shared.delivery import Delivered
from shared.delivery.door import open_record
from shared.errors import Misconfigured, PredictionDexError
from shared.groupless import create_groupless_consumer, stop_reading
from shared.polling import poll
from shared.scanning import topic_partitions
from shared.settings import Settings

if TYPE_CHECKING:
    from shared.archive.store import ArchiveStore

TOPIC: Final = PREDICTIONS_MADE.name
POLL_MS: Final = 500


class Found(NamedTuple):
    """A prediction as it lay on the topic. `timestamp_ms`: broker time."""

    offset: int
    timestamp_ms: int
    request_id: str
    made: PredictionMade


class Extent(NamedTuple):
    """What there is of a partition: from `first` to before `end`, all of the log or not."""

    first: int
    end: int
    is_all: bool


def check_kept(partition: int, offset: int, extent: Extent, end: int = 0) -> None:
    """Raise PredictionDexError when what is to be read, up to before `end`, is not there any more."""
    if end > extent.end:
        raise PredictionDexError(
            f"Partition {partition} ends at offset {extent.end} now, and was to be read up to {end}: "
            "the topic was made anew. Replay anew, with --fresh."
        )
    if offset < extent.first:
        raise PredictionDexError(
            f"Partition {partition} begins at offset {extent.first} now, and {offset} was to be read: "
            "records were deleted meanwhile. Replay anew, with --fresh."
        )


class Source(Protocol):
    """A log of predictions. All raise KafkaError, NotRunning, ArchiveAway, Misconfigured or
    PredictionDexError."""

    async def extents(self) -> dict[int, Extent]:
        """What there is now, by partition."""

    async def first_at(self, partition: int, time_ms: int) -> int | None:
        """The first offset whose broker time is `time_ms` or later; None without one."""

    async def time_of(self, partition: int, offset: int) -> int | None:
        """Broker time of the record there, or of the first one behind it; None without one."""

    def read(self, partition: int, start: int, end: int, batch: int) -> AsyncIterator[Sequence[Found]]:
        """All from `start` to before `end` in batches of at most so many, in order of offsets."""


class TopicSource:
    """The topic itself, read by a consumer without a group."""

    def __init__(self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]) -> None:
        """`consumer` is started and assigned to them all; what is not read is paused."""
        self._consumer = consumer
        self._partitions = partitions
        consumer.pause(*partitions)

    async def extents(self) -> dict[int, Extent]:
        firsts = await self._consumer.beginning_offsets(self._partitions)
        ends = await self._consumer.end_offsets(self._partitions)
        return {one.partition: Extent(firsts[one], ends[one], True) for one in self._partitions}

    async def first_at(self, partition: int, time_ms: int) -> int | None:
        one = TopicPartition(TOPIC, partition)
        found = (await self._consumer.offsets_for_times({one: max(time_ms, 0)}))[one]
        return None if found is None else int(found.offset)

    async def time_of(self, partition: int, offset: int) -> int | None:
        end = (await self.extents())[partition].end
        # closed here, not by the loop later: who reads the partition next must not find it paused
        async with aclosing(self.read(partition, offset, end, 1)) as batches:
            async for batch in batches:
                return batch[0].timestamp_ms
        return None

    async def read(
        self, partition: int, start: int, end: int, batch: int
    ) -> AsyncGenerator[Sequence[Found], None]:
        if start >= end:
            return
        one = TopicPartition(TOPIC, partition)
        self._consumer.seek(one, start)
        self._consumer.resume(one)
        try:
            async with aclosing(self._read(one, start, end, batch)) as batches:
                async for found in batches:
                    yield found
        finally:
            self._consumer.pause(one)

    async def _read(
        self, one: TopicPartition, start: int, end: int, batch: int
    ) -> AsyncGenerator[Sequence[Found], None]:
        position = start
        while position < end:
            fetched = await poll(self._consumer, one, timeout_ms=POLL_MS, max_records=batch)
            records = fetched.get(one, ())
            if not records or records[0].offset > position:
                # the client goes on at the first one left, without a word, and waits for what is not there
                check_kept(one.partition, position, (await self.extents())[one.partition], end)
            position = await self._consumer.position(one)
            found = []
            for record in records:
                opened = open_record(PREDICTIONS_MADE, record) if record.offset < end else None
                if isinstance(opened, Delivered):
                    found.append(Found(record.offset, record.timestamp, opened.key, opened.message))
            if found:
                yield found


class ArchiveSource:
    """Files that count, each verified by its sha256."""

    def __init__(
        self, store: "ArchiveStore", files: Sequence[ArchivedFile], extents: dict[int, Extent]
    ) -> None:
        """`files` in order of partition and offset."""
        self._store = store
        self._extents = extents
        self._writes: dict[int, list[list[ArchivedFile]]] = {partition: [] for partition in extents}
        for file in files:
            writes = self._writes[file.partition]
            if writes and file.first_offset <= max(one.last_offset for one in writes[-1]):
                writes[-1].append(file)
            else:
                writes.append([file])

    async def extents(self) -> dict[int, Extent]:
        return self._extents

    async def first_at(self, partition: int, time_ms: int) -> int | None:
        for write in self._writes[partition]:
            if max(file.last_at.timestamp() for file in write) * 1_000 >= time_ms:
                for record in await asyncio.to_thread(self._records, write):
                    if record.timestamp_ms >= time_ms:
                        return record.offset
        return None

    async def time_of(self, partition: int, offset: int) -> int | None:
        async for batch in self.read(partition, offset, self._extents[partition].end, 1):
            return batch[0].timestamp_ms
        return None

    async def read(self, partition: int, start: int, end: int, batch: int) -> AsyncIterator[Sequence[Found]]:
        found: list[Found] = []
        for write in self._writes[partition]:
            if max(file.last_offset for file in write) < start or write[0].first_offset >= end:
                continue
            for record in await asyncio.to_thread(self._records, write):
                if start <= record.offset < end:
                    made = record.made
                    found.append(Found(record.offset, record.timestamp_ms, made.request_id, made))
                if len(found) == batch:
                    yield found
                    found = []
        if found:
            yield found

    def _records(self, write: Iterable[ArchivedFile]) -> Iterator[ArchivedRecord]:
        from shared.archive.rows import from_table

        tables = [from_table(self._store.read(file.path, file.sha256)) for file in write]
        return merge(*tables, key=lambda record: record.offset)


@asynccontextmanager
async def open_source(kind: str, settings: Settings) -> AsyncIterator[Source]:
    """`kafka` or `archive`. Raises NotRunning when what it needs does not answer."""
    if kind == "kafka":
        await await_broker(settings)
        async with _topic(settings) as source:
            yield source
        return
    from shared.archive.store import ArchiveStore

    store = ArchiveStore(settings.archive)
    engine = create_engine(settings)
    try:
        manifest = Manifest(lambda: engine)
        covered = await manifest.covered(TOPIC)
        files = [file for file in await manifest.files(Selection()) if file.topic == TOPIC]
    finally:
        await engine.dispose()
    if not files:
        raise Misconfigured(f"The archive {store.address} holds nothing yet: `dex archive ls`.")
    extents = {}
    ends = await _ends_of_topic(settings)
    # more may have been added to the topic than the channel table says, and not all are archived yet
    numbers = {
        *range(PREDICTIONS_MADE.partitions),
        *covered,
        *(ends or ()),
        *(one.partition for one in files),
    }
    for partition in sorted(numbers):
        end = covered.get(partition, 0)
        first = next((file.first_offset for file in files if file.partition == partition), end)
        extents[partition] = Extent(first, end, ends is not None and end >= ends.get(partition, 0))
    yield ArchiveSource(store, files, extents)


@asynccontextmanager
async def _topic(settings: Settings) -> AsyncIterator[TopicSource]:
    partitions = await topic_partitions(settings, TOPIC)
    consumer = create_groupless_consumer(settings, begin="earliest", in_bulk=True)
    await consumer.start()
    try:
        consumer.assign(partitions)
        yield TopicSource(consumer, partitions)
    finally:
        await stop_reading(None, consumer)


async def _ends_of_topic(settings: Settings) -> dict[int, int] | None:
    """Where the log ends, None when no broker says: then the end of the archive proves nothing."""
    try:
        await await_broker(settings)
        async with _topic(settings) as source:
            return {partition: extent.end for partition, extent in (await source.extents()).items()}
    except (NotRunning, UnknownTopicOrPartitionError):
        return None
