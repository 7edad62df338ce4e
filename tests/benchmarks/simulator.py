"""P12: battles a second of both engines on one core, as `python -m tests.oracle` plays them."""

import os

import numpy as np

from services.embedded.oracle import missing_of_oracle
from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Bound, compare
from tests.benchmarks.plan import Plan
from tests.oracle.comparing import ROUND, play_both
from tests.oracle.drawing import Field
from tests.oracle.showdown import Showdown
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex


def measure(plan: Plan) -> Finding:
    """The reference inherits the core; the engines take turns on it."""
    if missing_of_oracle():
        return Finding("P12", not_measured=missing_of_oracle())
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if cores is not None:
        os.sched_setaffinity(0, {max(cores)})
    try:
        return _compare(plan)
    finally:
        if cores is not None:
            os.sched_setaffinity(0, cores)


def _compare(plan: Plan) -> Finding:
    field, rng = Field(load_snapshot_pokedex(), real_tables()), np.random.default_rng(1)
    with Showdown(field.tables) as showdown:
        play_both(showdown, field, field.random(10, rng), plan.their_battles, plan.our_battles, 1)
        matchups = field.random(plan.rounds * ROUND, rng)
        played = play_both(showdown, field, matchups, plan.their_battles, plan.our_battles, 2)
        about = showdown.about()
    count = len(matchups)
    return Finding(
        "P12",
        [
            compare(
                "battles a second",
                "/s",
                played.our_rates.tolist(),
                played.their_rates.tolist(),
                Bound("at least", 500.0),
                samples=(count * plan.our_battles, count * plan.their_battles),
            )
        ],
        [f"{about['package']} {about['version']}, Node {about['node']}; the same match-ups, turn by turn"],
    )
