"""Stages, traps, screens, and moves that answer hits taken."""

import numpy as np
import pytest

from shared.battle import simulator
from shared.battle.arena import LIGHT_SCREEN, REFLECT, SEEDED, TRAPPED
from shared.battle.simulator import simulate
from tests.support.battle import make_matchups, make_move, make_tables
from tests.support.bouts import NOTHING, bout, share, win_rate


def test_stage_changes_of_target_and_user_with_their_chances() -> None:
    played = bout(make_move("hit", target_speed=-1, self_attack=-1, self_defense=-1)).play(2)
    assert (played.stages(1)[:, 4] == -2).all()
    assert (played.stages(0)[:, :2] == -2).all()
    seldom = make_move("hit", target_defense=-1, target_stage_chance=20)
    assert share(bout(seldom, battles=8_000).play().stages(1)[:, 1] == -1) == pytest.approx(0.2, abs=0.02)


def test_a_lowered_defense_is_felt_at_the_next_hit() -> None:
    played = bout(make_move("hit", power=60, target_defense=-2), NOTHING)
    first = np.median(played.play().lost(1))
    assert np.median(played.play().lost(1)) - first == pytest.approx(2 * first, rel=0.1)


def test_a_lowered_speed_changes_the_order() -> None:
    web = make_move("hit", power=0, fixed_damage=1, target_speed=-6, priority=0)
    kill = make_move("kill", power=0, fixed_damage=78)
    assert (
        win_rate(
            web, kill, make_move("end", power=0, fixed_damage=155), a=("slow", "hit"), b=("quick", "kill")
        )
        == 0
    )
    both = make_move("hit", power=0, fixed_damage=78, target_speed=-6)
    assert win_rate(both, kill, a=("slow", "hit"), b=("quick", "kill")) == 1


def test_stages_can_be_reset() -> None:
    weaken = make_move("weaken", power=1, target_attack=-1)
    clear = make_move("hit", clears_all_stages=True)
    played = bout(clear, weaken, a=("slow", "hit"), b=("quick", "weaken")).play()
    assert (played.stages(0) == 0).all()
    smog = make_move("hit", clears_target_stages=True)
    boost = make_move("boost", power=1, self_attack=1)
    assert (bout(smog, boost, a=("slow", "hit"), b=("quick", "boost")).play().stages(1) == 0).all()


def test_a_partial_trap_takes_an_eighth_for_four_or_five_turns() -> None:
    trap = make_move("hit", power=0, fixed_damage=1, partial_trap=True, fake_out=True)
    played = bout(trap, battles=4_000).play()
    assert (played.conditions(1) & TRAPPED != 0).all()
    lost = played.play(6).lost(1)
    assert share(lost == 1 + 4 * 19) == pytest.approx(0.5, abs=0.04)
    assert set(lost.tolist()) == {1 + 4 * 19, 1 + 5 * 19}


def test_leech_seed_feeds_the_user_and_not_on_grass() -> None:
    seed = make_move("hit", power=0, fixed_damage=1, leech_seed=True)
    jab = make_move("jab", power=0, fixed_damage=50)
    played = bout(seed, jab, b=("slow", "jab")).play()
    assert set(played.lost(1).tolist()) == {1 + 19}
    assert set(played.lost(0).tolist()) == {50 - 19}
    assert (bout(seed, b=("grass", "tap")).play().conditions(1) & SEEDED == 0).all()


def test_reflect_halves_physical_damage_for_five_turns() -> None:
    wall = make_move("hit", power=1, reflect=True, fake_out=True)
    jab = make_move("jab", power=60, type="fighting")
    played = bout(wall, jab, b=("slow", "jab"), battles=1_000)
    by_turn = np.diff([0, *(np.median(played.play().lost(0)) for _ in range(2))])
    assert by_turn[0] <= max(played.rolls(1)) / 2
    assert (played.play(3).conditions(0) & REFLECT == 0).all()


def test_light_screen_leaves_physical_damage_alone_and_brick_break_ends_it() -> None:
    wall = make_move("hit", power=1, light_screen=True, fake_out=True)
    jab = make_move("jab", power=60)
    assert np.median(bout(wall, jab, b=("slow", "jab")).play().lost(0)) > 22
    brick = make_move("brick", power=60, breaks_screens=True)
    assert (bout(wall, brick, b=("slow", "brick")).play().conditions(0) & LIGHT_SCREEN == 0).all()


def test_rage_rises_with_each_hit_taken() -> None:
    rage = make_move("hit", power=20, rage=True)
    assert (bout(rage).play(3).stages(0)[:, 0] == 3).all()


def test_counter_returns_twice_the_last_hit_of_its_category() -> None:
    counter = make_move("hit", power=0, counter="physical", priority=-5)
    jab = make_move("jab", power=0, fixed_damage=30)
    beam = make_move("beam", power=0, fixed_damage=30, category="special")
    assert set(bout(counter, jab, b=("slow", "jab")).play().lost(1).tolist()) == {60}
    assert set(bout(counter, beam, b=("slow", "beam")).play().lost(1).tolist()) == {0}


def test_the_turn_limit_is_a_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "TURN_LIMIT", 3)
    tables = make_tables()
    outcomes = simulate(tables, make_matchups(tables, (("quick", "tap"), ("slow", "tap"))), 50, seed=1)
    assert outcomes.draws.tolist() == [50]
    assert outcomes.win_rate.tolist() == [0.5]
