from typing import get_args

import msgspec
import numpy as np
import pytest

from contracts.battle import BattleOutcome
from shared.battle.family import BattleFamily
from shared.battle.observing import CATEGORIES, SCORES, observe_answer, observe_duels
from tests.support.releases import CALIBRATION

ANSWER = {
    "pokemon_a": "pikachu",
    "pokemon_b": "onix",
    "winner": "b",
    "win_probability": 0.25,
    "verdict": "likely",
    "moves": [],
}


def test_an_answer_is_looked_at_as_the_duels_of_the_reference_are() -> None:
    scores, categories = observe_answer(msgspec.json.encode(ANSWER))
    assert scores == (0.25, 0.75)
    columns, words = observe_duels(np.array([0.25, 0.5]), ["pikachu", "mew"], ["onix", "mew"], CALIBRATION)
    assert (tuple(columns), tuple(words)) == (SCORES, CATEGORIES)
    assert tuple(float(values[0]) for values in columns.values()) == scores
    assert tuple(values[0] for values in words.values()) == categories
    assert words["winner"][1] == "a", "as an answer says it at one half"


@pytest.mark.parametrize("answer", [b"{}", b"[", b'{"pokemon_a": 1}', b"\xff"])
def test_what_is_no_answer_is_said(answer: bytes) -> None:
    with pytest.raises(ValueError, match="not the answer to a battle"):
        observe_answer(answer)


def test_outcomes_tell_how_far_the_chance_of_a_came_true() -> None:
    assert BattleFamily().truths == {"a": 1.0, "b": 0.0, "draw": 0.5}
    assert set(BattleFamily().truths) == set(get_args(BattleOutcome))


def test_the_chance_that_outcomes_judge_is_a_member_of_the_answer_by_its_name() -> None:
    """The prediction log is read by it in SQL."""
    family = BattleFamily()
    scores, _ = family.observe(msgspec.json.encode(ANSWER))
    assert ANSWER[family.observed_scores[0]] == scores[0]
