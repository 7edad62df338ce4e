"""The equilibrium of a matrix game, against games with known answers and against SciPy."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from shared.battle.equilibrium import solve_game


def value_by_scipy(payoff: np.ndarray) -> float:
    rows, columns = payoff.shape
    outcome = linprog(
        np.append(np.zeros(rows), -1.0),
        A_ub=np.hstack([-payoff.T, np.ones((columns, 1))]),
        b_ub=np.zeros(columns),
        A_eq=[[1.0] * rows + [0.0]],
        b_eq=[1.0],
        bounds=[(0, None)] * rows + [(None, None)],
    )
    assert outcome.status == 0
    return -float(outcome.fun)


def test_matching_pennies_is_played_half_and_half() -> None:
    solution = solve_game(np.array([[1.0, 0.0], [0.0, 1.0]]))
    assert solution.rows == pytest.approx([0.5, 0.5])
    assert solution.columns == pytest.approx([0.5, 0.5])
    assert solution.value == pytest.approx(0.5)


def test_an_uneven_game_has_the_shares_of_its_closed_form() -> None:
    # For [[a, b], [c, d]] without a saddle: x = (d − c, a − b) / (a + d − b − c), value (ad − bc) / the same.
    solution = solve_game(np.array([[0.9, 0.2], [0.4, 0.6]]))
    assert solution.rows == pytest.approx([0.2 / 0.9, 0.7 / 0.9])
    assert solution.columns == pytest.approx([0.4 / 0.9, 0.5 / 0.9])
    assert solution.value == pytest.approx(0.46 / 0.9)


def test_a_saddle_point_is_played_pure() -> None:
    solution = solve_game(np.array([[0.3, 0.4, 0.9], [0.1, 0.8, 0.2]]))
    assert solution.rows.tolist() == [1.0, 0.0]
    assert solution.columns.tolist() == [1.0, 0.0, 0.0]
    assert solution.value == 0.3


def test_one_move_against_one_is_the_duel() -> None:
    solution = solve_game(np.array([[0.7]]))
    assert (solution.rows.tolist(), solution.columns.tolist(), solution.value) == ([1.0], [1.0], 0.7)


_SHAPES = st.tuples(st.integers(1, 8), st.integers(1, 8))
_NEARLY = [
    value + sign * 10.0**-digits for value, sign in ((0, 1), (0.5, 1), (1, -1)) for digits in (12, 9, 7)
]
_CHANCES = st.one_of(st.sampled_from([0.0, 0.5, 1.0, *_NEARLY]), st.floats(0, 1, width=32))
_HARDLY_BETTER_THAN_NOTHING = np.array([[0, 0.5, 0.5, 0.5], [0.5, 0, 0.5, 0.5], [0.5, 1e-12, 0.5, 0.5]])


@settings(max_examples=300, deadline=None)
@example(_HARDLY_BETTER_THAN_NOTHING)
@given(_SHAPES.flatmap(lambda shape: arrays(np.float64, shape, elements=_CHANCES)))
def test_neither_side_can_better_its_mix(payoff: np.ndarray) -> None:
    solution = solve_game(payoff)
    for shares in (solution.rows, solution.columns):
        assert (shares >= 0).all()
        assert shares.sum() == pytest.approx(1)
    assert (solution.rows @ payoff).min() == pytest.approx(solution.value, abs=1e-8)
    assert (payoff @ solution.columns).max() == pytest.approx(solution.value, abs=1e-8)
    assert payoff.min(axis=1).max() <= solution.value <= payoff.max(axis=0).min()


@pytest.mark.parametrize("shape", [(2, 3), (4, 4), (22, 23), (4, 45), (45, 4)])
@pytest.mark.parametrize("seed", range(6))
def test_the_value_is_that_of_a_general_solver(shape: tuple[int, int], seed: int) -> None:
    generator = np.random.default_rng(seed)
    payoff = generator.random(shape)
    if seed % 2:
        # As models answer: most cells are certain, many are equal.
        payoff = np.clip(np.round(payoff * 6 - 2.5, 1), 0, 1)
    assert solve_game(payoff).value == pytest.approx(value_by_scipy(payoff), abs=1e-8)


def test_the_swapped_game_has_the_other_sides_mixes() -> None:
    payoff = np.random.default_rng(3).random((5, 7))
    there, back = solve_game(payoff), solve_game(1 - payoff.T)
    assert back.value == pytest.approx(1 - there.value)
    assert back.rows == pytest.approx(there.columns)
    assert back.columns == pytest.approx(there.rows)
