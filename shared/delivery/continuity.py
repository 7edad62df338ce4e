"""Whether reading goes on where it ended: what retention or a new topic took away is told, never passed over.

The policy: go on at the earliest record that is left, say how many are gone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiokafka import TopicPartition


@dataclass(frozen=True, slots=True)
class Gap:
    """A partition that does not hold `expected` any more; reading goes on at `start`.

    `deleted`: retention was faster than the reader, `records` are gone. `recreated`: the log ends
    before `expected`, so that it is another one, or was cut; how many are gone cannot be known (0).
    """

    partition: TopicPartition
    kind: Literal["deleted", "recreated"]
    expected: int
    start: int

    @property
    def records(self) -> int:
        """How many were never read, as far as it can be known."""
        return self.start - self.expected if self.kind == "deleted" else 0

    def __str__(self) -> str:
        name = f"{self.partition.topic}-{self.partition.partition}"
        if self.kind == "deleted":
            return (
                f"{name}: {self.records} records from offset {self.expected} were deleted unread; "
                f"going on at {self.start}"
            )
        return (
            f"{name}: the log ends before offset {self.expected}: the topic was made anew or cut; "
            f"going on at {self.start}"
        )


def find_gaps(
    expected: Mapping[TopicPartition, int],
    starts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> list[Gap]:
    """Gaps between the next offsets to read and what each log holds, from `starts` to before `ends`."""
    gaps = []
    for partition, offset in expected.items():
        if partition not in starts or partition not in ends:
            continue
        if offset < starts[partition]:
            gaps.append(Gap(partition, "deleted", offset, starts[partition]))
        elif offset > ends[partition]:
            gaps.append(Gap(partition, "recreated", offset, starts[partition]))
    return gaps


@dataclass(slots=True)
class Continuity:
    """The offset that comes next in each partition, as far as known."""

    _next: dict[TopicPartition, int] = field(default_factory=dict)

    def expect(self, next_offsets: Mapping[TopicPartition, int]) -> None:
        """Reading goes on at these offsets."""
        self._next.update(next_offsets)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are not ours any more."""
        for partition in partitions:
            self._next.pop(partition, None)

    def next_offset(self, partition: TopicPartition, default: int) -> int:
        """The offset that comes next; `default` where it is not known."""
        return self._next.get(partition, default)

    def jumps(self, first_offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        """The offset that was expected, of the partitions that go on elsewhere.

        A jump is not yet a gap: markers of a producer's transaction take offsets too.
        """
        return {
            partition: self._next[partition]
            for partition, offset in first_offsets.items()
            if self._next.get(partition, offset) != offset
        }
