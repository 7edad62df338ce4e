"""The partitions of one consumer that do not go on, and why. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from aiokafka import TopicPartition

from shared.delivery.door import Record


class Halts:
    """Stopped partitions wait for a restart of the process, held ones for what they need to come back."""

    def __init__(self) -> None:
        """All go on."""
        self._stopped: dict[TopicPartition, str] = {}
        self._held: dict[TopicPartition, str] = {}

    def stop(self, partition: TopicPartition, reason: str) -> None:
        """Nothing more is taken of it by this process, wherever the group puts it in between."""
        self._stopped[partition] = reason

    def hold(self, reasons: Mapping[TopicPartition, str]) -> None:
        """It is read again until it makes progress."""
        self._held.update(reasons)

    def release(self, partitions: Iterable[TopicPartition]) -> None:
        """These made progress, or are not ours any more; what is stopped stays so."""
        for partition in partitions:
            self._held.pop(partition, None)

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
