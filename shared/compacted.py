"""Whole-topic readers: compacted channels, read from the start into memory, without a group.

Delivery: every reader sees every record; nothing is committed; a tombstone deletes. Ready once
each position has reached the end offset that was read at start.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.channels import Channel
from shared.bus import decode
from shared.errors import PoisonMessage, TransientFailure
from shared.groupless import create_groupless_consumer, partitions_of, stop_reading
from shared.logs import get_logger
from shared.polling import batches
from shared.settings import Settings

OnRecord = Callable[[Channel, str, Any], None]
"""Channel, key and message; None as message is a tombstone. Called in offset order per topic."""

_log = get_logger(__name__)
_MAXIMUM_RECORDS = 2_000


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record that could not be read: where it lies, and why."""

    offset: int
    error: str


class CompactedReader:
    """Feeds `on_record` with all that the channels hold and then with what comes.

    `on_caught_up` is called after each batch once the start has been reached, so that a consumer
    of several channels may look at them together.
    """

    def __init__(
        self,
        settings: Settings,
        channels: Sequence[Channel],
        on_record: OnRecord,
        on_caught_up: Callable[[], None],
    ) -> None:
        """Nothing is read before `start`."""
        self._settings = settings
        self._channels = {channel.name: channel for channel in channels}
        self._on_record = on_record
        self._on_caught_up = on_caught_up
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None
        self._targets: dict[TopicPartition, int] = {}
        self.caught_up = asyncio.Event()
        self.skipped: dict[tuple[str, bytes], Skipped] = {}
        """What cannot be read, by topic and key, until a later record of the key can be."""

    @property
    def is_running(self) -> bool:
        """Whether the reading task is alive."""
        return self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Assign all partitions and begin to read. Raises KafkaError when the broker is away."""
        consumer = create_groupless_consumer(self._settings, begin="earliest")
        await consumer.start()
        self._consumer = consumer
        partitions = [
            partition for channel in self._channels.values() for partition in partitions_of(channel)
        ]
        consumer.assign(partitions)
        self._targets = await consumer.end_offsets(partitions)
        self._task = asyncio.create_task(self._read(consumer), name="compacted reader")

    async def stop(self) -> None:
        """Stop reading; what was read stays with the owner."""
        await stop_reading(self._task, self._consumer)
        self._task = self._consumer = None

    async def read_to_end(self, timeout_s: float) -> None:
        """Return once all that the channels held at the call was taken. Raises TransientFailure."""
        consumer = self._consumer
        try:
            if consumer is None:
                raise TransientFailure(f"{', '.join(self._channels)} is not read")
            async with asyncio.timeout(timeout_s):
                targets = await consumer.end_offsets(list(self._targets))
                while not await self._has_reached(consumer, targets):
                    await asyncio.sleep(0.05)
        except (KafkaError, TimeoutError) as error:
            text = f"{', '.join(self._channels)} was not read to its end: {error!r}"
            raise TransientFailure(text) from error

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        await self._guard(self._look_whether_caught_up(consumer))
        async for fetched in batches(consumer, "compacted channels", max_records=_MAXIMUM_RECORDS):
            await self._guard(self._take_all(consumer, fetched))

    async def _guard(self, step: Awaitable[None]) -> None:
        """What was held before stays; a reader that ends in silence would serve it for ever."""
        try:
            await step
        except Exception:  # noqa: BLE001 - said above
            _log.exception("a record of a compacted channel could not be taken")
            await asyncio.sleep(1.0)

    async def _take_all(
        self, consumer: AIOKafkaConsumer, fetched: Mapping[TopicPartition, list[Any]]
    ) -> None:
        for records in fetched.values():
            for record in records:
                self._take(record.topic, record.key, record.value, record.offset)
        if fetched and self.caught_up.is_set():
            self._on_caught_up()
        await self._look_whether_caught_up(consumer)

    async def _look_whether_caught_up(self, consumer: AIOKafkaConsumer) -> None:
        if self.caught_up.is_set():
            return
        # a position that does not come would hide from the next poll that the client fetches no more
        with suppress(TimeoutError, KafkaError):
            async with asyncio.timeout(1.0):
                if await self._has_reached(consumer, self._targets):
                    self._on_caught_up()
                    self.caught_up.set()

    async def _has_reached(self, consumer: AIOKafkaConsumer, targets: Mapping[TopicPartition, int]) -> bool:
        for partition, target in targets.items():
            if target and await consumer.position(partition) < target:
                return False
        return True

    def _take(self, topic: str, key: bytes | None, value: bytes | None, offset: int) -> None:
        channel = self._channels[topic]
        try:
            if not key:
                raise PoisonMessage("the record has no key")
            message = None if value is None else decode(channel, value)
            self._on_record(channel, key.decode(), message)
            self.skipped.pop((topic, key), None)
        except (PoisonMessage, UnicodeDecodeError) as error:
            # A reader of facts has no dead-letter twin: what cannot be read is skipped, loudly.
            self.skipped[topic, key or b""] = Skipped(offset, str(error))
            _log.error("record skipped", channel=topic, offset=offset, error=str(error))
