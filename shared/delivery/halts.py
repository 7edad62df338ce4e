"""The partitions of one consumer that do not go on, and why. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from aiokafka import TopicPartition

from shared.delivery.door import Record
from shared.delivery.letter_limit import Outcome


class Halts:
    """Stopped partitions wait for a restart of the process, held ones for what they need to come back."""

    def __init__(self) -> None:
        """All go on."""
        self._stopped: dict[TopicPartition, str] = {}
        self._held: dict[TopicPartition, str] = {}
        self._paused_until: dict[TopicPartition, float] = {}

    def stop(self, partition: TopicPartition, reason: str) -> None:
        """Nothing more is taken of it by this process, wherever the group puts it in between."""
        self._stopped[partition] = reason
        self.release([partition])  # what it was held for is not what it waits for any more

    def hold(self, reasons: Mapping[TopicPartition, str], until: float) -> Mapping[TopicPartition, str]:
        """They are read again at `until`, and so on until they make progress; returns what was not said."""
        new = {one: text for one, text in reasons.items() if self._held.get(one) != text}
        self._held.update(reasons)
        self._paused_until.update(dict.fromkeys(reasons, until))
        return new

    def release(self, partitions: Iterable[TopicPartition]) -> None:
        """These made progress, or are not ours any more; what is stopped stays so."""
        for partition in partitions:
            self._held.pop(partition, None)
            self._paused_until.pop(partition, None)

    def take_due(self, now: float) -> frozenset[TopicPartition]:
        """The held ones to read again now; each is said once."""
        due = frozenset(one for one, until in self._paused_until.items() if until <= now)
        for partition in due:
            del self._paused_until[partition]
        return due

    @property
    def held(self) -> int:
        """How many partitions are held."""
        return len(self._held)

    def may_read(self, partition: TopicPartition) -> bool:
        """Whether it is neither stopped nor held until later."""
        return partition not in self._stopped and partition not in self._paused_until

    def stopped(self, assigned: Iterable[TopicPartition]) -> frozenset[TopicPartition]:
        """Those of `assigned` that are stopped."""
        return frozenset(assigned) & self._stopped.keys()

    def reason(self, assigned: Collection[TopicPartition]) -> str | None:
        """Why `assigned` are not all read, what needs somebody first; None when they are."""
        for reasons in (self._stopped, self._held):
            texts = [reasons[partition] for partition in sorted(assigned) if partition in reasons]
            if texts:
                return texts[0] + (f" (and {len(texts) - 1} more partitions)" if len(texts) > 1 else "")
        return None


def until_waiting(outcomes: Sequence[Outcome]) -> tuple[Sequence[Outcome], Mapping[TopicPartition, str]]:
    """The outcomes before the first of their partition that waits; why the partitions wait."""
    if all(outcome.waits_for is None for outcome in outcomes):
        return outcomes, {}
    ready = []
    reasons: dict[TopicPartition, str] = {}
    for outcome in outcomes:
        if outcome.partition in reasons:
            continue
        if outcome.waits_for is None:
            ready.append(outcome)
        else:
            record = outcome.record
            reasons[outcome.partition] = (
                f"held at {record.topic}-{record.partition} offset {record.offset}: {outcome.waits_for}"
            )
    return ready, reasons


def not_done(
    records: Sequence[Record],
    next_offsets: Mapping[TopicPartition, int],
    partitions: Collection[TopicPartition],
) -> list[Record]:
    """The records of `partitions` that lie at or behind the offset to go on at, all where there is none."""
    return [
        record
        for record in records
        if (partition := TopicPartition(record.topic, record.partition)) in partitions
        and record.offset >= next_offsets.get(partition, 0)
    ]
