"""What is concluded from the scores of a window, and of the windows before it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from contracts.drift import DriftLevel as Level
from contracts.drift import DriftState as State
from shared.drift.documents import ColumnScore, Standing

_RANK: Final[dict[str, int]] = {"none": -1, "ok": 0, "warn": 1, "alarm": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When a window is called drifting, and how many in a row it takes.

    Shares are of columns, for drift, and of the predictions in one column, for faulty values.
    """

    least_events: int = 200
    warn_share: float = 0.05
    alarm_share: float = 0.1
    warn_faulty: float = 0.05
    alarm_windows: int = 2
    clear_windows: int = 2


def judge(events: int, columns: Sequence[ColumnScore] | None, thresholds: Thresholds) -> tuple[Level, str]:
    """The level of a window and the reason in words. `columns` None: the release has no reference."""
    if columns is None:
        return "none", "the release has no drift reference: train it again to get one"
    if events < thresholds.least_events:
        return "none", f"{events} predictions, fewer than the {thresholds.least_events} of a verdict"
    drifting = [column.name for column in columns if column.drifts]
    faulty = [
        column.name
        for column in columns
        if max(column.missing, column.outside, column.unseen) > thresholds.warn_faulty
    ]
    share = len(drifting) / len(columns)
    level: Level = "ok"
    if share >= thresholds.alarm_share:
        level = "alarm"
    elif share >= thresholds.warn_share or faulty:
        level = "warn"
    reason = f"{len(drifting)} of {len(columns)} columns drift"
    if faulty:
        reason += f"; missing, out of range or unseen values in {_first(faulty)}"
    return level, reason


def _first(names: Sequence[str], shown: int = 5) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def step(before: Standing, level: Level, thresholds: Thresholds) -> Standing:
    """Where the release stands after a window of `level`. A window without verdict changes nothing."""
    if level == "none":
        return before
    alarms = before.alarms + 1 if level == "alarm" else 0
    if alarms >= thresholds.alarm_windows:
        return Standing("alarm", alarms, 0)
    shown: State = "warn" if level == "alarm" else level
    if _RANK[level] >= _RANK[before.state]:
        return Standing(shown if before.state != "alarm" else "alarm", alarms, 0)
    calm = before.calm + 1
    if calm >= thresholds.clear_windows:
        return Standing(shown, alarms, 0)
    return Standing(before.state, alarms, calm)
