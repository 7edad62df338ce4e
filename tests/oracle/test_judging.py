"""The tests of agreement alarm as seldom as they say, and see what they are for."""

import numpy as np
import pytest

from tests.oracle.judging import alike, early


def wins(rates: np.ndarray, battles: int, rng: np.random.Generator) -> np.ndarray:
    return rng.binomial(battles, rates)


def test_one_match_up_is_fishers_exact_test() -> None:
    # 8 successes of 10 against 1 of 5: by hand from the hypergeometric distribution
    # P(8 of the 9 successes among 10 of 15) = C(10,8)·C(5,1)/C(15,9) = 225/5005, P(9) = 10/5005
    assert alike(np.array([8]), 10, np.array([1]), 5) == pytest.approx(2 * 235 / 5005)


def test_equal_engines_alarm_no_more_often_than_the_p_value_says() -> None:
    rng = np.random.default_rng(3)
    p_values = []
    for _ in range(200):
        rates = rng.beta(0.3, 0.3, 6)
        p_values.append(alike(wins(rates, 60, rng), 60, wins(rates, 300, rng), 300))
    for level in (0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= level + 0.03


def test_a_class_that_is_off_by_a_little_everywhere_is_seen() -> None:
    rng = np.random.default_rng(4)
    rates = rng.uniform(0.3, 0.6, 12)
    assert alike(wins(rates, 200, rng), 200, wins(rates + 0.08, 1_000, rng), 1_000) < 1e-5


def test_match_ups_without_chance_say_nothing() -> None:
    assert alike(np.array([200, 0]), 200, np.array([1_000, 0]), 1_000) == 1.0


def test_early_counts_battles_up_to_the_pooled_median_turn() -> None:
    theirs = np.array([[0, 6, 3, 1], [0, 0, 0, 10]])
    ours = np.array([[0, 10, 6, 4], [0, 0, 2, 18]])
    # row 1: 16, 25, 30 of 30 ended by turn: turn 1; row 2: 0, 2, 30: turn 2
    ended, other = early(theirs, ours)
    assert (ended.tolist(), other.tolist()) == ([6, 0], [10, 2])
