"""Which offsets may be committed: only a contiguous prefix that is done. Pure."""

from collections.abc import Iterable, Mapping

from aiokafka import TopicPartition


class OffsetLedger:
    """Done and committed offsets of the partitions that are ours.

    Batches of one partition are worked on in order and one at a time, so that "done" is a prefix.
    """

    def __init__(self) -> None:
        """Nothing is assigned yet."""
        self._done: dict[TopicPartition, int] = {}
        self._committed: dict[TopicPartition, int] = {}

    def mark_done(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Record that everything below each offset is done. Never moves backwards."""
        for partition, offset in next_offsets.items():
            self._done[partition] = max(offset, self._done.get(partition, 0))

    def due(self, assigned: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """What is done and not committed, of the assigned partitions only."""
        ours = set(assigned)
        return {
            partition: offset
            for partition, offset in self._done.items()
            if partition in ours and self._committed.get(partition) != offset
        }

    def mark_committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Record a commit that the broker confirmed."""
        self._committed.update(offsets)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """Drop partitions that are no longer ours: another member goes on from the commit."""
        for partition in partitions:
            self._done.pop(partition, None)
            self._committed.pop(partition, None)

    def next_offset(self, partition: TopicPartition) -> int | None:
        """The first offset that is not done, as far as known."""
        return self._done.get(partition)
