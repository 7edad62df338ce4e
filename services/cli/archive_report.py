"""What the manifest says, summed up. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.archive.address import Address
from shared.archive.manifest import ArchivedFile


@dataclass(frozen=True, slots=True)
class Extent:
    """What is archived of a partition: `records` with offsets from `first` to before `covered`.

    `absent`: offsets between them that no file has: purged, or of records that could not be read.
    """

    partition: int
    first: int
    covered: int
    records: int
    absent: int


def extents(files: Sequence[ArchivedFile], covered: Mapping[int, int]) -> list[Extent]:
    """One for each partition that has files."""
    found = []
    for partition in sorted({file.partition for file in files}):
        ours = [file for file in files if file.partition == partition]
        first, records = min(file.first_offset for file in ours), sum(file.records for file in ours)
        end = covered.get(partition, max(file.last_offset for file in ours) + 1)
        found.append(Extent(partition, first, end, records, end - first - records))
    return found


def summary(files: Sequence[ArchivedFile]) -> dict[str, Any]:
    """Counts of everything, records by family, first and last day."""
    families: Counter[str] = Counter()
    for file in files:
        families[file.family] += file.records
    days = sorted(file.day for file in files)
    return {
        "files": len(files),
        "records": families.total(),
        "size_bytes": sum(file.size_bytes for file in files),
        "families": dict(sorted(families.items())),
        "first_day": str(days[0]) if days else None,
        "last_day": str(days[-1]) if days else None,
    }


def file_json(file: ArchivedFile, archive: Address) -> dict[str, Any]:
    """The row of the manifest; `file` is where it lies, as pandas takes it."""
    return {
        "path": file.path,
        "file": archive.uri(file.path),
        "topic": file.topic,
        "partition": file.partition,
        "first_offset": file.first_offset,
        "last_offset": file.last_offset,
        "first_at": file.first_at.isoformat(),
        "last_at": file.last_at.isoformat(),
        "day": str(file.day),
        "family": file.family,
        "records": file.records,
        "size_bytes": file.size_bytes,
        "sha256": file.sha256,
    }
