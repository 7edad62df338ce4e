"""How a figure is measured: both sides in turn, ratios by round, medians. What is timed is not known here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, TypeVar

import numpy as np

Direction = Literal["at most", "at least"]
T = TypeVar("T")

QUIET_LOAD: Final = 1.0
"""Processes that wanted a core during the minute before; above it figures are shown and not judged."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure must be."""

    direction: Direction
    limit: float

    def holds(self, value: float) -> bool:
        """Whether `value` is within."""
        return value <= self.limit if self.direction == "at most" else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.direction == 'at most' else '≥'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of ours beside that of a floor or peer. Without `bound` it is shown, not judged.

    `ratio` and `spread` (least and largest round) are of rounds, not of the medians; None without a
    peer, where the bound is on `ours` itself. `samples`: single calls behind the figure, ours and theirs.
    """

    name: str
    unit: str
    ours: float
    peer: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    bound: Bound | None = None
    samples: tuple[int, ...] = ()

    @property
    def met(self) -> bool | None:
        """Whether the bound holds; None where there is none."""
        if self.bound is None:
            return None
        return self.bound.holds(self.ours if self.ratio is None else self.ratio)


def compare(
    name: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float],
    bound: Bound | None = None,
    *,
    samples: tuple[int, ...] = (),
    inverted: bool = False,
) -> Measure:
    """Both sides by round. The ratio is ours over the peer's, or `inverted`: how many times less ours is."""
    pairs = zip(ours, peer, strict=True)
    ratios = [theirs / own if inverted else own / theirs for own, theirs in pairs]
    spread = (min(ratios), max(ratios))
    return Measure(name, unit, median(ours), median(peer), median(ratios), spread, bound, samples)


def alone(
    name: str, unit: str, ours: Sequence[float], bound: Bound | None = None, *, samples: tuple[int, ...] = ()
) -> Measure:
    """A figure without a peer: the median round."""
    return Measure(name, unit, median(ours), spread=(min(ours), max(ours)), bound=bound, samples=samples)


async def interleave(rounds: int, sides: Mapping[str, Callable[[], Awaitable[T]]]) -> dict[str, list[T]]:
    """What each side gave in `rounds` rounds A B A B …; a round before them warms up and is dropped."""
    results: dict[str, list[T]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            result = await side()
            if number:
                results[name].append(result)
    return results


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that `percent` of `values` do not exceed."""
    return float(np.percentile(np.asarray(values), percent))
