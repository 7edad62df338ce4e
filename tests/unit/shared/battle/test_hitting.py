"""Damage, accuracy, criticals, several hits: one behaviour per mechanic, on a handmade Pokédex."""

from typing import Any

import pytest

from tests.support.battle import make_move
from tests.support.bouts import HIT, bout, share


def test_rolls_are_even_and_one_hit_in_24_is_critical() -> None:
    lost = bout(HIT, battles=20_000).play().lost(1)
    assert share(lost > 28) == pytest.approx(1 / 24, abs=0.006)
    assert set(lost[lost <= 28].tolist()) == {23, 24, 25, 26, 27, 28}


@pytest.mark.parametrize(("effects", "rate"), [({"crit_ratio": 2}, 1 / 8), ({"always_crit": True}, 1.0)])
def test_moves_that_are_critical_more_often(effects: dict[str, Any], rate: float) -> None:
    lost = bout(make_move("hit", power=60, **effects), battles=10_000).play().lost(1)
    assert share(lost > 28) == pytest.approx(rate, abs=0.015)


def test_accuracy_is_rolled_at_each_use() -> None:
    lost = bout(make_move("hit", accuracy=70), battles=10_000).play().lost(1)
    assert share(lost > 0) == pytest.approx(0.7, abs=0.02)


def test_same_type_attacks_are_half_again_as_strong() -> None:
    # 23 to 28, half as much again is 34 to 42, halved since Psychic resists itself
    played = bout(make_move("hit", power=60, type="psychic"))
    assert (min(played.rolls(0)), max(played.rolls(0))) == (17, 21)


def test_two_hits_and_two_to_five_hits() -> None:
    twice = bout(make_move("hit", fixed_damage=10, power=0, multi_hit=[2, 2])).play().lost(1)
    assert set(twice.tolist()) == {20}
    many = bout(make_move("hit", fixed_damage=10, power=0, multi_hit=[2, 5]), battles=20_000).play().lost(1)
    assert [share(many == 10 * hits) for hits in (2, 3, 4, 5)] == pytest.approx(
        [0.35, 0.35, 0.15, 0.15], abs=0.015
    )


def test_fixed_level_and_random_level_damage() -> None:
    assert set(bout(make_move("hit", power=0, fixed_damage=40)).play().lost(1).tolist()) == {40}
    assert set(bout(make_move("hit", power=0, level_damage=True)).play().lost(1).tolist()) == {50}
    psywave = bout(make_move("hit", power=0, psywave=True), battles=20_000).play().lost(1)
    assert (psywave.min(), psywave.max()) == (25, 75)


def test_super_fang_halves_what_is_left() -> None:
    assert set(bout(make_move("hit", power=0, half_hp_damage=True)).play(2).lost(1).tolist()) == {77 + 39}


def test_one_hit_ko_depends_on_the_levels() -> None:
    move = make_move("hit", power=0, ohko=True, accuracy=30)
    even = bout(move, battles=10_000).play()
    assert share(even.winner == 1) == pytest.approx(0.3, abs=0.02)
    above = bout(move, a=("quick", "hit", 90), battles=10_000).play()
    assert share(above.winner == 1) == pytest.approx(0.7, abs=0.02)
    below = bout(move, a=("quick", "hit", 49)).play()
    assert (below.winner == 0).all()


def test_power_by_the_weight_of_the_target() -> None:
    move = make_move("hit", power=0, weight_based=True)
    light, heavy = bout(move), bout(move, b=("heavy", "tap"))
    assert max(light.rolls(0)) == 22 * 80 // 50 + 2
    assert max(heavy.rolls(0)) == 22 * 120 // 50 + 2


def test_foul_play_uses_the_target_s_attack() -> None:
    move = make_move("hit", power=60, foul_play=True)
    assert max(bout(move, b=("slow", "tap", 100)).rolls(0)) > max(bout(HIT, b=("slow", "tap", 100)).rolls(0))


def test_facade_doubles_its_power_under_a_status_and_ignores_burn() -> None:
    facade = make_move("facade", power=70, facade=True)
    burn = make_move("burn", power=1, burn_chance=100)
    played = bout(facade, burn, a=("slow", "facade"), b=("quick", "burn"), battles=2_000).play()
    lost = played.lost(1)
    full = 22 * 140 // 50 + 2
    assert set(lost[lost <= full].tolist()) == {full * roll // 100 for roll in range(85, 101)}
