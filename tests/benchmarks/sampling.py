"""Where a process spends its CPU time, by samples of its stack: cheap enough not to change what it looks at.

A profiler that follows every call makes the many small functions of the path look dearer than they are.
"""

import signal
import sysconfig
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

from services.embedded.layout import CHECKOUT

EVERY_SECONDS: Final = 0.001
"""Of CPU time."""
DEEPEST: Final = 60
PACKAGES: Final = Path(sysconfig.get_path("purelib"))

Place = tuple[str, str]
"""File and function."""
Stack = tuple[Place, ...]
"""Innermost first."""


class Sampler:
    """Counts the stacks of the main thread while it is started; one a process."""

    def __init__(self) -> None:
        """Nothing is looked at yet."""
        self.stacks: Counter[Stack] = Counter()
        signal.signal(signal.SIGPROF, self._look)

    def start(self) -> None:
        """Forget what was seen, and look."""
        self.stacks.clear()
        signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)

    def stop(self) -> None:
        """Look no more."""
        signal.setitimer(signal.ITIMER_PROF, 0)

    def _look(self, _number: int, frame: FrameType | None) -> None:
        places: list[Place] = []
        while frame is not None and len(places) < DEEPEST:
            places.append((frame.f_code.co_filename, frame.f_code.co_qualname))
            frame = frame.f_back
        self.stacks[tuple(places)] += 1


def by_area(stacks: Mapping[Stack, int]) -> list[tuple[str, float]]:
    """Shares of all samples by what the time was spent for, largest first.

    The standard library counts for whoever calls it, but for the event loop.
    """
    counts: Counter[str] = Counter()
    for stack, count in stacks.items():
        counts[next((area for file, _ in stack if (area := _area(file))), "Python")] += count
    return _shares(counts.items())


def by_function(stacks: Mapping[Stack, int]) -> list[tuple[str, float]]:
    """Shares of all samples by innermost function, largest first."""
    counts: Counter[str] = Counter()
    for stack, count in stacks.items():
        file, name = stack[0]
        counts[f"{name} ({_short(file)})"] += count
    return _shares(counts.items())


def _shares(counts: Iterable[tuple[str, int]]) -> list[tuple[str, float]]:
    found = sorted(counts, key=lambda one: (-one[1], one[0]))
    total = sum(count for _, count in found)
    return [(name, count / total) for name, count in found]


def _area(file: str) -> str:
    """`shared/delivery`, `aiokafka/producer`, `asyncio`; empty for the rest of the standard library."""
    parts = _parts(file)
    if parts is None:
        return "asyncio" if "/asyncio/" in file or file.endswith("/selectors.py") else ""
    return "/".join(parts[:2]).removesuffix(".py")


def _short(file: str) -> str:
    parts = _parts(file)
    return "/".join(parts if parts is not None else Path(file).parts[-2:])


def _parts(file: str) -> Sequence[str] | None:
    """Within the checkout or the packages; None elsewhere."""
    path = Path(file)
    for root in (PACKAGES, CHECKOUT):
        if path.is_relative_to(root):
            return path.relative_to(root).parts
    return None
