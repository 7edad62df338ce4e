"""Features: pure, independent rows, and the race against exact enumeration."""

from typing import Any

import numpy as np
import pytest

from shared.battle.features import FEATURE_NAMES, FEATURE_SETS, ROWS_AT_ONCE, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.race import EVERY_TURN, TURNS, ko_by_turn, race_outcomes, race_tables
from shared.battle.simulator import simulate
from tests.support.battle import make_matchups, make_move, make_tables, real_tables


def random_matchups(count: int, seed: int = 0) -> MatchUps:
    """Any simulated move on any form: more than the learnsets allow."""
    tables, generator = real_tables(), np.random.default_rng(seed)
    moves = np.flatnonzero(tables.is_simulated[:-1])
    forms = generator.integers(0, len(tables.form_index), (2, count))
    chosen = generator.choice(moves, (2, count))
    levels = generator.integers(1, 101, (2, count))
    return MatchUps(forms[0], chosen[0], levels[0], forms[1], chosen[1], levels[1])


def column(rows: np.ndarray, name: str) -> np.ndarray:
    return rows[:, FEATURE_NAMES.index(name)]


def test_names_are_unique_and_say_no_identity() -> None:
    assert len(set(FEATURE_NAMES)) == len(FEATURE_NAMES)
    assert set(FEATURE_SETS) == {"battle-v1"}
    assert not [name for name in FEATURE_NAMES if "id" in name.split("_") or "slug" in name]


def test_rows_are_finite_float32_of_the_named_width() -> None:
    rows = feature_rows(real_tables(), *random_matchups(3_000).columns())
    assert rows.dtype == np.float32
    assert rows.shape == (3_000, len(FEATURE_NAMES))
    assert np.isfinite(rows).all()


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    duels = random_matchups(ROWS_AT_ONCE + 200, seed=2)
    together = feature_rows(real_tables(), *duels.columns())
    for row in (0, 1, 17, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, len(duels) - 1):
        alone = feature_rows(real_tables(), *duels.take(slice(row, row + 1)).columns())
        assert (alone[0] == together[row]).all()


def test_swapping_the_sides_swaps_their_columns() -> None:
    duels = random_matchups(300, seed=3)
    rows = feature_rows(real_tables(), *duels.columns())
    swapped = feature_rows(real_tables(), *duels.swapped().columns())
    sides = [name[2:] for name in FEATURE_NAMES if name.startswith("a_")]
    for name in sides:
        assert (column(rows, f"a_{name}") == column(swapped, f"b_{name}")).all(), name
    assert (column(rows, "moves_first") == 1 - column(swapped, "moves_first")).all()


def test_the_chance_of_a_ko_in_one_use_is_exact() -> None:
    # Water Gun takes 48 to 56 of Charmander's 114 hit points, 68 to 84 when critical: three uses
    # without a critical hit, two with one or more often none of both.
    duels = make_matchups(real_tables(), (("squirtle", "water-gun"), ("charmander", "scratch")))
    rows = feature_rows(real_tables(), *duels.columns())
    assert column(rows, "a_ko_in_1")[0] == 0
    assert 0 < column(rows, "a_ko_in_2")[0] < 0.2
    assert column(rows, "a_ko_in_3")[0] == pytest.approx(1.0, abs=1e-3)


def test_uses_that_land_follow_the_binomial_distribution() -> None:
    landed = race_tables().landed[100]  # a chance of one half
    assert landed[0].tolist()[:2] == [0.5, 0.0]
    assert landed[1].tolist()[:3] == [0.5, 0.25, 0.0]
    assert landed[3].tolist()[:5] == pytest.approx([4 / 16, 6 / 16, 4 / 16, 1 / 16, 0])


def test_a_certain_ko_in_two_uses_is_down_after_two_turns() -> None:
    down = ko_by_turn(
        np.array([0]), np.array([300]), np.array([1.0]), np.array([EVERY_TURN]), np.array([np.nan])
    )
    # two rolls of 85 … 100 % take 340 units at least; one takes 200, or 255 and more when critical
    assert down[0, 0] == 0
    assert down[0, 2] == pytest.approx(1.0, abs=1e-6)
    assert down.shape == (1, TURNS + 1)


def test_the_race_shares_out_all_outcomes() -> None:
    generator = np.random.default_rng(1)
    down = np.sort(generator.random((2, 50, TURNS + 1), dtype=np.float32), axis=2)
    down[:, :, 0] = 0
    first, second, neither = race_outcomes(down[0], down[1])
    back_first, back_second, _ = race_outcomes(down[1], down[0])
    assert np.allclose(first + back_second + neither, 1, atol=1e-5)
    assert np.allclose(second + back_first + neither, 1, atol=1e-5)


@pytest.mark.parametrize("accuracy", [100, 80])
def test_the_race_of_plain_moves_is_the_simulated_win_rate(accuracy: int) -> None:
    tables = make_tables(
        make_move("hit", power=60, accuracy=accuracy), make_move("jab", power=70, accuracy=90)
    )
    duels = make_matchups(
        tables, (("quick", "hit"), ("slow", "jab")), (("slow", "hit"), ("quick", "jab")),
        (("quick", "hit"), ("quick", "jab")), (("slow", "jab", 47), ("quick", "hit")),
    )  # fmt: skip
    rows = feature_rows(tables, *duels.columns())
    rates = simulate(tables, duels, 8_000, seed=1).win_rate
    assert column(rows, "race").tolist() == pytest.approx(rates.tolist(), abs=0.03)
    assert (column(rows, "race") == column(rows, "race_adjusted")).all()


def test_what_the_race_knows_of_moves_of_two_turns() -> None:
    dig = make_move("dig", power=80, charge=True, semi_invulnerable="underground")
    beam = make_move("beam", power=80, charge=True)
    tables = make_tables(dig, beam, make_move("rest", power=120, recharge=True))
    pairs = [
        ((a, move), (b, other))
        for a, b in (("quick", "slow"), ("slow", "quick"))
        for move in ("dig", "beam", "rest")
        for other in ("dig", "beam", "rest")
        if move != other
    ]
    duels = make_matchups(tables, *pairs)
    race = column(feature_rows(tables, *duels.columns()), "race")
    rates = simulate(tables, duels, 4_000, seed=1).win_rate
    assert np.abs(race - rates).max() < 0.05


@pytest.mark.parametrize(
    ("effects", "direction"),
    [
        ({"drain": [1, 2]}, 1), ({"poison_chance": 100}, 1), ({"burn_chance": 100}, 1),
        ({"paralysis_chance": 100}, 1), ({"target_attack": -1}, 1), ({"recoil": [1, 2]}, -1),
        ({"self_attack": -1, "self_defense": -1}, -1), ({"reflect": True}, 1), ({"leech_seed": True}, 1),
    ],
)  # fmt: skip
def test_the_adjusted_race_leans_where_the_effect_leans(effects: dict[str, Any], direction: int) -> None:
    tables = make_tables(make_move("hit", power=60), make_move("odd", power=60, **effects))
    duels = make_matchups(tables, (("slow", "odd"), ("quick", "hit")), (("quick", "odd"), ("slow", "hit")))
    rows = feature_rows(tables, *duels.columns())
    shift = column(rows, "race_adjusted") - column(rows, "race")
    assert (direction * shift >= 0).all()
    assert np.abs(shift).max() > 0.05


def test_counter_and_self_ko_are_told_from_the_other_s_move() -> None:
    tables = make_tables(
        make_move("hit", power=60),
        make_move("counter", power=0, counter="physical", priority=-5),
        make_move("blast", power=250, self_ko=True),
    )
    duels = make_matchups(
        tables, (("quick", "counter"), ("slow", "hit")), (("quick", "blast"), ("slow", "hit")),
        (("quick", "blast"), ("slow", "blast")),
    )  # fmt: skip
    rows = feature_rows(tables, *duels.columns())
    rates = simulate(tables, duels, 2_000, seed=1).win_rate
    assert column(rows, "race").tolist() == pytest.approx(rates.tolist(), abs=0.05)
