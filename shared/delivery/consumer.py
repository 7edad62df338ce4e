"""`Delivery`: drives one subscriber. Work, send, then advance; commit about once a second."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from faststream.kafka import KafkaBroker

from contracts.channels import Channel
from shared.delivery.committer import OffsetCommitter
from shared.delivery.dead_letters import Burial, bury, bury_poison
from shared.delivery.door import Delivered, Poison, Record, open_record
from shared.delivery.outgoing import Outgoing, send_all
from shared.delivery.subscriber import declare_subscriber
from shared.errors import ProducerBroken, TransientFailure
from shared.health import Readiness
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics
from shared.settings import Settings

Work = Callable[[Sequence[Delivered]], Awaitable[Sequence[Sequence[Outgoing]]]]
"""All decoded records of a batch in, what each of them sends out, in the same order."""

StartingOffsets = Callable[[frozenset[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]
"""Where to start reading partitions that were just assigned; those left out follow the group."""

STALLED_SECONDS: Final = 10.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How failures are met. `hold`: wait for a sink as long as it takes (recorder, drift)."""

    attempts: int = 3
    first_delay_seconds: float = 0.2
    longest_delay_seconds: float = 2.0
    hold: bool = False
    maximum_batch_records: int | None = None
    maximum_poll_interval_ms: int = 300_000
    send_timeout_seconds: float = 30.0


class Delivery(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One consumer group on one channel. Start and stop are FastStream's, through `broker`."""

    def __init__(
        self,
        broker: KafkaBroker,
        channel: Channel,
        work: Work,
        *,
        service: str,
        settings: Settings,
        producer: Callable[[], AIOKafkaProducer],
        metrics: DeliveryMetrics,
        policy: Policy | None = None,
        starting_offsets: StartingOffsets | None = None,
        renew_producer: Callable[[], Awaitable[None]],
        on_stopping: Callable[[], None] | None = None,
    ) -> None:
        """Declare the subscriber; nothing runs before the broker starts.

        `on_stopping` is called first at a stop: long work ends itself with TransientFailure, and is
        delivered again at the next start.
        """
        self.channel = channel
        self._work = work
        self._settings = settings
        self._producer = producer
        self._metrics = metrics
        self._policy = policy or Policy()
        self._starting_offsets = starting_offsets
        self._renew_producer = renew_producer
        self._on_stopping = on_stopping
        self._generation = 0
        self._has_joined = False
        self._stopping = False
        self._holding: str | None = None
        self.subscriber = declare_subscriber(
            broker,
            channel,
            settings=settings,
            service=service,
            listener=self,
            maximum_poll_interval_ms=self._policy.maximum_poll_interval_ms,
            maximum_batch_records=self._policy.maximum_batch_records or settings.maximum_batch_records,
        )
        self.subscriber(self._on_batch)
        self._offsets = OffsetCommitter(
            channel.name, lambda: self.subscriber.consumer, metrics, settings.commit_interval_seconds
        )

    # -- life ---------------------------------------------------------------------------------

    def start_ticker(self) -> None:
        """Begin to commit; call it once the broker has started."""
        self._offsets.start()

    async def drain(self) -> None:
        """Stop taking records, finish those in flight, commit. Call it before the broker stops."""
        self._stopping = True
        if self._on_stopping is not None:
            self._on_stopping()
        consumer = self.subscriber.consumer
        if consumer is not None:
            assigned = consumer.assignment()
            if assigned:
                consumer.pause(*assigned)
            await self._wait_for_work_in_flight()
            await self._offsets.commit(assigned)
        await self._offsets.stop()

    def watch(self, readiness: Readiness) -> None:
        """Add this consumer to what the process calls ready."""
        readiness.add(f"consumer {self.channel.name}", self._check)

    async def _check(self) -> str | None:
        consumer = self.subscriber.consumer
        if self._stopping:
            return "stopping"
        if not self.subscriber.running or consumer is None:
            return "not running"
        if all(task.done() for task in self.subscriber.tasks):
            return "its polling has ended"
        if self._holding is not None:
            return self._holding
        if not self._has_joined:
            return "not in its consumer group yet"
        idle = self.subscriber.seconds_since_poll()
        if idle > STALLED_SECONDS and self._policy.maximum_poll_interval_ms <= 300_000:
            return f"no poll for {idle:.0f} s"
        return None

    # -- rebalances ---------------------------------------------------------------------------

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish and commit what is in flight, so that the next owner does not redo it."""
        self._has_joined = False
        if revoked:
            self._metrics.rebalances.labels(self.channel.name, "revoked").inc()
            await self._wait_for_work_in_flight()
            await self._offsets.commit(revoked)
        self._generation += 1
        self._offsets.forget(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Move to where the work really stands, when that is not the group's offset."""
        self._metrics.rebalances.labels(self.channel.name, "assigned").inc()
        # What was done before the partition left us may be behind what its last owner committed.
        self._offsets.forget(assigned)
        consumer = self.subscriber.consumer
        if self._starting_offsets is not None and consumer is not None and assigned:
            for partition, offset in (await self._starting_offsets(frozenset(assigned))).items():
                consumer.seek(partition, offset)
        # A member that has nothing to do while others hold all partitions is ready: it is the spare.
        self._has_joined = True

    async def _wait_for_work_in_flight(self) -> None:
        await self.subscriber.lock.wait_release(self._settings.drain_seconds)  # type: ignore[attr-defined]

    # -- one batch ----------------------------------------------------------------------------

    async def _on_batch(self, records: list[Any]) -> None:
        """The FastStream handler. Whatever happens, offsets pass no record that is not done."""
        started = time.perf_counter()
        generation = self._generation
        name = self.channel.name
        self._metrics.records.labels(name).inc(len(records))
        self._metrics.batch_records.labels(name).observe(len(records))
        try:
            outgoing = await self._outgoing_of(records)
            await self._send_until_done(outgoing)
        except Exception as error:  # noqa: BLE001 - no record is to blame: read the batch again
            self._holding = f"batch not done: {error!r}"
            _log.error("batch not done, will be read again", channel=name, error=repr(error), exc_info=True)
            if generation == self._generation:
                await self._rewind(records)
            return
        finally:
            self._metrics.batch_seconds.labels(name).observe(time.perf_counter() - started)
        self._holding = None
        if generation != self._generation:
            return  # it outlived its assignment: whoever owns the partitions now does it again
        self._offsets.mark_done(
            {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
        )

    async def _outgoing_of(self, records: Sequence[Record]) -> list[Outgoing]:
        opened = [open_record(self.channel, record) for record in records]
        poisons = [one for one in opened if isinstance(one, Poison)]
        self._metrics.refusals.labels(self.channel.name, "malformed").inc(len(poisons))
        outgoing = [item for one in poisons for item in self._given_up(bury_poison(self.channel, one))]
        delivered = [one for one in opened if isinstance(one, Delivered)]
        if not delivered:
            return outgoing
        try:
            results = await self._work_with_retries(delivered)
        except Exception as error:
            if isinstance(error, TransientFailure) and (self._stopping or self._policy.hold):
                raise
            if len(delivered) > 1:
                _log.warning(
                    "batch failed, one record at a time", channel=self.channel.name, error=repr(error)
                )
            return outgoing + [item for one in delivered for item in await self._alone(one)]
        return outgoing + [item for result in results for item in result]

    async def _work_with_retries(self, delivered: Sequence[Delivered]) -> Sequence[Sequence[Outgoing]]:
        attempt = 0
        while True:
            attempt += 1
            try:
                results = await self._work(delivered)
            except TransientFailure as error:
                if self._stopping or (attempt >= self._policy.attempts and not self._policy.hold):
                    raise
                await self._renew_when_broken(error)
                await self._hold(attempt, error)
            else:
                self._holding = None
                return results

    async def _alone(self, delivered: Delivered) -> Sequence[Outgoing]:
        """The last try of one record, by itself: its answer or its dead letter."""
        self._holding = None
        try:
            return list((await self._work([delivered]))[0])
        except Exception as error:  # noqa: BLE001 - this record is to blame
            return self._given_up(bury(self.channel, delivered, error, self._policy.attempts + 1))

    def _given_up(self, burial: Burial) -> Sequence[Outgoing]:
        self._metrics.dead_letters.labels(self.channel.name, burial.reason).inc()
        _log.warning(
            "dead letter",
            channel=self.channel.name,
            partition=burial.record.partition,
            offset=burial.record.offset,
            reason=burial.reason,
            error=burial.error[:500],
        )
        return burial.outgoing

    async def _send_until_done(self, outgoing: Sequence[Outgoing]) -> None:
        """Results leave before offsets advance; a broker that is away is waited for."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await send_all(self._producer(), outgoing, self._policy.send_timeout_seconds)
            except TransientFailure as error:
                if self._stopping:
                    raise
                await self._renew_when_broken(error)
                await self._hold(attempt, error)
            else:
                self._holding = None
                return

    async def _renew_when_broken(self, error: TransientFailure) -> None:
        if isinstance(error, ProducerBroken):
            await self._renew_producer()

    async def _hold(self, attempt: int, error: Exception) -> None:
        self._holding = f"waiting: {error}"
        self._metrics.retries.labels(self.channel.name).inc()
        if attempt == 1 or attempt % 10 == 0:
            _log.warning("will try again", channel=self.channel.name, attempt=attempt, error=str(error))
        longest = min(
            self._policy.first_delay_seconds * 2 ** (attempt - 1), self._policy.longest_delay_seconds
        )
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))

    async def _rewind(self, records: Sequence[Record]) -> None:
        """Read the batch again: it is not done, and no later commit may pass over it."""
        consumer = self.subscriber.consumer
        if consumer is None or self._stopping:
            return
        first: dict[TopicPartition, int] = {}
        for record in records:
            first.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        assigned = consumer.assignment()
        for partition, offset in first.items():
            if partition in assigned:
                consumer.seek(partition, offset)
        await asyncio.sleep(self._policy.longest_delay_seconds)
