"""`Delivery`: drives one subscriber. Work, send, then advance; commit about once a second."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from aiokafka import AIOKafkaProducer, TopicPartition
from faststream.kafka import KafkaBroker

from contracts.channels import Channel
from shared.delivery.assignment import Assignment
from shared.delivery.batch import BatchWorker
from shared.delivery.committer import OffsetCommitter
from shared.delivery.continuity import Gap
from shared.delivery.dead_letters import Burial
from shared.delivery.door import Record
from shared.delivery.halts import Halts, not_done, until_waiting
from shared.delivery.letter_limit import LetterCounter, LetterLimit, LimitReached, Outcome
from shared.delivery.membership import KeptInGroup
from shared.delivery.patience import Patience
from shared.delivery.policy import Policy, StartingOffsets, Work
from shared.delivery.stopping import held_text, stopped_event, stopped_text
from shared.delivery.subscriber import declare_subscriber
from shared.health import Readiness
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics
from shared.settings import Settings

STALLED_SECONDS: Final = 10.0
REREAD_SECONDS: Final = 2.0
_log = get_logger(__name__)


class Delivery:
    """One consumer group on one channel. Start and stop are FastStream's, through `broker`."""

    def __init__(
        self,
        broker: KafkaBroker,
        channel: Channel,
        work: Work,
        *,
        service: str,
        group: str | None = None,
        settings: Settings,
        producer: Callable[[], AIOKafkaProducer],
        metrics: DeliveryMetrics,
        policy: Policy | None = None,
        starting_offsets: StartingOffsets | None = None,
        renew_producer: Callable[[], Awaitable[None]],
        on_stopping: Callable[[], None] | None = None,
    ) -> None:
        """Declare the subscriber; nothing runs before the broker starts.

        The group is `<group>.<channel>`; `group` is the service's name unless it has a second one on the
        channel, which metrics, logs and readiness then name too. `on_stopping` is called first at a
        stop: long work ends itself with TransientFailure, and is delivered again at the next start.
        """
        self.channel = channel
        self._label = channel.name if group is None else f"{channel.name} ({group})"
        self._service = service
        self._settings = settings
        self._metrics = metrics
        self._policy = policy or Policy()
        self._on_stopping = on_stopping
        self._halts = Halts()
        self._readiness: Readiness | None = None
        self._patience = Patience(self._label, self._policy, metrics, producer, renew_producer)
        self._worker = BatchWorker(channel, self._label, work, self._policy, metrics, self._patience)
        self._letters = LetterCounter(
            LetterLimit(
                settings.dead_letter_window_records,
                settings.dead_letter_ratio_limit,
                settings.dead_letter_consecutive_limit,
            )
        )
        self._assignment = Assignment(
            lambda: self.subscriber.consumer,
            starting_offsets=starting_offsets,
            finish=self._finish,
            forget=self._forget,
            on_placed=self._begin_to_read,
            on_rebalance=lambda kind: metrics.rebalances.labels(self._label, kind).inc(),
            on_gap=self._tell_gap,
        )
        self.subscriber = declare_subscriber(
            broker,
            channel,
            settings=settings,
            group=group or service,
            listener=self._assignment,
            maximum_poll_interval_ms=self._policy.maximum_poll_interval_ms,
            maximum_batch_records=self._policy.maximum_batch_records or settings.maximum_batch_records,
        )
        self.subscriber.generation = lambda: self._assignment.generation
        self.subscriber.before_poll = self._before_poll
        self.subscriber(self._on_batch)
        self._offsets = OffsetCommitter(
            self._label, lambda: self.subscriber.consumer, metrics, settings.commit_interval_seconds
        )

    # -- life ---------------------------------------------------------------------------------

    def start_ticker(self) -> None:
        """Begin to commit; call it once the broker has started."""
        self._metrics.stopped.labels(self._label).set(0)
        self._offsets.start()

    async def drain(self) -> None:
        """Stop taking records, finish those in flight, commit. Call it before the broker stops."""
        self._patience.is_stopping = True
        if self._on_stopping is not None:
            self._on_stopping()
        consumer = self.subscriber.consumer
        assigned: Iterable[TopicPartition] = ()
        if consumer is not None:
            assigned = consumer.assignment()
            if assigned:
                consumer.pause(*assigned)
            await self._await_work()
        # one commit only: where the broker is away it takes all of the time that is left
        await self._offsets.stop(assigned)

    def watch(self, readiness: Readiness) -> None:
        """Add this consumer to what the process calls ready."""
        self._readiness = readiness
        readiness.add(f"consumer {self._label}", self._check)

    async def _check(self) -> str | None:
        if self._patience.is_stopping:
            return "stopping"
        if not self.subscriber.running or self.subscriber.consumer is None:
            return "not running"
        if all(task.done() for task in self.subscriber.tasks):
            return "its polling has ended"
        uncommitted = self._offsets.failure()
        if uncommitted is not None:
            return uncommitted
        halted = self._halts.reason(self.subscriber.consumer.assignment())
        if halted is not None:
            return halted
        if self._patience.reason is not None:
            return self._patience.reason
        if not self._assignment.has_joined:
            return "not in its consumer group yet"
        if self._assignment.waits_for is not None:
            return self._assignment.waits_for
        idle = self.subscriber.seconds_since_poll()
        if idle > STALLED_SECONDS and self._policy.maximum_poll_interval_ms <= 300_000:
            return f"no poll for {idle:.0f} s"
        return None

    async def read_to_end(self) -> frozenset[TopicPartition]:
        """Our partitions of which all that the log held at the call is done; none when it cannot be seen."""
        return await self._assignment.read_to_end()

    # -- work that settles later ----------------------------------------------------------------

    @property
    def is_outlived(self) -> bool:
        """Whether the batch that is worked on was taken before its partitions were given anew.

        What the work keeps of it would stand beside what is read again.
        """
        return self.subscriber.polled_generation != self._assignment.generation

    def admits(self, outcomes: Iterable[Outcome]) -> frozenset[tuple[int, int]]:
        """Partition and offset of those that the limit of dead letters lets through.

        For work that keeps its letters itself: what is not among them it must leave as it was.
        `outcomes` are of the batch that is worked on.
        """
        batch = sorted(
            [*self._worker.settled, *outcomes], key=lambda one: (one.record.partition, one.record.offset)
        )
        admitted, _ = self._letters.admit(batch)
        return frozenset((one.record.partition, one.record.offset) for one in admitted)

    def settle(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Everything below these offsets is done; they are committed while the partitions are ours."""
        self._offsets.mark_done(next_offsets)

    def owns(self, partition: TopicPartition) -> bool:
        """Whether the group gave it to us, as far as this process knows."""
        consumer = self.subscriber.consumer
        return consumer is not None and partition in consumer.assignment()

    def place_all_anew(self) -> None:
        """Before the next poll, ask `starting_offsets` again for all partitions and go there, also backwards.

        What is not committed, counted letters and holds of all of them are forgotten.
        The work drops what it holds when it is asked. While it cannot say, nothing is read, and it is
        asked again at each poll.
        """
        self._assignment.is_misplaced = True

    # -- partitions ---------------------------------------------------------------------------

    async def _await_work(self) -> None:
        await self.subscriber.lock.wait_release(self._settings.drain_seconds)  # type: ignore[attr-defined]

    async def _finish(self, partitions: Iterable[TopicPartition]) -> None:
        await self._await_work()
        await self._offsets.commit(partitions)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        self._offsets.forget(partitions)
        self._letters.forget(partitions)
        self._halts.release(partitions)
        self._tell_held()

    def _begin_to_read(self, assigned: Iterable[TopicPartition]) -> None:
        if self.subscriber.consumer is not None:
            self.subscriber.consumer.resume(*filter(self._may_resume, assigned))
        self._pause_stopped(assigned)

    def _pause_stopped(self, assigned: Iterable[TopicPartition]) -> None:
        stopped = self._halts.stopped(assigned)
        self._metrics.stopped.labels(self._label).set(bool(stopped))
        if stopped and self.subscriber.consumer is not None:
            self.subscriber.consumer.pause(*stopped)

    def _tell_gap(self, gap: Gap) -> None:
        self._metrics.gaps.labels(self._label, gap.kind).inc(gap.records)
        _log.error(
            "records are missing",
            channel=self._label,
            partition=gap.partition.partition,
            kind=gap.kind,
            records=gap.records,
            expected=gap.expected,
            start=gap.start,
        )
        if self._readiness is not None:
            self._readiness.note(f"gap {gap.partition.topic}-{gap.partition.partition}", str(gap))

    # -- one batch ----------------------------------------------------------------------------

    async def _on_batch(self, records: list[Any]) -> None:
        """The FastStream handler. Whatever happens, offsets pass no record that is not done."""
        started = time.perf_counter()
        generation = self.subscriber.polled_generation
        name = self._label
        self._metrics.records.labels(name).inc(len(records))
        self._metrics.batch_records.labels(name).observe(len(records))
        try:
            async with KeptInGroup(
                self.subscriber.consumer, self._policy.maximum_poll_interval_ms, self._may_resume
            ):
                await self._assignment.look_for_gaps(records)
                done, reached, waiting = await self._work_and_send(records)
        except Exception as error:  # noqa: BLE001 - no record is to blame: read the batch again
            self._patience.reason = f"batch not done: {error!r}"
            _log.error("batch not done, will be read again", channel=name, error=repr(error), exc_info=True)
            if generation == self._assignment.generation and not self._patience.is_stopping:
                self.subscriber.go_back(records)
                await asyncio.sleep(REREAD_SECONDS)
            return
        finally:
            self._metrics.batch_seconds.labels(name).observe(time.perf_counter() - started)
        self._patience.reason = None
        worked = sum(not outcome.is_shed for outcome in done)
        self._worker.pace.saw(worked, time.perf_counter() - started, time.monotonic())
        if generation != self._assignment.generation:
            return  # it outlived its assignment: whoever owns the partitions now does it again
        self._letters.count(done)
        next_offsets = {outcome.partition: outcome.record.offset + 1 for outcome in done}
        if not self._policy.settles_later:
            self._offsets.mark_done(next_offsets)
        self._assignment.passed(next_offsets)
        self._halts.release(next_offsets)
        self._stop([one for one in reached if not one.may_pass])
        held = {one.partition: held_text(one) for one in reached if one.may_pass}
        self._hold({**waiting, **held}, records, next_offsets)

    def _may_resume(self, partition: TopicPartition) -> bool:
        return (
            not self._patience.is_stopping
            and self._assignment.is_placed(partition)
            and self._halts.may_read(partition)
        )

    async def _work_and_send(
        self, records: Sequence[Record]
    ) -> tuple[Sequence[Outcome], Sequence[LimitReached], Mapping[TopicPartition, str]]:
        """Results leave before offsets advance.

        Returns what is done, which partitions end there, and why others wait.
        """
        outcomes, waiting = until_waiting(await self._worker.outcomes(records, self._patience.send))
        admitted, reached = self._letters.admit(outcomes)
        outgoing = [
            stopped_event(self.channel, self._service, self._settings.instance_id, one)
            for one in reached
            if not one.may_pass
        ]
        for outcome in admitted:
            outgoing += outcome.outgoing
            if outcome.burial is not None:
                self._tell_burial(outcome.burial)
        await self._patience.send(outgoing)
        ended = {one.partition for one in reached}
        return admitted, reached, {one: why for one, why in waiting.items() if one not in ended}

    def _stop(self, reached: Sequence[LimitReached]) -> None:
        """Take nothing more of these partitions until the process is started again; the others go on."""
        for one in reached:
            text = stopped_text(self.channel, self._service, one)
            self._halts.stop(one.partition, text)
            _log.critical("consumer stopped", channel=self._label, reason=text)
        if reached and self.subscriber.consumer is not None:
            self._pause_stopped(self.subscriber.consumer.assignment())

    def _hold(
        self,
        reasons: Mapping[TopicPartition, str],
        records: Sequence[Record],
        next_offsets: Mapping[TopicPartition, int],
    ) -> None:
        """Pause these partitions and read what they did not get done again, until what is away has come."""
        consumer = self.subscriber.consumer
        if reasons and consumer is not None and not self._patience.is_stopping:
            for text in self._halts.hold(reasons, time.monotonic() + REREAD_SECONDS).values():
                _log.error("partition held, will be read again", channel=self._label, reason=text)
            self.subscriber.go_back(not_done(records, next_offsets, reasons.keys()))
            consumer.pause(*consumer.assignment() & reasons.keys())
        self._tell_held()

    async def _before_poll(self) -> None:
        if self._assignment.is_misplaced:
            await self._assignment.place_anew()
        self._read_held_again()

    def _read_held_again(self) -> None:
        consumer = self.subscriber.consumer
        due = self._halts.take_due(time.monotonic())
        if due and consumer is not None:
            consumer.resume(*filter(self._may_resume, consumer.assignment() & due))

    def _tell_held(self) -> None:
        self._metrics.held.labels(self._label).set(self._halts.held)

    def _tell_burial(self, burial: Burial) -> None:
        self._metrics.dead_letters.labels(self._label, burial.reason).inc()
        _log.warning(
            "dead letter",
            channel=self._label,
            partition=burial.record.partition,
            offset=burial.record.offset,
            reason=burial.reason,
            error=burial.error[:500],
        )
