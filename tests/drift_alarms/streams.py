"""Who asks: duels as the model was judged on, and the visitors of `dex traffic`; either may shift."""

import random
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

import numpy as np

from contracts.battle import BattleRequested, Combatant
from services.cli.traffic.calls import Ask, Aspect, Caller
from services.training.candidates import Candidates
from services.training.dataset import SCENARIOS
from services.training.drawing import SCENARIO_SHARES, draw_stream
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

Stream = Callable[[int, int], Iterator[list[BattleRequested]]]
"""So many windows of so many requests."""
BEST: Final = SCENARIOS.index("best_move")
SKIPPED: Final = 20_000
"""The first draws may be those of the reference itself."""
NAMED: Final = {
    Aspect.TYPES: ("pokemon_a",),
    Aspect.LEVELS: ("a_level", "b_level"),
    Aspect.POKEMON: ("pokemon_a",),
}
"""Columns that must be named when so much has shifted."""


def judged_duels(seed: int) -> Stream:
    """Fresh duels of the distribution that a reference of `seed` was made of: best moves, its test pairs."""
    tables = real_tables()
    forms, moves = list(tables.form_index), list(tables.move_index)

    def stream(windows: int, predictions: int) -> Iterator[list[BattleRequested]]:
        wanted = windows * predictions
        count = SKIPPED + int(wanted / SCENARIO_SHARES[BEST] * 1.1) + 1_000
        candidates = Candidates.of(tables, load_snapshot_pokedex())
        duels, scenario = draw_stream(candidates, "test", count, seed)
        places = np.flatnonzero(scenario == BEST)
        chosen = duels.take(places[places >= SKIPPED][:wanted])
        rows = zip(*(column.tolist() for column in chosen.columns()), strict=True)
        asked = (
            BattleRequested(
                Combatant(forms[form_a], level_a, (moves[move_a],)),
                Combatant(forms[form_b], level_b, (moves[move_b],)),
            )
            for form_a, move_a, level_a, form_b, move_b, level_b in rows
        )
        return (list(islice(asked, predictions)) for _ in range(windows))

    return stream


def visitors(seed: int, shifted: Aspect | None = None) -> Stream:
    """Battles of `dex traffic --mode drift` before its shift; after one of `shifted`."""
    aspects = frozenset[Aspect]() if shifted is None else frozenset({shifted})
    caller, rng = Caller(load_snapshot_pokedex(), aspects, seed), random.Random(seed)

    def stream(windows: int, predictions: int) -> Iterator[list[BattleRequested]]:
        calls = (
            caller.draw("prediction", rng, is_shifted=shifted is not None)
            for _ in range(windows * predictions)
        )
        asked = (call.request for call in calls if isinstance(call, Ask))
        return (list(islice(asked, predictions)) for _ in range(windows))

    return stream
