"""The bars that a battle model is held to, read from the metrics of its release."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

UNSEEN_PARTS: Final = ("unseen_pokemon", "unseen_move")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `metric` at least (or at most) `bound`; `times`: the bound is that many times this metric."""

    words: str
    metric: str
    bound: float
    is_least: bool = False
    times: str = ""


BARS: Final = (
    Bar("mean |p − win rate|", "mean_error", 0.01),
    Bar("mean |p − win rate|, uniformly drawn duels", "mean_error_all_combinations", 0.01),
    Bar("mean |p − win rate|, contested duels", "mean_error_contested", 0.03),
    Bar("winner named, win rate outside 0.4–0.6", "winner_accuracy", 0.995, is_least=True),
    Bar("ROC-AUC", "roc_auc", 0.9954, is_least=True),
    Bar("accuracy", "accuracy", 0.9626, is_least=True),
    Bar("expected calibration error", "expected_calibration_error", 0.005),
    Bar("mean error, unseen Pokémon", "unseen_pokemon_mean_error", 1.5, times="mean_error"),
    Bar("mean error, unseen moves", "unseen_move_mean_error", 2.0, times="mean_error"),
    Bar("win rates inside the 90 % interval", "interval_coverage", 0.88, is_least=True),
    Bar("ONNX against native, max |Δp|", "onnx_difference", 1e-6),
    Bar("ONNX against native, duels compared", "onnx_rows", 20_000, is_least=True),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A bar with the figure of one model. `value` None: the release does not say it."""

    bar: Bar
    value: float | None
    bound: float

    @property
    def is_met(self) -> bool:
        """A figure that is not there meets nothing."""
        if self.value is None:
            return False
        return self.value >= self.bound if self.bar.is_least else self.value <= self.bound

    @property
    def line(self) -> str:
        """`met      mean |p − win rate|: 0.0041 (at most 0.01)`."""
        sign = "at least" if self.bar.is_least else "at most"
        value = "not measured" if self.value is None else f"{self.value:.4g}"
        return f"{'met' if self.is_met else 'not met':<8} {self.bar.words}: {value} ({sign} {self.bound:.4g})"


def judge(metrics: Mapping[str, float]) -> tuple[Verdict, ...]:
    """Every bar of `BARS` against these metrics."""
    return tuple(
        Verdict(bar, metrics.get(bar.metric), bar.bound * (metrics.get(bar.times, 0.0) if bar.times else 1.0))
        for bar in BARS
    )
