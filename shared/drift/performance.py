"""How good a window's answers were: by reported outcomes, and by what their own chances promise. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from shared.intervals import wilson

BINS: Final = 10
"""Of equal width; one begins at one half, from where on a chance says yes."""
HALF: Final = BINS // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Predictions of one bin of the chance, [`bin`/10, (`bin` + 1)/10), that came true equally far.

    `truth`: 1, 0, or between for a draw; None where no outcome is known. `chances` and `squares` are the
    sums of the predicted chances and of their squares.
    """

    bin: int
    truth: float | None
    predictions: int
    chances: float
    squares: float


class ReliabilityBin(msgspec.Struct, frozen=True, kw_only=True):
    """Predictions whose chance is in `[low, high)`: their mean chance, and the share that came true."""

    low: float
    high: float
    predictions: int
    mean_chance: float
    came_true: float


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What the chances promise of themselves, by CBPE (confidence-based performance estimation).

    It takes the chances at their word: as good as the calibration is, and blind to a change of what
    follows from the inputs.
    """

    accuracy: float
    brier: float


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """`basis` outcomes: of the `known` predictions with one. estimate: `estimate`, for none is known.

    `predictions`: those looked at, with or without an outcome; `estimate` is of all of them. `accuracy` is
    of the `decided` outcomes, which are no draws, with Wilson's 95 % interval; None without any.
    `calibration_error`: the mean gap of the bins, weighted; None without outcomes.
    """

    basis: Literal["outcomes", "estimate"]
    predictions: int
    known: int
    decided: int
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None = None
    brier: float
    calibration_error: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()
    estimate: Estimate


def bin_of(chance: float) -> int:
    """The bin of a chance from 0 to 1."""
    return min(int(chance * BINS), BINS - 1)


def grouped(chances: Mapping[str, float], truths: Mapping[str, float]) -> list[Group]:
    """By request id: the chance that was predicted, and how far it came true where that is known."""
    alike: dict[tuple[int, float | None], list[float]] = {}
    for request_id, chance in chances.items():
        alike.setdefault((bin_of(chance), truths.get(request_id)), []).append(chance)
    return [
        Group(
            bin=number,
            truth=truth,
            predictions=len(own),
            chances=sum(own),
            squares=sum(chance * chance for chance in own),
        )
        for (number, truth), own in alike.items()
    ]


def performance(groups: Iterable[Group]) -> Performance | None:
    """How good the predictions of all groups were; None without predictions."""
    every = list(groups)
    if not every:
        return None
    estimate = _estimate(every)
    judged = [(one, one.truth) for one in every if one.truth is not None]
    if not judged:
        return Performance(
            basis="estimate",
            predictions=_count(every),
            known=0,
            decided=0,
            accuracy=estimate.accuracy,
            brier=estimate.brier,
            estimate=estimate,
        )
    known = _count(one for one, _ in judged)
    decided = _count(one for one, truth in judged if truth != 0.5)
    right = _count(one for one, truth in judged if truth != 0.5 and (one.bin >= HALF) == (truth > 0.5))
    squared = sum(
        one.squares - 2 * truth * one.chances + truth * truth * one.predictions for one, truth in judged
    )
    reliability = _reliability(judged)
    return Performance(
        basis="outcomes",
        predictions=_count(every),
        known=known,
        decided=decided,
        accuracy=right / decided if decided else None,
        accuracy_interval=wilson(right / decided, decided) if decided else None,
        # sums of squares that cancel may leave less than nothing
        brier=max(0.0, squared / known),
        calibration_error=sum(one.predictions * abs(one.mean_chance - one.came_true) for one in reliability)
        / known,
        reliability=reliability,
        estimate=estimate,
    )


def _count(groups: Iterable[Group]) -> int:
    return sum(one.predictions for one in groups)


def _estimate(groups: list[Group]) -> Estimate:
    """Of a chance p: right with max(p, 1 - p), and p(1 - p) is the squared error to expect."""
    predictions = _count(groups)
    right = sum(one.chances if one.bin >= HALF else one.predictions - one.chances for one in groups)
    squared = sum(one.chances - one.squares for one in groups)
    return Estimate(accuracy=right / predictions, brier=max(0.0, squared / predictions))


def _reliability(judged: list[tuple[Group, float]]) -> tuple[ReliabilityBin, ...]:
    found = []
    for number in sorted({one.bin for one, _ in judged}):
        own = [(one, truth) for one, truth in judged if one.bin == number]
        count = _count(one for one, _ in own)
        found.append(
            ReliabilityBin(
                low=number / BINS,
                high=(number + 1) / BINS,
                predictions=count,
                mean_chance=sum(one.chances for one, _ in own) / count,
                came_true=sum(truth * one.predictions for one, truth in own) / count,
            )
        )
    return tuple(found)
