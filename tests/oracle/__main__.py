"""Compare the battle engine with the reference engine at length; exit code 1 when a goal is missed."""

import argparse
import os
import sys

import numpy as np

from services.embedded.oracle import missing_of_oracle
from tests.oracle.comparing import judge_classes, judge_matchups, off, play_both
from tests.oracle.drawing import Field
from tests.oracle.report import Comparison, load, markdown, write
from tests.oracle.showdown import Showdown
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

PER_MOVE = 2
PER_CLASS = 12


def main() -> int:
    """Play, judge, print, and write where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--matchups", type=int, default=1_000, help="random match-ups")
    parser.add_argument("--theirs", type=int, default=200, help="battles of theirs a match-up")
    parser.add_argument("--ours", type=int, default=1_000, help="battles of ours a match-up")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/BATTLE_ENGINE.md")
    chosen = parser.parse_args()
    if missing_of_oracle():
        print(f"The reference engine is not here: {missing_of_oracle()}.", file=sys.stderr)
        return 3
    if hasattr(os, "sched_setaffinity"):
        # the reference inherits it: both engines are timed on the same core, one after the other
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    comparison = _compare(chosen.seed, chosen.matchups, chosen.theirs, chosen.ours)
    text = markdown(comparison)
    print(text)
    for verdict in (*off(comparison.classes), *off(comparison.matchups)):
        print(f"off: {verdict}")
    if chosen.write:
        write(text)
    return 0 if all(comparison.goals.values()) else 1


def _compare(seed: int, matchups: int, theirs: int, ours: int) -> Comparison:
    field, rng = Field(load_snapshot_pokedex(), real_tables()), np.random.default_rng(seed)
    before = load()
    with Showdown(field.tables) as showdown:
        # the first battles compile the code of either engine and are not counted
        play_both(showdown, field, field.random(10, rng), theirs, ours, seed)
        sample = play_both(showdown, field, field.random(matchups, rng), theirs, ours, seed + 1)
        covering = play_both(
            showdown, field, field.covering(PER_MOVE, PER_CLASS, rng), theirs, ours, seed + 1_000
        )
        return Comparison(
            about=showdown.about(),
            seed=seed,
            sample=sample,
            covering=covering,
            classes=judge_classes(field, covering),
            matchups=judge_matchups(field, covering),
            load=(before, load()),
        )


if __name__ == "__main__":
    sys.exit(main())
