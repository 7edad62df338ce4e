"""Predictions as they are made, for whoever listens: `predictions.made` from its end, without a group.

Delivery: at most once. Nothing is read while nobody listens; a listener that does not keep up is told
how many it missed. The prediction log has them all.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from contracts import headers as names
from contracts.channels import PREDICTIONS_MADE
from contracts.serving import PredictionMade
from shared.bus import decode
from shared.errors import NotReady, PoisonMessage
from shared.groupless import create_groupless_consumer, partitions_of, stop_reading
from shared.logs import get_logger
from shared.polling import batches
from shared.settings import Settings

MAXIMUM_WAITING: Final = 1_000
MAXIMUM_WAITING_BYTES: Final = 2_097_152
"""So much one listener may leave waiting: in records, and in bytes as they came."""
MAXIMUM_LAG: Final = 20_000
"""So many records behind, a partition is read on from its end."""
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """A prediction, when it was made (broker time, epoch milliseconds), and the size of its record."""

    made: PredictionMade
    made_at_ms: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Missed:
    """So many predictions of this requester came faster than they were taken; None: nobody counted."""

    count: int | None


class Listener:
    """What one listener has not taken yet, oldest first."""

    def __init__(self) -> None:
        """Made by `PredictionTail.listening`."""
        self._waiting: deque[Heard] = deque()
        self._waiting_bytes = 0
        self._missed: int | None = 0
        self._changed = asyncio.Event()
        self._is_closed = False

    async def take(self, timeout_s: float) -> Heard | Missed | None:
        """The next, None when there is none within `timeout_s`. Raises EOFError once it is over."""
        if not self._waiting and self._missed == 0 and not self._is_closed:
            self._changed.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._changed.wait()
            except TimeoutError:
                return None
        if self._waiting:
            heard = self._waiting.popleft()
            self._waiting_bytes -= heard.size_bytes
            return heard
        if self._missed != 0:
            missed, self._missed = Missed(self._missed), 0
            return missed
        raise EOFError("the tail was closed")

    def hear(self, heard: Heard) -> None:
        """Keep it, or count it as missed while too many or too large ones wait. One alone is kept."""
        is_full = len(self._waiting) >= MAXIMUM_WAITING or (
            len(self._waiting) > 0 and self._waiting_bytes + heard.size_bytes > MAXIMUM_WAITING_BYTES
        )
        if is_full or self._missed != 0:
            self.miss()
        else:
            self._waiting.append(heard)
            self._waiting_bytes += heard.size_bytes
        self._changed.set()

    def miss(self, *, uncounted: bool = False) -> None:
        """Something was not kept."""
        self._missed = None if uncounted or self._missed is None else self._missed + 1
        self._changed.set()

    def close(self) -> None:
        """Let it end once all is taken."""
        self._is_closed = True
        self._changed.set()


class PredictionTail:
    """One consumer for all listeners of a process, open while there are any."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is read before the first listener."""
        self._settings = settings
        self._listeners: dict[str, set[Listener]] = {}
        self._lock = asyncio.Lock()
        self._consumer: AIOKafkaConsumer | None = None
        self._reading: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Nothing to open yet."""

    async def stop(self) -> None:
        """End every listener and close."""
        for listener in {one for listeners in self._listeners.values() for one in listeners}:
            listener.close()
        if self._closing is not None:
            await asyncio.gather(self._closing, return_exceptions=True)
        async with self._lock:
            await self._close()

    @asynccontextmanager
    async def listening(self, requester: str) -> AsyncIterator[Listener]:
        """Hear what is made for `requester` from now on. Raises NotReady when the broker is away."""
        listener = Listener()
        self._listeners.setdefault(requester, set()).add(listener)
        # In tasks of their own: a listener that is cancelled must not leave half a consumer behind.
        opening = asyncio.create_task(self._open_when_closed(), name="prediction tail opening")
        try:
            await asyncio.shield(opening)
            yield listener
        finally:
            self._listeners[requester].discard(listener)
            if not self._listeners[requester]:
                del self._listeners[requester]
            if not self._listeners:
                self._closing = asyncio.create_task(self._close_when_unused(), name="prediction tail closing")

    async def _open_when_closed(self) -> None:
        async with self._lock:
            if self._reading is None or self._reading.done():
                await self._close()
                await self._open()

    async def _close_when_unused(self) -> None:
        async with self._lock:
            if not self._listeners:
                await self._close()

    async def _open(self) -> None:
        consumer = create_groupless_consumer(self._settings, begin="latest")
        try:
            await consumer.start()
            partitions = partitions_of(PREDICTIONS_MADE)
            consumer.assign(partitions)
            await consumer.seek_to_end(*partitions)
            for partition in partitions:
                await consumer.position(partition)
        except BaseException as error:
            await stop_reading(None, consumer)
            if isinstance(error, KafkaError):
                raise NotReady(f"predictions cannot be followed: {error!r}") from error
            raise
        self._consumer = consumer
        self._reading = asyncio.create_task(self._read(consumer), name="prediction tail")

    async def _close(self) -> None:
        await stop_reading(self._reading, self._consumer)
        self._reading = self._consumer = None

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for fetched in batches(consumer, "predictions", max_records=2_000):
            try:
                for partition, records in fetched.items():
                    for record in records:
                        self._take(record)
                    await self._catch_up(consumer, partition, records[-1].offset)
            except Exception:  # noqa: BLE001 - a reader that ends in silence would leave all streams mute
                _log.exception("predictions could not be handed over, going on")
                await asyncio.sleep(1.0)

    async def _catch_up(self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int) -> None:
        if (consumer.highwater(partition) or 0) - offset > MAXIMUM_LAG:
            await consumer.seek_to_end(partition)
            for listener in {one for listeners in self._listeners.values() for one in listeners}:
                listener.miss(uncounted=True)

    def _take(self, record: Any) -> None:
        try:
            self._hand_over(record)
        except Exception:  # noqa: BLE001 - said here
            # One record must not end the reading for all listeners.
            _log.exception("a prediction could not be taken", offset=record.offset)

    def _hand_over(self, record: Any) -> None:
        # A header may be null on the wire.
        requester = (dict(record.headers).get(names.REQUESTER) or b"").decode("utf-8", "replace")
        listeners = self._listeners.get(requester)
        if not listeners:
            return
        try:
            value = record.value or b""
            heard = Heard(decode(PREDICTIONS_MADE, value), record.timestamp, len(value))
        except PoisonMessage as error:
            _log.error("record skipped", channel=record.topic, offset=record.offset, error=str(error))
            return
        for listener in listeners:
            listener.hear(heard)
