"""How good a window's answers were: by reported outcomes, or estimated from their own chances. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import msgspec
import numpy as np

BINS: Final = 10


class ReliabilityBin(msgspec.Struct, frozen=True, kw_only=True):
    """Predictions whose chance is in `[low, high)`: their mean chance, and the share that came true."""

    low: float
    high: float
    predictions: int
    mean_chance: float
    came_true: float


class Performance(msgspec.Struct, frozen=True, kw_only=True):
    """`basis` outcomes: of the `known` predictions with one. estimate: of all, by CBPE.

    CBPE (confidence-based performance estimation) takes the chances at their word: it is as good as the
    calibration is, and blind to a change of what follows from the inputs. `accuracy` is None when all
    outcomes are draws; `calibration_error` is the mean gap of the bins, weighted; both None where the
    basis does not give them.
    """

    basis: Literal["outcomes", "estimate"]
    predictions: int
    known: int
    accuracy: float | None
    brier: float
    calibration_error: float | None = None
    reliability: tuple[ReliabilityBin, ...] = ()


def performance(chances: Mapping[str, float], truths: Mapping[str, float]) -> Performance | None:
    """By request id: the chance that was predicted, and in truth 1, 0, or between for a draw.

    None without predictions.
    """
    if not chances:
        return None
    known = [request_id for request_id in chances if request_id in truths]
    if not known:
        return _estimate(list(chances.values()))
    predicted = np.array([chances[one] for one in known])
    true = np.array([truths[one] for one in known])
    decided = true != 0.5
    right = (predicted >= 0.5) == (true > 0.5)
    reliability = _reliability(predicted, true)
    return Performance(
        basis="outcomes",
        predictions=len(chances),
        known=len(known),
        accuracy=float(right[decided].mean()) if decided.any() else None,
        brier=float(((predicted - true) ** 2).mean()),
        calibration_error=float(
            sum(one.predictions * abs(one.mean_chance - one.came_true) for one in reliability) / len(known)
        ),
        reliability=reliability,
    )


def _estimate(chances: Sequence[float]) -> Performance:
    predicted = np.array(chances)
    return Performance(
        basis="estimate",
        predictions=len(chances),
        known=0,
        accuracy=float(np.maximum(predicted, 1 - predicted).mean()),
        brier=float((predicted * (1 - predicted)).mean()),
    )


def _reliability(predicted: np.ndarray, true: np.ndarray) -> tuple[ReliabilityBin, ...]:
    cells = np.minimum((predicted * BINS).astype(np.int64), BINS - 1)
    return tuple(
        ReliabilityBin(
            low=cell / BINS,
            high=(cell + 1) / BINS,
            predictions=int((cells == cell).sum()),
            mean_chance=float(predicted[cells == cell].mean()),
            came_true=float(true[cells == cell].mean()),
        )
        for cell in range(BINS)
        if (cells == cell).any()
    )
