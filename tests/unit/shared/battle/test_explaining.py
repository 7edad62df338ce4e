"""Explanations: the groups of features, Shapley values against brute force, both orders."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.explanation import BattleFacts
from shared.battle.answering import win_probabilities
from shared.battle.explaining import Score, coalition_rows, explain_duel, shapley_values
from shared.battle.feature_groups import GROUPS, KNOWN_FEATURES, group_columns, group_of
from shared.battle.features import FEATURE_SETS
from tests.support.explanations import attack_facts

_OF_A_SIDE = ("power", "mean_share", "level", "hp", "stab", "speed", "accuracy", "burn")
FEATURES = (
    *(f"a_{name}" for name in _OF_A_SIDE),
    *(f"b_{name}" for name in _OF_A_SIDE),
    *("moves_first", "level_difference"),
    *("race_when_first", "race_when_second", "race_plain", "race"),
)
FACTS = BattleFacts(a=(attack_facts(),), b=(attack_facts(move="water-gun", speed=43),))


def brute_force(worth: np.ndarray) -> list[float]:
    """Each member's gain, averaged over every order in which all can come together."""
    count = len(worth).bit_length() - 1
    gains = np.zeros(count)
    orders = list(permutations(range(count)))
    for order in orders:
        present = 0
        for member in order:
            gains[member] += worth[present | 1 << member] - worth[present]
            present |= 1 << member
    return (gains / len(orders)).tolist()


def model(seed: int) -> Score:
    """Some function of a row, not additive and not symmetric."""
    weights = np.random.default_rng(seed).normal(size=(2, len(FEATURES)))

    def score(rows: np.ndarray) -> np.ndarray:
        first, second = (rows.astype(np.float64) @ weights.T).T
        return (1 / (1 + np.exp(-(first * np.tanh(second)) / 20))).astype(np.float32)

    return score


def a_duel(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(2, columns) of a duel in both orders, and a reference row. Chances lie between 0 and 1."""
    generator = np.random.default_rng(seed)
    rows = generator.normal(size=(3, len(FEATURES))).astype(np.float32)
    rows[:, -4:] = generator.random((3, 4))
    return rows[:2], rows[2]


def raced(row: np.ndarray, duel: np.ndarray, reference: np.ndarray, coalition: int) -> None:
    """The race columns of one coalition, put together by hand."""

    def part(group: str, of: Callable[[np.ndarray], float]) -> float:
        return of(duel if coalition >> GROUPS.index(group) & 1 else reference)

    at = [FEATURES.index(name) for name in ("race_when_first", "race_when_second", "race_plain", "race")]
    blows = part("race", lambda of: (of[at[0]] + of[at[1]]) / 2)
    order = part("order", lambda of: of[at[2]] - (of[at[0]] + of[at[1]]) / 2)
    effects = part("effects", lambda of: of[at[3]] - of[at[2]])
    row[at[2]] = min(max(blows + order, 0), 1)
    row[at[3]] = min(max(blows + order + effects, 0), 1)


@pytest.mark.parametrize("name", FEATURE_SETS)
def test_every_feature_is_in_exactly_one_group(name: str) -> None:
    columns = group_columns(FEATURE_SETS[name])
    assert (columns.sum(axis=0) == 1).all()
    assert columns.any(axis=1).all(), "a group holds no feature"
    assert len(GROUPS) <= 8


def test_the_table_of_groups_names_no_feature_that_is_gone() -> None:
    names = {name for names in FEATURE_SETS.values() for name in names}
    sides = {name.partition("_")[2] for name in names if name[:2] in ("a_", "b_")}
    assert set(KNOWN_FEATURES) <= names | sides


def test_damage_is_told_apart_by_side() -> None:
    assert (group_of("a_power"), group_of("b_power")) == ("damage_a", "damage_b")
    assert group_of("a_speed") == group_of("b_speed") == group_of("speed_ratio") == "order"


def test_a_feature_that_no_group_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match="luck"):
        group_of("a_luck")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 5).flatmap(lambda k: st.lists(st.floats(0, 1), min_size=2**k, max_size=2**k)))
def test_shapley_values_are_those_of_brute_force(worth: list[float]) -> None:
    values = shapley_values(np.array(worth))
    assert values == pytest.approx(brute_force(np.array(worth)), abs=1e-12)
    assert values.sum() == pytest.approx(worth[-1] - worth[0], abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_contributions_add_up_to_the_answer(seed: int) -> None:
    (duel, reference), score = a_duel(seed), model(seed)
    explanation = explain_duel(
        duel, FACTS, (0, 0), features=FEATURES, reference_row=reference.tolist(), score=score
    )
    answered = float(win_probabilities(score(duel), 1, 1)[0, 0])
    total = sum(one.points for one in explanation.contributions)
    assert [one.group for one in explanation.contributions] == list(GROUPS)
    assert explanation.reference_probability is not None
    assert total == pytest.approx(answered - explanation.reference_probability, abs=1e-6)
    assert total != pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_the_contributions_are_brute_force_over_the_model(seed: int) -> None:
    (duel, reference), score = a_duel(seed), model(seed)
    own, swapped = group_columns(FEATURES), {"damage_a": "damage_b", "damage_b": "damage_a"}
    worth = []
    for coalition in range(2 ** len(GROUPS)):
        row, mirror = reference.copy(), reference.copy()
        for position, group in enumerate(GROUPS):
            if coalition >> position & 1:
                row[own[position]] = duel[0][own[position]]
                other = own[GROUPS.index(swapped.get(group, group))]
                mirror[other] = duel[1][other]
        raced(row, duel[0], reference, coalition)
        raced(mirror, duel[1], reference, coalition)
        worth.append((score(row[None])[0] + 1 - score(mirror[None])[0]) / 2)
    explanation = explain_duel(
        duel, FACTS, (0, 0), features=FEATURES, reference_row=reference.tolist(), score=score
    )
    # 8! orders: brute force itself, over the model's answers one row at a time.
    expected = (
        brute_force(np.array(worth, dtype=np.float64)) if seed == 0 else shapley_values(np.array(worth))
    )
    assert [one.points for one in explanation.contributions] == pytest.approx(list(expected), abs=1e-6)


def test_swapping_the_sides_turns_the_contributions_round() -> None:
    (duel, reference), score = a_duel(7), model(7)
    there, back = (
        explain_duel(rows, FACTS, (0, 0), features=FEATURES, reference_row=reference.tolist(), score=score)
        for rows in (duel, duel[::-1])
    )
    points = {one.group: one.points for one in back.contributions}
    points["damage_a"], points["damage_b"] = points["damage_b"], points["damage_a"]
    for one in there.contributions:
        assert one.points == pytest.approx(-points[one.group], abs=1e-9)
    assert there.reference_probability == 0.5


def test_a_group_that_equals_the_reference_adds_nothing() -> None:
    (duel, reference), score = a_duel(2), model(2)
    speed = group_columns(FEATURES)[GROUPS.index("order")]
    duel[:, speed] = reference[speed]
    duel[:, -4:] = reference[-4:]  # and so does what moving first gives the race
    explanation = explain_duel(
        duel, FACTS, (0, 0), features=FEATURES, reference_row=reference.tolist(), score=score
    )
    assert {one.group: one.points for one in explanation.contributions}["order"] == 0


def test_no_coalition_is_the_reference_and_all_is_the_duel() -> None:
    duel, reference = a_duel(3)
    rows = coalition_rows(duel, reference, FEATURES)
    assert rows.shape == (2 * 2 ** len(GROUPS), len(FEATURES))
    assert (rows[0] == reference).all()
    assert (rows[2 ** len(GROUPS) - 1] == duel[0]).all()
    assert (rows[-1] == duel[1]).all()


def test_a_release_without_a_reference_is_explained_by_facts_alone() -> None:
    def never(rows: np.ndarray) -> np.ndarray:
        raise AssertionError("nothing to compare with")

    explanation = explain_duel(a_duel(1)[0], FACTS, (0, 0), features=FEATURES, reference_row=(), score=never)
    assert (explanation.contributions, explanation.reference_probability) == ((), None)
    assert (explanation.moves_first, explanation.moves_first_by) == ("a", "speed")
    assert explanation.a.ko_chances == FACTS.a[0].ko_chances
