"""The partitions that are ours, as the group gives and takes them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from aiokafka.errors import KafkaError

from shared.delivery.continuity import Continuity, Gap, find_gaps
from shared.delivery.door import Record
from shared.delivery.policy import StartingOffsets
from shared.errors import TransientFailure
from shared.logs import get_logger

LOOK_SECONDS: Final = 5.0
_log = get_logger(__name__)


class Assignment(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Moves to where the work stands, finishes before it lets go, and finds what is missing.

    `generation` changes whenever partitions are taken: work that outlived it is not ours to commit.
    """

    def __init__(
        self,
        consumer: Callable[[], AIOKafkaConsumer | None],
        *,
        starting_offsets: StartingOffsets | None,
        finish: Callable[[Iterable[TopicPartition]], Awaitable[None]],
        forget: Callable[[Iterable[TopicPartition]], None],
        on_placed: Callable[[Iterable[TopicPartition]], None],
        on_rebalance: Callable[[str], None],
        on_gap: Callable[[Gap], None],
    ) -> None:
        """`finish` ends and commits the work on partitions; `forget` drops what is known of them.

        `on_placed` gets partitions that are paused, and lets them be read.
        """
        self._consumer = consumer
        self._starting_offsets = starting_offsets
        self._finish = finish
        self._forget = forget
        self._on_placed = on_placed
        self._on_rebalance = on_rebalance
        self._on_gap = on_gap
        self._continuity = Continuity()
        self._unplaced: frozenset[TopicPartition] = frozenset()
        self._placing = asyncio.Lock()
        self.is_misplaced = False
        """Whether to place anew before anything more is read; the owner may say so too."""
        self.waits_for: str | None = None
        """Why it could not be told where to read; None when it was."""
        self.generation = 0
        self.has_joined = False

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Finish and commit what is in flight, so that the next owner does not redo it."""
        self.has_joined = False
        if revoked:
            self._on_rebalance("revoked")
            await self._finish(revoked)
        self.generation += 1
        self._let_go(revoked)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Move to where the work really stands, when that is not the group's offset.

        What cannot be told now stays paused: `place_anew` asks again.
        """
        self._on_rebalance("assigned")
        # What was done before the partition left us may be behind what its last owner committed.
        self._let_go(assigned)
        consumer = self._consumer()
        if consumer is not None and assigned:
            # at once: who waits for an earlier placement to end must not be read from meanwhile
            mine = self._pause(consumer, assigned)
            async with self._placing:
                await self._place_paused(consumer, mine)
        else:
            self._wait_for_nothing()
            self._on_placed(assigned)
        # A member that has nothing to do while others hold all partitions is ready: it is the spare.
        self.has_joined = True

    async def place_anew(self) -> None:
        """Move to where the work stands, as after an assignment. Nothing that was polled may be in flight.

        When that cannot be told nothing is read and `is_misplaced` stays: to be called again.
        """
        consumer = self._consumer()
        async with self._placing:
            assigned = set() if consumer is None else set(consumer.assignment())
            if consumer is not None and assigned:
                await self._place_paused(consumer, self._pause(consumer, assigned))
            else:
                self._wait_for_nothing()

    def is_placed(self, partition: TopicPartition) -> bool:
        """Whether it is known where to read the partition from, if it is ours."""
        return partition not in self._unplaced

    def passed(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Everything below these offsets is done."""
        self._continuity.expect(next_offsets)

    async def read_to_end(self) -> frozenset[TopicPartition]:
        """Our partitions of which everything up to their ends at the call is done, an empty log included."""
        consumer = self._consumer()
        assigned = frozenset() if consumer is None else frozenset(consumer.assignment()) - self._unplaced
        if consumer is None or not assigned:
            return frozenset()
        firsts, ends = await _bounds(consumer, assigned)
        return frozenset(
            partition
            for partition, end in ends.items()
            if self._continuity.next_offset(partition, firsts[partition]) == end
        )

    async def look_for_gaps(self, records: Sequence[Record]) -> None:
        """Tell when `records` do not go on where the last ones ended, and why."""
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            firsts.setdefault(TopicPartition(record.topic, record.partition), record.offset)
        jumps = self._continuity.jumps(firsts)
        consumer = self._consumer()
        if not jumps or consumer is None:
            return
        starts, ends = await _bounds(consumer, jumps)
        # A log that begins before what we expect, and gave us less, is another log of the same name.
        ends |= {partition: firsts[partition] for partition in jumps if firsts[partition] < jumps[partition]}
        for gap in find_gaps(jumps, starts, ends):
            if gap.kind == "recreated":
                self._forget([gap.partition])
            self._on_gap(gap)
        self._continuity.expect(firsts)

    def _pause(self, consumer: AIOKafkaConsumer, assigned: set[TopicPartition]) -> frozenset[TopicPartition]:
        # aiokafka goes on to read while they are placed: what it took before the place is known would
        # be passed over, or come twice
        consumer.pause(*(consumer.assignment() & assigned))
        self._unplaced = frozenset(assigned)
        return self._unplaced

    async def _place_paused(self, consumer: AIOKafkaConsumer, mine: frozenset[TopicPartition]) -> None:
        """Place `mine`, and let them be read unless the group has given others: those are placed next.

        Where the group stands is no place to begin instead: the work may be behind it (a database that was
        put back), and what lies between would be passed over.
        """
        self._let_go(mine)
        self.is_misplaced = False
        try:
            starts = await self._asked(mine)
            seek_ours(consumer, starts)
            await self._begin(consumer, mine, starts)
        except Exception as error:  # noqa: BLE001 - asked again before the next poll; readiness says why
            self.is_misplaced = True
            self._wait_for(error)
            return
        self.waits_for = None
        if self._unplaced is mine:
            self._unplaced = frozenset()
            self._on_placed(mine & consumer.assignment())

    async def _asked(self, mine: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        return {} if self._starting_offsets is None else await self._starting_offsets(mine)

    def _wait_for(self, error: Exception) -> None:
        text = f"nothing is read before it is known where to begin: {error!r}"
        if text != self.waits_for:
            _log.warning(text, exc_info=not isinstance(error, TransientFailure))
        self.waits_for = text

    def _wait_for_nothing(self) -> None:
        self._unplaced = frozenset()
        self.is_misplaced = False
        self.waits_for = None

    async def _begin(
        self,
        consumer: AIOKafkaConsumer,
        assigned: frozenset[TopicPartition],
        starts: Mapping[TopicPartition, int],
    ) -> None:
        """Compare where we are to go on with what the log still holds; never jump in silence."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                ours = sorted(assigned)
                committed = await asyncio.gather(*(consumer.committed(partition) for partition in ours))
                expected = {
                    partition: offset
                    for partition, offset in zip(ours, committed, strict=True)
                    if offset is not None
                } | dict(starts)
        except (KafkaError, TimeoutError) as error:
            _log.warning("cannot see whether records are missing", error=repr(error))
            self._continuity.expect(starts)
            return
        firsts, ends = await _bounds(consumer, expected)
        for gap in find_gaps(expected, firsts, ends):
            seek_ours(consumer, {gap.partition: gap.start})
            expected[gap.partition] = gap.start
            self._on_gap(gap)
        self._continuity.expect(expected)

    def _let_go(self, partitions: Iterable[TopicPartition]) -> None:
        self._forget(partitions)
        self._continuity.forget(partitions)


def seek_ours(consumer: AIOKafkaConsumer, offsets: Mapping[TopicPartition, int]) -> None:
    """Go to these offsets, but for partitions that were taken from us meanwhile."""
    ours = consumer.assignment()
    for partition, offset in offsets.items():
        if partition in ours:
            consumer.seek(partition, offset)


async def _bounds(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> tuple[dict[TopicPartition, int], dict[TopicPartition, int]]:
    """First offset held and end of each log; empty when the broker does not say."""
    ours = list(partitions)
    if not ours:
        return {}, {}
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            starts, ends = await asyncio.gather(consumer.beginning_offsets(ours), consumer.end_offsets(ours))
    except (KafkaError, TimeoutError) as error:
        _log.warning("cannot see whether records are missing", error=repr(error))
        return {}, {}
    return dict(starts), dict(ends)
