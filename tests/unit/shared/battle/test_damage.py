"""Damage against figures worked by hand with the published formula."""

import numpy as np
import pytest

from shared.battle.damage import base_damage, finish_damage, halved, times_three_halves, weight_power
from shared.battle.stats import apply_stages, compute_stats
from tests.support.battle import Bout, Side, real_tables


def rolls_of(a: Side, b: Side) -> list[list[int]]:
    """(not critical, critical) damage by roll of a's move on b."""
    return Bout(real_tables(), a, b, battles=1).arena.rolls.reshape(-1, 2, 16)[0].tolist()


def test_stats_of_a_level_50_pikachu() -> None:
    # HP (2·35+31+100)·50/100+10; Attack ((2·55+31)·50/100+5 = 75)·1.02; Speed ((2·90+31)/2+5 = 110)·1.02
    stats = compute_stats(np.array([[35, 55, 40, 50, 50, 90]]), np.array([50]))[0]
    assert stats.tolist() == [110, 76, 61, 71, 71, 112]


def test_awakening_values_are_added_and_friendship_can_be_switched_off() -> None:
    base, level = np.array([[35, 55, 40, 50, 50, 90]]), np.array([50])
    plain = compute_stats(base, level, friendship_per_cent=100)[0]
    assert plain.tolist() == [110, 75, 60, 70, 70, 110]
    assert compute_stats(base, level, awakening_values=10, friendship_per_cent=100)[0].tolist() == [
        120, 85, 70, 80, 80, 120,
    ]  # fmt: skip


def test_stats_at_the_ends_of_the_level_range() -> None:
    base = np.array([[35, 55, 40, 50, 50, 90]] * 2)
    stats = compute_stats(base, np.array([1, 100]))
    assert stats[0].tolist() == [12, 6, 6, 6, 6, 7]
    assert stats[1].tolist() == [211, 148, 118, 138, 138, 220]


def test_squirtle_water_gun_on_charmander_takes_48_to_56() -> None:
    # Special Attack 71 on Special Defense 71 at level 50: (22·40·71/71)/50+2 = 19; STAB and ×2 follow
    # each roll: 85 % of 19 is 16, ×1.5 is 24, doubled 48; 100 % is 19, 28, 56.
    plain, _ = rolls_of(("squirtle", "water-gun"), ("charmander", "scratch"))
    assert (min(plain), max(plain)) == (48, 56)
    assert plain == [48, 48, 48, 48, 48, 50, 50, 50, 50, 50, 54, 54, 54, 54, 54, 56]


def test_a_critical_hit_takes_half_again_before_the_roll() -> None:
    # 19 · 3/2 = 28; 85 % is 23, ×1.5 is 34, doubled 68; 100 % is 28, 42, 84.
    _, critical = rolls_of(("squirtle", "water-gun"), ("charmander", "scratch"))
    assert (critical[0], critical[-1]) == (68, 84)


def test_each_resistance_halves_and_floors() -> None:
    # Special Defense 87: 22·40·71/87 = 718, /50 = 14, +2 is 16; 100 % with STAB is 24, halved 12.
    plain, _ = rolls_of(("squirtle", "water-gun"), ("bulbasaur", "tackle"))
    assert (plain[0], plain[-1]) == (9, 12)


def test_an_immune_target_takes_nothing() -> None:
    assert set(rolls_of(("geodude", "tackle"), ("gastly", "lick"))[0]) == {0}


def test_the_least_damage_is_one() -> None:
    tiny = base_damage(np.array([1]), np.array([1]), np.array([1]), np.array([500]))
    got = finish_damage(tiny, np.array([85]), np.array([False]), np.array([False]), np.array([0.25]))
    assert got.tolist() == [1]


@pytest.mark.parametrize(
    ("value", "stab", "half"), [(1, 1, 0), (3, 4, 1), (5, 7, 2), (19, 28, 9), (7, 10, 3)]
)
def test_modifiers_round_a_half_down(value: int, stab: int, half: int) -> None:
    assert times_three_halves(np.array([value])).tolist() == [stab]
    assert halved(np.array([value])).tolist() == [half]


@pytest.mark.parametrize(("stage", "stat"), [(-6, 25), (-1, 66), (0, 100), (1, 150), (2, 200), (6, 400)])
def test_stages(stage: int, stat: int) -> None:
    assert apply_stages(np.array([100]), np.array([stage])).tolist() == [stat]


@pytest.mark.parametrize(
    ("weight_hg", "power"), [(99, 20), (100, 40), (249, 40), (250, 60), (500, 80), (1000, 100), (2000, 120)]
)
def test_power_by_weight(weight_hg: int, power: int) -> None:
    assert weight_power(np.array([weight_hg])).tolist() == [power]


def test_burn_and_screens_halve() -> None:
    arguments = (np.array([40]), np.array([100]), np.array([False]), np.array([False]), np.array([1.0]))
    yes = np.array([True])
    assert finish_damage(*arguments).tolist() == [40]
    assert finish_damage(*arguments, is_burned=yes).tolist() == [20]
    assert finish_damage(*arguments, is_screened=yes).tolist() == [20]
    critical = (arguments[0], arguments[1], yes, *arguments[3:])
    assert finish_damage(*critical, is_screened=yes).tolist() == [60]
