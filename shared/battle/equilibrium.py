"""The mix of moves that neither side can better: a zero-sum matrix game solved by the simplex method.

Small and dense (at most 512 cells), so a tableau in NumPy is faster here than a general solver and
costs no memory: see ADR 0018. `scipy.optimize.linprog` is the oracle of the tests.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TOLERANCE: Final = 1e-12
"""Of what a column of the tableau may still better."""
_SLACK: Final = 1e-9
"""By how much a share may fall below 0 in between."""
_GAP: Final = 1e-9
"""Between what the rows hold and what the columns hold them to; more is no equilibrium."""
_CAUTIOUS_AFTER: Final = 8
"""Pivots per row and column after which the rule changes to one that cannot cycle."""
_MOST_PIVOTS: Final = 8 * _CAUTIOUS_AFTER
"""Per row and column; what is not solved by then is judged by its gap as it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """`rows` (m,) and `columns` (n,) are shares that add up to 1; `value` is what the rows get."""

    rows: Floats
    columns: Floats
    value: float


def solve_game(payoff: Floats) -> Solution:
    """The equilibrium of (m, n) payoffs to the rows, 0 to 1 each, which the columns want small.

    Pure where a cell is both its row's worst and its column's best. `value` lies between what the
    rows can hold and what the columns can hold them to.
    """
    worst, best = payoff.min(axis=1), payoff.max(axis=0)
    row, column = int(worst.argmax()), int(best.argmin())
    if worst[row] == best[column]:
        return Solution(_pure(len(worst), row), _pure(len(best), column), float(worst[row]))
    rows, columns = _mixed(payoff)
    if not (payoff @ columns).max() - (rows @ payoff).min() <= _GAP:
        # chances that hardly differ led astray: from the other side the pivots are others
        other_columns, other_rows = _mixed(1.0 - payoff.T)
        rows = max(rows, other_rows, key=lambda shares: (shares @ payoff).min())
        columns = min(columns, other_columns, key=lambda shares: (payoff @ shares).max())
    value = float(rows @ payoff @ columns)
    return Solution(rows, columns, min(max(value, float(worst[row])), float(best[column])))


def _pure(size: int, chosen: int) -> Floats:
    shares = np.zeros(size)
    shares[chosen] = 1.0
    return shares


def _mixed(payoff: Floats) -> tuple[Floats, Floats]:
    """Maximise Σy over payoff' · y ≤ 1, y ≥ 0; y are the columns' shares and the duals the rows'."""
    m, n = payoff.shape
    # Payoffs above 0 keep the program bounded; all slacks are a first feasible basis.
    tableau = np.zeros((m + 1, n + m + 1))
    tableau[:m, :n] = payoff + 1.0
    tableau[:m, n : n + m] = np.eye(m)
    tableau[:m, -1] = 1.0
    tableau[m, :n] = -1.0
    basis = np.arange(n, n + m)
    cautious_after = _CAUTIOUS_AFTER * (m + n)
    for pivots in range(_MOST_PIVOTS * (m + n)):
        costs = tableau[m, :-1]
        improving = np.flatnonzero(costs < -_TOLERANCE)
        if not len(improving):
            break
        is_cautious = pivots >= cautious_after
        entering = int(improving[0] if is_cautious else costs.argmin())
        if not _pivot(tableau, basis, entering, is_cautious=is_cautious):
            break
    columns = np.zeros(n + m)
    columns[basis] = tableau[:m, -1]
    return _shares(tableau[m, n : n + m]), _shares(columns[:n])


def _pivot(tableau: Floats, basis: NDArray[np.int64], entering: int, *, is_cautious: bool) -> bool:
    """False when nothing limits what enters: rounding has spoiled the tableau."""
    # Harris' ratio test: what is hardly limiting may give way to a larger element to divide by; else
    # chances that hardly differ spoil the tableau. Bland's rule knows true ties alone.
    column, right = tableau[:-1, entering], tableau[:-1, -1]
    limiting = np.flatnonzero(column > _SLACK)
    if not len(limiting):
        return False
    elements, rights = column[limiting], np.maximum(right[limiting], 0.0)
    ratios = rights / elements
    limit = ratios.min() if is_cautious else ((rights + _SLACK) / elements).min()
    eligible = limiting[ratios <= limit]
    leaving = int(eligible[basis[eligible].argmin() if is_cautious else column[eligible].argmax()])
    tableau[leaving] /= tableau[leaving, entering]
    factors = tableau[:, entering].copy()
    factors[leaving] = 0.0
    tableau -= np.outer(factors, tableau[leaving])
    basis[leaving] = entering
    return True


def _shares(weights: Floats) -> Floats:
    positive = np.maximum(weights, 0.0)
    shares: Floats = positive / positive.sum()
    return shares
