"""A wall clock that jumps, for the processes that follow one file; monotonic clocks go on as they do."""

import mmap
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

_AHEAD: Final = struct.Struct("d")
_time: Any = time


class WallClock:
    """How many seconds `time.time` is ahead of what it was, in a file that is read at every look."""

    def __init__(self, file: Path) -> None:
        """Is right until it jumps; who followed `file` before keeps following."""
        self.file = file
        if not file.exists():
            file.write_bytes(_AHEAD.pack(0.0))

    def jump(self, ahead_s: float) -> None:
        """From now on it is so far ahead, or behind."""
        with self.file.open("r+b") as stream:
            stream.write(_AHEAD.pack(ahead_s))


def follow(file: Path) -> None:
    """Let `time.time` and `time.time_ns` of this process be those of the clock in `file`."""
    with file.open("rb") as stream:
        ahead = mmap.mmap(stream.fileno(), _AHEAD.size, access=mmap.ACCESS_READ)
    seconds, nanoseconds = time.time, time.time_ns

    def shifted() -> float:
        return seconds() + float(_AHEAD.unpack_from(ahead)[0])

    def shifted_ns() -> int:
        return nanoseconds() + int(_AHEAD.unpack_from(ahead)[0] * 1e9)

    _time.time, _time.time_ns = shifted, shifted_ns


@contextmanager
def following(file: Path) -> Iterator[None]:
    """This process follows the clock while the context lasts."""
    usual = time.time, time.time_ns
    follow(file)
    try:
        yield
    finally:
        _time.time, _time.time_ns = usual
