"""Cells of one partition on disk: appended in order of time, cut back to the last checkpoint at a resume."""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec

from shared.drift.partial import CellKey, Partial, pack, unpack

LENGTH_BYTES: Final = 4


class StoredCell(msgspec.Struct, frozen=True, array_like=True):
    """A cell as it lies on disk. `counts`: packed."""

    family: str
    model_version: str
    start_ms: int
    events: int
    duplicates: int
    first_offset: int
    last_offset: int
    counts: bytes | None

    @classmethod
    def of(cls, key: CellKey, partial: Partial) -> "StoredCell":
        """Of what was counted."""
        numbers = (partial.events, partial.duplicates, partial.first_offset, partial.last_offset)
        return cls(key.family, key.model_version, key.start_ms, *numbers, pack(partial.counts))

    @property
    def key(self) -> CellKey:
        return CellKey(self.family, self.model_version, self.start_ms)

    @property
    def partial(self) -> Partial:
        return Partial(self.events, self.duplicates, self.first_offset, self.last_offset, unpack(self.counts))


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """How far a partition is counted: `PartitionState` without its ids, which are read again.

    `size_bytes` of its file of cells are true; `open` are the cells that records may still fall into.
    """

    covered_offset: int
    running_maximum_ms: int = 0
    bucket_offsets: dict[int, int] = {}
    records: int = 0
    size_bytes: int = 0
    open: tuple[StoredCell, ...] = ()
    is_done: bool = False


class PartitionFiles:
    """The two files of one partition in the folder of a replay."""

    def __init__(self, folder: Path, partition: int) -> None:
        """Nothing is opened yet."""
        self._cells = folder / f"{partition}.cells"
        self._checkpoint = folder / f"{partition}.json"

    def checkpoint(self) -> Checkpoint | None:
        """The last one; None before the first."""
        try:
            return msgspec.json.decode(self._checkpoint.read_bytes(), type=Checkpoint)
        except FileNotFoundError:
            return None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file of cells, ours alone: waits for a process of before that is about to end."""
        with open(self._cells, "a+b") as made:
            fcntl.flock(made, fcntl.LOCK_EX)
            with open(self._cells, "r+b") as file:
                yield file

    def save(self, checkpoint: Checkpoint) -> None:
        """Replace the checkpoint; a crash leaves the old or the new one."""
        partial = self._checkpoint.with_suffix(".partial")
        with open(partial, "wb") as file:
            file.write(msgspec.json.encode(checkpoint))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self._checkpoint)

    def read(self) -> Iterator[StoredCell]:
        """All cells in order of time."""
        with open(self._cells, "rb") as file:
            while length := file.read(LENGTH_BYTES):
                yield msgspec.msgpack.decode(file.read(int.from_bytes(length, "little")), type=StoredCell)


def write_cells(file: BinaryIO, cells: Iterable[StoredCell]) -> None:
    """Append to an open file of cells."""
    for cell in cells:
        content = msgspec.msgpack.encode(cell)
        file.write(len(content).to_bytes(LENGTH_BYTES, "little") + content)
