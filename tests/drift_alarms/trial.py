"""The two trials: stationary windows that must stay calm, and a shift that must be told."""

from dataclasses import dataclass
from itertools import chain
from typing import Final

from services.cli.traffic.calls import Aspect
from services.training.dataset import DatasetSize
from tests.drift_alarms.model import Judged, answered
from tests.drift_alarms.streams import NAMED, Stream, visitors
from tests.drift_alarms.windows import FalseAlarms, false_alarms, windows_of, windows_to_alarm

SMALL: Final = DatasetSize(train=3_000, validation=300, test=4_000, train_battles=10, judging_battles=10)
"""Seconds of training; the reference is as large as that of the first start."""
CALM_BEFORE: Final = 2
SHIFTED: Final = 2


@dataclass(frozen=True, slots=True)
class Shifted:
    """`after`: shifted windows until the alarm. `named`: columns that drift in the last one.

    `unnamed`: those that had to.
    """

    after: int | None
    named: tuple[str, ...]
    unnamed: tuple[str, ...]


def stationary(judged: Judged, stream: Stream, windows: int, predictions: int) -> FalseAlarms:
    """Every window is drawn anew."""
    return false_alarms(
        windows_of(judged, (answered(judged, block) for block in stream(windows, predictions)))
    )


def shift(judged: Judged, aspect: Aspect, predictions: int, seed: int) -> Shifted:
    """Visitors, who then shift."""
    asked = chain(visitors(seed)(CALM_BEFORE, predictions), visitors(seed + 1, aspect)(SHIFTED, predictions))
    found = windows_of(judged, (answered(judged, block) for block in asked))
    before, shifted = found[:CALM_BEFORE], found[CALM_BEFORE:]
    by_psi = sorted(shifted[-1].columns, key=lambda one: -one.psi)
    named = tuple(one.name for one in by_psi if one.drifts)
    return Shifted(
        windows_to_alarm(before, shifted),
        named,
        tuple(name for name in NAMED[aspect] if any(name not in one.drifting for one in shifted)),
    )
