"""Every roll of a hit, worked out by hand from the published formula; all at level 50.

`⌊(2·50/5 + 2)·power·attack/defence⌋ / 50 + 2`, then the roll in per cent, then × 1.5 for the same
type (a half rounded down), then the types, each step rounded down.
"""

import numpy as np
import pytest

from tests.support.battle import Bout, Side, make_move, real_tables
from tests.support.bouts import bout, share

BYSTANDER = "tackle"


def rolls_of(a: Side, b: Side) -> list[int]:
    arena = Bout(real_tables(), a, b, battles=1).arena
    rolls: list[int] = arena.rolls.reshape(-1, 2, 16)[0, 0].tolist()
    return rolls


@pytest.mark.parametrize(
    ("user", "move", "target", "values"),
    [
        # SpA 71, SpD 122: 1980·71/122 = 1152, /50 = 23, base 25; 21 to 25 → 31, 33, 34, 36, 37, times four
        ("pikachu", "thunderbolt", "gyarados", [124] * 3 + [132] * 4 + [136] * 4 + [144] * 4 + [148]),
        # SpA 71, SpD 71: 880, /50 = 17, base 19; 16 to 19 → 24, 25, 27, 28, doubled
        ("squirtle", "water-gun", "charmander", [48] * 5 + [50] * 5 + [54] * 5 + [56]),
        # Attack 122, Defence 122: 1980, /50 = 39, base 41; 34 to 41 → 51, 52, 54, 55, 57, 58, 60, 61, halved
        (
            "tauros", "take-down", "geodude",
            [25] + [26] * 2 + [27] * 5 + [28] * 3 + [29] * 2 + [30] * 3,
        ),
        # Foul Play: the target's own Attack 153 on its Defence 102: 3135, /50 = 62, base 64, halved
        (
            "gengar", "foul-play", "machamp",
            [27] * 3 + [28] * 3 + [29] * 3 + [30] * 3 + [31] * 3 + [32],
        ),
        # Electric does nothing to Ground, a fixed number of hit points nothing to an immune type
        ("pikachu", "thunderbolt", "diglett", [0] * 16),
        ("machamp", "seismic-toss", "gengar", [0] * 16),
        # as much as the level, whatever the stats and the other types say
        ("machamp", "seismic-toss", "mewtwo", [50] * 16),
        ("dragonite", "dragon-rage", "articuno", [40] * 16),
        # all hit points: ⌊(2·160 + 31 + 100) / 2⌋ + 10
        ("pinsir", "guillotine", "snorlax", [235] * 16),
    ],
)  # fmt: skip
def test_rolls(user: str, move: str, target: str, values: list[int]) -> None:
    assert rolls_of((user, move), (target, BYSTANDER)) == values


def test_low_kick_weighs_its_target() -> None:
    # 460 kg is power 120: 2640·153/86 = 4696, /50 = 93, base 95; 80 and 95 → 120 and 142, doubled
    rolls = rolls_of(("machamp", "low-kick"), ("snorlax", BYSTANDER))
    assert (rolls[0], rolls[-1]) == (240, 284)


def test_water_gun_takes_three_hits_without_a_critical_one() -> None:
    # Charmander has 114 hit points: twice 56 are 112
    played = Bout(real_tables(), ("squirtle", "water-gun"), ("charmander", "scratch"), battles=2_000)
    after_two = played.play(2).lost(1)
    without_critical = after_two <= 2 * 56
    assert share(without_critical) == pytest.approx((23 / 24) ** 2, abs=0.02)
    assert (after_two[without_critical] >= 2 * 48).all()
    assert (played.play().lost(1)[without_critical] == 114).all()


def test_a_burned_user_hits_half_as_hard() -> None:
    burn = make_move("hit", power=0, fixed_damage=1, burn_chance=100)
    blow = make_move("blow", power=60)
    # 23 to 28 without burn; 11.5, 12.5 and 13.5 are rounded down
    lost = bout(burn, blow, b=("slow", "blow"), battles=2_000).play().lost(0)
    assert set(lost[lost <= 14].tolist()) == {11, 12, 13, 14}
    assert np.sum(lost == 14) < np.sum(lost == 13)


def test_each_of_several_hits_has_its_own_roll() -> None:
    # one hit takes any of 23 to 28: two of one roll would leave out the odd sums
    lost = bout(make_move("hit", power=60, multi_hit=[2, 2]), battles=4_000).play().lost(1)
    plain = lost[lost <= 56]
    assert (plain.min(), plain.max()) == (46, 56)
    assert set(plain.tolist()) == set(range(46, 57))
