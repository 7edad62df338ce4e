"""Features: pure, independent rows, and the race against exact enumeration."""

from typing import Any

import numpy as np
import pytest

from shared.battle.features import FEATURE_NAMES, FEATURE_SETS, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.race import race_tables
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
    assert set(FEATURE_SETS) == {"battle-v2"}
    assert not [name for name in FEATURE_NAMES if "id" in name.split("_") or "slug" in name]


def test_rows_are_finite_float32_of_the_named_width() -> None:
    rows = feature_rows(real_tables(), *random_matchups(3_000).columns())
    assert rows.dtype == np.float32
    assert rows.shape == (3_000, len(FEATURE_NAMES))
    assert np.isfinite(rows).all()


def test_a_row_does_not_depend_on_its_neighbours() -> None:
    duels = random_matchups(300, seed=2)
    together = feature_rows(real_tables(), *duels.columns())
    for row in (0, 1, 17, len(duels) - 1):
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
    assert np.abs(column(rows, "race") - (1 - column(swapped, "race"))).max() < 1e-2


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
    assert column(rows, "race_plain").tolist() == pytest.approx(rates.tolist(), abs=0.03)
    assert column(rows, "race").tolist() == pytest.approx(rates.tolist(), abs=0.03)


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
    "effects",
    [
        {"drain": [1, 2]}, {"poison_chance": 100}, {"burn_chance": 100}, {"paralysis_chance": 100},
        {"freeze_chance": 20}, {"flinch_chance": 30}, {"confusion_chance": 50}, {"partial_trap": True},
        {"target_attack": -1}, {"target_defense": -1, "target_stage_chance": 30}, {"target_speed": -1},
        {"recoil": [1, 2]}, {"self_attack": -1, "self_defense": -1}, {"reflect": True}, {"self_attack": 1},
    ],
    ids=str,
)  # fmt: skip
def test_the_race_knows_what_landed_uses_leave_behind(effects: dict[str, Any]) -> None:
    tables = make_tables(make_move("hit", power=60), make_move("odd", power=60, **effects))
    duels = make_matchups(
        tables, (("slow", "odd"), ("quick", "hit")), (("quick", "odd"), ("slow", "hit")),
        (("slow", "odd", 54), ("quick", "hit", 50)), (("quick", "odd", 46), ("slow", "hit", 50)),
    )  # fmt: skip
    rows = feature_rows(tables, *duels.columns())
    rates = simulate(tables, duels, 4_000, seed=1).win_rate
    error = np.abs(column(rows, "race") - rates)
    assert error.mean() < 0.1
    assert error.mean() <= np.abs(column(rows, "race_plain") - rates).mean()


def test_a_move_without_pp_left_gives_way_to_struggle() -> None:
    tables = make_tables(make_move("few", power=10, pp=5), make_move("none", power=0, fixed_damage=0))
    duels = make_matchups(tables, (("quick", "few"), ("slow", "tap")))
    rows = feature_rows(tables, *duels.columns())
    rates = simulate(tables, duels, 2_000, seed=1).win_rate
    assert column(rows, "race_open")[0] > 0.9
    assert column(rows, "race").tolist() == pytest.approx(rates.tolist(), abs=0.25)


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
