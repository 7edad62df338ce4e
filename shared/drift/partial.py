"""What one partition adds to one cell of time. Sums of partials do not depend on their order."""

import zlib
from dataclasses import dataclass
from typing import Final

import numpy as np

from shared.drift.binning import Counts

_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class CellKey:
    """The predictions of one model version within `[start_ms, start_ms + width)` of record time."""

    family: str
    model_version: str
    start_ms: int


@dataclass(slots=True, eq=False)
class Partial:
    """`events` are distinct requests; `duplicates` were seen before and are in no other count.

    `counts` follow the release's reference, None without one. Offsets and broker times are the first
    and last of the partition in the cell, duplicates included.
    """

    events: int
    duplicates: int
    first_offset: int
    last_offset: int
    counts: Counts | None

    def merge(self, later: "Partial") -> "Partial":
        """Both together, of the same partition."""
        return Partial(
            self.events + later.events,
            self.duplicates + later.duplicates,
            min(self.first_offset, later.first_offset),
            max(self.last_offset, later.last_offset),
            add_counts(self.counts, later.counts),
        )


def add_counts(one: Counts | None, other: Counts | None) -> Counts | None:
    """The sum; None counts nothing. Raises ValueError for counts of two references."""
    if one is None or other is None:
        return one if other is None else other
    if one.shape != other.shape:
        raise ValueError(f"counts of {len(one)} and {len(other)} cells are of two references")
    return one + other


def pack(counts: Counts | None) -> bytes | None:
    """Small bytes of a vector that is mostly zeros."""
    return None if counts is None else zlib.compress(counts.astype("<i8").tobytes(), _FASTEST)


def unpack(content: bytes | None) -> Counts | None:
    """The vector again."""
    return None if content is None else np.frombuffer(zlib.decompress(content), "<i8").astype(np.int64)
