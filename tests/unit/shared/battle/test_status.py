"""Status conditions: how they come, what they do, who is immune."""

from typing import Any

import numpy as np
import pytest

from shared.battle.arena import BURNED, FROZEN, PARALYSED, POISONED
from tests.support.battle import make_move
from tests.support.bouts import HIT_BACK, bout, share


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
