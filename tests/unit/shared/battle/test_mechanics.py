"""One behaviour per mechanic, on a handmade Pokédex: all stats 102, 155 HP at level 50."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.pokedex import MoveRecord
from shared.battle import simulator
from shared.battle.arena import (
    BURNED,
    CONFUSED,
    FROZEN,
    HIDDEN,
    LIGHT_SCREEN,
    LOCKED,
    PARALYSED,
    POISONED,
    RECHARGING,
    REFLECT,
    SEEDED,
    TRAPPED,
)
from shared.battle.simulator import simulate
from tests.support.battle import Bout, Side, make_matchups, make_move, make_tables

HIT = make_move("hit", power=60)
"""22·60/50+2 = 28: 23 to 28 without a critical hit, 35 to 42 with one."""


NOTHING = make_move("tap", power=0, dream_eater=True, pp=40)
"""A bystander that does nothing at all while it has PP."""
HIT_BACK = make_move("back", power=60)


def bout(
    *moves: MoveRecord, a: Side = ("quick", "hit"), b: Side = ("slow", "tap"), battles: int = 400
) -> Bout:
    return Bout(make_tables(*moves), a, b, battles=battles)


def win_rate(*moves: MoveRecord, a: Side, b: Side, battles: int = 2_000) -> float:
    tables = make_tables(*moves)
    return float(simulate(tables, make_matchups(tables, (a, b)), battles, seed=5).win_rate[0])


def share(values: NDArray[Any]) -> float:
    return float(np.mean(values))


# -- hitting --------------------------------------------------------------------------------------


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


# -- order ----------------------------------------------------------------------------------------


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


# -- moves of two turns ---------------------------------------------------------------------------


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


# -- what it costs the user -----------------------------------------------------------------------


def test_recoil_is_a_share_of_the_damage_dealt() -> None:
    assert set(bout(make_move("hit", power=0, fixed_damage=31, recoil=[1, 4]), NOTHING).play().lost(0)) == {8}


def test_drain_gives_back_half_of_the_damage_and_no_more_than_full() -> None:
    drain = make_move("hit", power=0, fixed_damage=20, drain=[1, 2])
    jab = make_move("jab", power=0, fixed_damage=50)
    assert set(bout(drain, jab, a=("slow", "hit"), b=("quick", "jab")).play().lost(0).tolist()) == {40}
    assert set(bout(drain, NOTHING).play().lost(0).tolist()) == {0}


def test_crashing_costs_half_the_hit_points() -> None:
    crash = make_move("hit", crash=True, type="normal")
    assert set(bout(crash, NOTHING, b=("ghost", "tap")).play().lost(0).tolist()) == {77}


def test_who_faints_to_strike_loses_even_when_both_faint() -> None:
    blast = make_move("hit", power=250, self_ko=True)
    played = bout(blast).play()
    assert (played.duel.hp.reshape(2, -1)[0] == 0).all()
    assert (played.winner == 2).all()


def test_who_faints_last_by_recoil_wins() -> None:
    reckless = make_move("hit", power=0, fixed_damage=155, recoil=[1, 1])
    played = bout(reckless).play()
    assert (played.duel.hp == 0).all()
    assert (played.winner == 1).all()


def test_without_pp_it_struggles_and_loses_a_quarter_of_its_hit_points() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=1, pp=5), NOTHING).play(8)
    assert set(played.lost(0).tolist()) == {0}
    assert set(played.play().lost(0).tolist()) == {39}
    assert (played.lost(1) > 8).all()


def test_dream_eater_fails_in_a_one_move_duel() -> None:
    assert set(bout(make_move("hit", dream_eater=True, drain=[1, 2])).play(3).lost(1).tolist()) == {0}


def test_a_move_without_effect_on_its_target_never_wins() -> None:
    normal = make_move("hit", type="normal", pp=40)
    assert win_rate(normal, HIT_BACK, a=("quick", "hit"), b=("ghost", "back")) == 0


# -- status ---------------------------------------------------------------------------------------


def test_burn_halves_physical_damage_and_takes_a_sixteenth() -> None:
    burn = make_move("hit", power=0, fixed_damage=1, burn_chance=100)
    played = bout(burn, HIT_BACK, b=("slow", "back")).play()
    assert (played.conditions(1) & BURNED != 0).all()
    assert set(played.lost(1).tolist()) == {1 + 155 // 16}
    assert np.median(played.lost(0)) < 0.6 * max(played.rolls(1))


def test_poison_takes_an_eighth() -> None:
    played = bout(make_move("hit", power=0, fixed_damage=1, poison_chance=100)).play()
    assert (played.conditions(1) & POISONED != 0).all()
    assert set(played.lost(1).tolist()) == {1 + 155 // 8}


def test_paralysis_halves_speed_and_stops_a_quarter_of_the_moves() -> None:
    numb = make_move("hit", power=0, fixed_damage=1, paralysis_chance=100)
    one = make_move("one", power=0, fixed_damage=1)
    played = bout(numb, one, a=("slow", "hit"), b=("quick", "one"), battles=8_000).play(2)
    assert (played.conditions(1) & PARALYSED != 0).all()
    assert share(played.lost(0) == 2) == pytest.approx(0.75, abs=0.02)
    flinch = make_move("flinch", power=0, fixed_damage=1, flinch_chance=100, paralysis_chance=100)
    overtaken = bout(flinch, one, a=("ghost", "flinch"), b=("fire", "one")).play(3)
    assert overtaken.lost(0).max() <= 1


def test_freeze_thaws_one_time_in_five_and_at_once_by_a_move_that_defrosts() -> None:
    freeze = make_move("hit", power=0, fixed_damage=1, freeze_chance=100)
    one = make_move("one", power=0, fixed_damage=1)
    played = bout(freeze, one, b=("slow", "one"), battles=8_000).play()
    assert share(played.lost(0) == 1) == pytest.approx(0.2, abs=0.02)
    warm = make_move("warm", power=0, fixed_damage=1, defrosts_user=True)
    assert set(bout(freeze, warm, b=("slow", "warm")).play().lost(0).tolist()) == {1}


def test_sleep_lasts_one_to_three_turns() -> None:
    lull = make_move("hit", power=0, fixed_damage=1, sleep_chance=100, accuracy=None, fake_out=True)
    one = make_move("one", power=0, fixed_damage=1)
    played = bout(lull, one, b=("slow", "one"), battles=8_000)
    acted = [share(played.play().lost(0) > 0) for _ in range(4)]
    assert acted == pytest.approx([0, 1 / 3, 2 / 3, 1], abs=0.03)


def test_confusion_hurts_itself_one_time_in_three() -> None:
    daze = make_move("hit", power=0, fixed_damage=1, confusion_chance=100)
    one = make_move("one", power=0, fixed_damage=1)
    played = bout(daze, one, b=("slow", "one"), battles=8_000).play()
    hurt = played.lost(1) > 1
    assert share(hurt) == pytest.approx(0.33, abs=0.02)
    assert (played.lost(0)[hurt] == 0).all()
    assert set(played.lost(1)[hurt].tolist()) == {1 + 19 * roll // 100 for roll in range(85, 101)}


@pytest.mark.parametrize(
    ("chance", "immune"),
    [("burn_chance", "fire"), ("paralysis_chance", "electric"), ("freeze_chance", "ghost")],
)
def test_types_that_cannot_be_given_a_status(chance: str, immune: str) -> None:
    effects: dict[str, Any] = {chance: 100}
    move = make_move("hit", power=0, fixed_damage=1, **effects)
    played = bout(move, b=(immune, "tap")).play()
    expected = immune == "ghost"
    assert (played.conditions(1) != 0).any() == expected


def test_tri_attack_gives_one_of_three() -> None:
    move = make_move("hit", power=0, fixed_damage=1, tri_attack_chance=100)
    given = bout(move, battles=6_000).play().conditions(1)
    shares = [share(given & bit != 0) for bit in (BURNED, PARALYSED, FROZEN)]
    # a fifth of the frozen thawed when their turn came
    assert shares == pytest.approx([1 / 3, 1 / 3, 0.8 / 3], abs=0.03)


def test_a_cure_heals_the_user_s_own_status() -> None:
    cure = make_move("hit", cures_user=True)
    poison = make_move("sting", power=1, poison_chance=100)
    played = bout(cure, poison, a=("slow", "hit"), b=("quick", "sting")).play()
    assert (played.conditions(0) & POISONED == 0).all()


# -- stages, traps, screens -----------------------------------------------------------------------


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
