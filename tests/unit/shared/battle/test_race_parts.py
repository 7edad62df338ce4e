"""Whose doing the race is, on real duels, with a model that says what the race says."""

import numpy as np
import pytest

from contracts.explanation import BattleFacts
from shared.battle.explaining import explain_duel
from shared.battle.features import FEATURE_NAMES, feature_rows
from shared.battle.race_parts import race_parts
from tests.support.battle import real_tables
from tests.support.explanations import attack_facts

RACE = FEATURE_NAMES.index("race")
FACTS = BattleFacts(a=(attack_facts(),), b=(attack_facts(move="water-gun", speed=43),))
TYPICAL = np.zeros(len(FEATURE_NAMES), dtype=np.float32)
TYPICAL[[FEATURE_NAMES.index(name) for name in ("race_when_first", "race_when_second")]] = 0.9, 0.1
TYPICAL[[FEATURE_NAMES.index("race_plain"), RACE]] = 0.5

Side = tuple[str, str, int]


def duel_rows(a: Side, b: Side) -> np.ndarray:
    """(2, columns): the duel in order and swapped."""
    tables = real_tables()
    sides = [(tables.form_index[form], tables.move_index[move], level) for form, move, level in (a, b)]
    columns = [np.array([here, there]) for here, there in zip(*sides, strict=True)]
    other = [column[::-1] for column in columns]
    return feature_rows(tables, *columns, *other)


def points_of(a: Side, b: Side) -> dict[str, float]:
    """What each group adds where the model is the race itself."""
    explanation = explain_duel(
        duel_rows(a, b), FACTS, (0, 0), features=FEATURE_NAMES, reference_row=TYPICAL.tolist(),
        score=lambda rows: rows[:, RACE],
    )  # fmt: skip
    return {one.group: one.points for one in explanation.contributions}


def test_a_duel_that_speed_decides_is_won_by_order() -> None:
    slow, fast = ("geodude-alola", "thunder-punch", 90), ("tentacool", "surf", 96)
    points = points_of(slow, fast)
    assert points["order"] == pytest.approx(-0.5, abs=0.02), "each side needs one hit"
    assert points["race"] == pytest.approx(0, abs=0.02)
    assert points["effects"] == pytest.approx(0, abs=0.02)


def test_a_duel_that_poison_decides_is_won_by_effects() -> None:
    points = points_of(("kakuna", "poison-sting", 50), ("chansey", "double-slap", 50))
    assert points["effects"] > 0.5
    assert points["race"] < -0.3, "by blows alone it would be lost"


def test_a_duel_of_plain_blows_is_won_by_blows() -> None:
    points = points_of(("pikachu", "thunderbolt", 50), ("squirtle", "tackle", 50))
    assert points["race"] > 0.3
    assert points["effects"] == pytest.approx(0, abs=0.05)


def test_who_faints_to_strike_loses_by_that_effect_and_not_by_order() -> None:
    points = points_of(("golem", "explosion", 50), ("pidgey", "gust", 10))
    assert points["effects"] == min(points.values()) < -0.3
    assert points["order"] == pytest.approx(0, abs=0.01)


def test_the_parts_add_up_to_the_columns() -> None:
    for row in duel_rows(("clefable", "moonblast", 45), ("golem", "self-destruct", 43)):
        parts = race_parts(row, FEATURE_NAMES)
        plain, race = row[FEATURE_NAMES.index("race_plain")], row[RACE]
        assert parts.blows + parts.order + parts.of_plain == pytest.approx(float(plain), abs=1e-9)
        assert parts.blows + parts.order + parts.of_race == pytest.approx(float(race), abs=1e-9)


def test_sides_swapped_turn_the_points_round() -> None:
    a, b = ("vileplume", "hyper-beam", 66), ("pidgeotto", "headbutt", 64)
    there, back = points_of(a, b), points_of(b, a)
    for group in ("order", "effects", "race"):
        assert there[group] == pytest.approx(-back[group], abs=1e-6)
