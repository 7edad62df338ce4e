"""How often drift alarms in stationary windows, and how soon after a shift of the mix.

Trains a model as the first start does and asks it. Exit code 1: too often, too late, or not named.
"""

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from services.cli.traffic.calls import Aspect
from services.training.reports import FIRST_SIZE
from tests.drift_alarms.model import train
from tests.drift_alarms.streams import Stream, judged_duels, visitors
from tests.drift_alarms.trial import SMALL, Shifted, shift, stationary
from tests.drift_alarms.windows import CONFIDENCE, FalseAlarms

WINDOWS: Final = 200
PREDICTIONS: Final = 1_000
MOST_FALSE: Final = 1
MOST_WINDOWS: Final = 2


def main() -> int:
    """Train, ask, print. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.drift_alarms", description=__doc__)
    parser.add_argument("--windows", type=int, default=WINDOWS, help="windows of duels as judged")
    parser.add_argument("--visits", type=int, default=WINDOWS, help="windows of visitors, who cost more")
    parser.add_argument("--predictions", type=int, default=PREDICTIONS, help="predictions a window")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes of the training")
    parser.add_argument("--small", action="store_true", help="a small training instead of the first start's")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pdx-drift-") as folder:
        size = SMALL if chosen.small else FIRST_SIZE
        judged = train(Path(folder), size, chosen.seed, chosen.jobs)
    rows = judged.binning.reference.rows
    print(f"a model of {size.train:,} match-ups, its reference of {rows:,} rows", flush=True)
    is_good = True
    streams: dict[str, tuple[Stream, int]] = {
        "duels as judged": (judged_duels(chosen.seed), chosen.windows),
        "visitors": (visitors(chosen.seed), chosen.visits),
    }
    for name, (stream, windows) in streams.items():
        found = stationary(judged, stream, windows, chosen.predictions)
        is_good &= found.alarms <= MOST_FALSE
        print(_said(name, found, chosen.predictions), flush=True)
    for aspect in Aspect:
        shifted = shift(judged, aspect, chosen.predictions, chosen.seed)
        is_good &= shifted.after is not None and shifted.after <= MOST_WINDOWS and not shifted.unnamed
        print(_shifted(aspect, shifted), flush=True)
    print("good" if is_good else "not good")
    return 0 if is_good else 1


def _said(name: str, found: FalseAlarms, predictions: int) -> str:
    return (
        f"{name}: {found.alarms} of {found.windows} windows of {predictions:,} predictions alarm, "
        f"{found.warnings} warn; the share of false alarms is below {found.bound:.2%} "
        f"({CONFIDENCE:.0%}, exact binomial); at most {found.most_share:.1%} of the columns drift in one"
    )


def _shifted(aspect: Aspect, shifted: Shifted) -> str:
    after = "no alarm" if shifted.after is None else f"alarm after {shifted.after} windows"
    names = ", ".join(shifted.named[:6])
    missing = f"; NOT named: {', '.join(shifted.unnamed)}" if shifted.unnamed else ""
    return f"shift of {aspect}: {after}; {len(shifted.named)} columns, {names}, …{missing}"


if __name__ == "__main__":
    sys.exit(main())
