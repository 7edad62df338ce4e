"""Who moves first, and moves that ask for it."""

import pytest

from tests.support.battle import make_move
from tests.support.bouts import bout, win_rate


def test_the_faster_moves_first_and_priority_comes_before_speed() -> None:
    kill = make_move("hit", power=0, fixed_damage=400)
    jab = make_move("jab", power=0, fixed_damage=400, priority=1)
    assert win_rate(kill, a=("quick", "hit"), b=("slow", "hit")) == 1
    assert win_rate(kill, jab, a=("quick", "hit"), b=("slow", "jab")) == 0


def test_a_speed_tie_is_a_coin_flip() -> None:
    kill = make_move("hit", power=0, fixed_damage=400)
    assert win_rate(kill, a=("quick", "hit"), b=("quick", "hit")) == pytest.approx(0.5, abs=0.04)


def test_sucker_punch_needs_a_target_that_is_still_to_move() -> None:
    punch = make_move("hit", power=0, fixed_damage=30, sucker_punch=True, priority=0)
    assert set(bout(punch).play().lost(1).tolist()) == {30}
    assert set(bout(punch, a=("slow", "hit"), b=("quick", "tap")).play().lost(1).tolist()) == {0}


def test_fake_out_works_once_and_flinches() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=30, fake_out=True, flinch_chance=100, priority=3))
    played.play(3)
    assert set(played.lost(1).tolist()) == {30}
    assert played.lost(0).max() <= 2 * 6


def test_flinching_loses_the_move_of_whoever_is_slower() -> None:
    flinch = make_move("hit", power=0, fixed_damage=1, flinch_chance=100)
    assert bout(flinch).play(5).lost(0).max() == 0
    assert bout(flinch, a=("slow", "hit"), b=("quick", "tap")).play(5).lost(0).min() > 0
