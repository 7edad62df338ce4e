"""Moves that take more than one turn."""

import pytest

from shared.battle.arena import CONFUSED, HIDDEN, LOCKED, RECHARGING
from tests.support.battle import make_move
from tests.support.bouts import NOTHING, bout, share


def test_charging_strikes_on_the_second_turn() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=30, charge=True)).play()
    assert set(played.lost(1).tolist()) == {0}
    assert set(played.play().lost(1).tolist()) == {30}
    assert played.duel.pp.reshape(2, -1)[0].tolist() == [31] * 400


def test_skull_bash_raises_defense_while_it_charges() -> None:
    played = bout(make_move("hit", charge=True, charge_defense=1)).play()
    assert (played.stages(0)[:, 1] == 1).all()


def test_out_of_reach_while_underground_except_for_what_reaches_there() -> None:
    dig = make_move("hit", charge=True, semi_invulnerable="underground")
    quake = make_move(
        "quake", power=0, fixed_damage=20,
        hits_semi_invulnerable="underground", doubles_on_semi_invulnerable="underground",
    )  # fmt: skip
    hidden = bout(dig).play()
    assert (hidden.conditions(0) & HIDDEN != 0).all()
    assert set(hidden.lost(0).tolist()) == {0}
    reached = bout(dig, quake, b=("slow", "quake")).play()
    assert set(reached.lost(0).tolist()) == {40}


def test_recharging_takes_every_other_turn() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=30, recharge=True)).play()
    assert (played.conditions(0) & RECHARGING != 0).all()
    assert set(played.play().lost(1).tolist()) == {30}
    assert set(played.play().lost(1).tolist()) == {60}


def test_a_locked_move_goes_on_two_or_three_turns_for_one_pp_and_ends_in_confusion() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=1, locked=True, pp=20), battles=4_000).play(2)
    confused = played.conditions(0) & CONFUSED != 0
    assert share(confused) == pytest.approx(0.5, abs=0.04)
    assert ((played.conditions(0) & LOCKED != 0) == ~confused).all()
    assert (played.duel.pp.reshape(2, -1)[0] == 31).all()
    assert (played.play().conditions(0)[~confused] & CONFUSED != 0).all()


BIDE = make_move("hit", power=0, type="normal", priority=1, bide=True)
JAB = make_move("jab", power=0, fixed_damage=30)


def test_bide_endures_two_turns_and_takes_twice_the_damage_in_the_third() -> None:
    played = bout(BIDE, JAB, b=("slow", "jab"))
    assert set(played.play(2).lost(1).tolist()) == {0}
    assert set(played.play().lost(1).tolist()) == {2 * 60}
    assert played.duel.pp.reshape(2, -1)[0].tolist() == [31] * 400


def test_bide_counts_what_comes_before_it_strikes_and_begins_anew_after() -> None:
    first = make_move("jab", power=0, fixed_damage=15, priority=2)
    played = bout(BIDE, first, b=("slow", "jab"))
    # the first of these blows came before the user began to bide
    assert set(played.play(3).lost(1).tolist()) == {2 * 30}
    assert set(played.play(3).lost(1).tolist()) == {2 * 30 + 2 * 30}
    assert played.duel.pp.reshape(2, -1)[0].tolist() == [30] * 400


def test_bide_fails_when_nothing_was_endured_and_against_ghosts() -> None:
    assert set(bout(BIDE, NOTHING).play(3).lost(1).tolist()) == {0}
    assert set(bout(BIDE, JAB, b=("ghost", "jab")).play(3).lost(1).tolist()) == {0}


def test_bide_finds_a_target_that_hides() -> None:
    dig = make_move("dig", power=60, charge=True, priority=2, semi_invulnerable="underground")
    played = bout(BIDE, dig, b=("slow", "dig")).play(3)
    assert (played.conditions(1) & HIDDEN == HIDDEN).all()
    assert (played.lost(1) == 2 * played.lost(0)).all()


def test_who_cannot_move_stops_biding() -> None:
    numb = make_move("numb", power=0, fixed_damage=1, paralysis_chance=100)
    played = bout(BIDE, numb, b=("slow", "numb"), battles=4_000).play(3)
    # two chances in four turns of being held back; the opponent is paralysed by nothing
    assert share(played.lost(1) == 4) == pytest.approx(0.75**2, abs=0.03)
