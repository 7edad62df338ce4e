"""What waits to be archived, and how it is cut into files. Pure: no clock, no I/O."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.archive.record import ArchivedRecord


@dataclass(slots=True)
class _Waiting:
    records: list[ArchivedRecord] = field(default_factory=list)
    added_at: list[float] = field(default_factory=list)
    """Of each record."""
    next_offset: int = 0
    size_bytes: int = 0


class ArchiveBuffer:
    """Records of the partitions that are ours, each once, in the order of their offsets."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Waiting] = {}

    @property
    def records(self) -> int:
        return sum(len(waiting.records) for waiting in self._partitions.values())

    @property
    def size_bytes(self) -> int:
        return sum(waiting.size_bytes for waiting in self._partitions.values())

    @property
    def partitions(self) -> list[int]:
        """Those of which something waits."""
        return sorted(number for number, waiting in self._partitions.items() if waiting.records)

    def begin(self, partitions: Iterable[int], covered: Mapping[int, int]) -> None:
        """Reading starts anew: forget what waits, take what is not covered."""
        for number in partitions:
            self._partitions[number] = _Waiting(next_offset=covered.get(number, 0))

    def add(self, record: ArchivedRecord, at: float) -> None:
        """Keep a record, unless it or a later one of its partition was kept before. `at`: seconds."""
        waiting = self._partitions.setdefault(record.partition, _Waiting())
        if record.offset < waiting.next_offset:
            return
        waiting.records.append(record)
        waiting.added_at.append(at)
        waiting.size_bytes += record.size_bytes
        waiting.next_offset = record.offset + 1

    def oldest_at(self) -> float | None:
        """When the record that waits longest was added."""
        return min(
            (waiting.added_at[0] for waiting in self._partitions.values() if waiting.records), default=None
        )

    def waiting(self, partition: int) -> tuple[ArchivedRecord, ...]:
        """What waits of one partition."""
        return tuple(self._partitions[partition].records)

    def drop(self, partition: int, covered: int) -> None:
        """Everything below `covered` is archived."""
        waiting = self._partitions[partition]
        done = bisect_left(waiting.records, covered, key=lambda record: record.offset)
        del waiting.records[:done], waiting.added_at[:done]
        waiting.size_bytes = sum(record.size_bytes for record in waiting.records)


def cut(records: Sequence[ArchivedRecord]) -> list[list[ArchivedRecord]]:
    """The records of each file: one day and one family, in the order of their offsets."""
    files: dict[tuple[date, str], list[ArchivedRecord]] = defaultdict(list)
    for record in records:
        files[record.day, record.made.family].append(record)
    return list(files.values())
