"""How far the counts of a window lie from those of the reference. Floats are derived here, last.

PSI and Jensen-Shannon compare shares of cells, KS and Wasserstein the cumulated shares at the edges,
chi-squared counts of categories; p-values become adjusted ones by Benjamini and Hochberg (1995), so
that of the columns called drifting at most `FALSE_DISCOVERY_RATE` are expected to be none.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, kolmogorov

from shared.drift.binning import Binning, Counts
from shared.drift.documents import ColumnScore, rounded
from shared.drift.reference import CategoryColumn, NumericColumn

Floats = NDArray[np.float64]

FALSE_DISCOVERY_RATE: Final = 0.05
LEAST_PSI: Final = 0.1
"""A column drifts when its difference is both significant and at least this large."""
SMALLEST_SHARE: Final = 1e-4
"""Stands for an empty cell in PSI, whose logarithm has no zero."""
LEAST_EXPECTED: Final = 5.0
"""Categories expected less often are taken together in chi-squared (Cochran's rule)."""


def score_columns(binning: Binning, counts: Counts) -> list[ColumnScore]:
    """Every column of the reference, in its order. Raises ValueError for a window of no predictions."""
    reference = binning.reference_counts
    scored = [
        _score(column, counts[place], reference[place])
        for column, place in zip(binning.reference.columns, binning.slices, strict=True)
    ]
    adjusted = benjamini_hochberg(np.array([fields["p_value"] for fields in scored]))
    return [
        ColumnScore(
            **{name: rounded(value) for name, value in fields.items()},
            adjusted_p_value=rounded(float(p)),
            drifts=bool(p <= FALSE_DISCOVERY_RATE and fields["psi"] >= LEAST_PSI),
        )
        for fields, p in zip(scored, adjusted, strict=True)
    ]


def _score(column: NumericColumn | CategoryColumn, counts: Counts, reference: Counts) -> dict[str, Any]:
    total = int(counts.sum())
    if not total:
        raise ValueError("a window without predictions has no scores")
    is_numeric = isinstance(column, NumericColumn)
    now, then = counts / total, reference / reference.sum()
    fields: dict[str, Any] = {
        "name": column.name,
        "kind": "number" if is_numeric else "category",
        "psi": psi(now, then),
        "jensen_shannon": jensen_shannon(now, then),
        "wasserstein": None,
        "missing": float(now[-1]) if is_numeric else 0.0,
        "outside": float(now[0] + now[-2]) if is_numeric else 0.0,
        "unseen": 0.0 if is_numeric else float(now[-1]),
    }
    if isinstance(column, NumericColumn):
        fields["statistic"], fields["p_value"] = ks(counts[:-1], reference[:-1])
        fields["wasserstein"] = wasserstein(column, counts[:-1], reference[:-1])
    else:
        fields["statistic"], fields["p_value"] = chi_squared(counts, reference)
    return fields


def psi(now: Floats, then: Floats) -> float:
    """Population stability index of shares."""
    now, then = np.maximum(now, SMALLEST_SHARE), np.maximum(then, SMALLEST_SHARE)
    return float(((now - then) * np.log(now / then)).sum())


def jensen_shannon(now: Floats, then: Floats) -> float:
    """Jensen-Shannon distance of shares: the root of the divergence in nats."""
    middle = (now + then) / 2
    return float(np.sqrt(max(0.0, (_divergence(now, middle) + _divergence(then, middle)) / 2)))


def _divergence(shares: Floats, others: Floats) -> float:
    there = shares > 0
    return float((shares[there] * np.log(shares[there] / others[there])).sum())


def ks(counts: Counts, reference: Counts) -> tuple[float, float]:
    """Kolmogorov-Smirnov statistic at the edges and its asymptotic p-value.

    Between the edges the distance may be larger, so that the p-value is never too small.
    """
    ours, theirs = int(counts.sum()), int(reference.sum())
    if not ours or not theirs:
        return (0.0, 1.0) if ours == theirs else (1.0, 0.0)
    distance = float(np.abs(_cumulated(counts) - _cumulated(reference)).max())
    return distance, float(kolmogorov(distance * np.sqrt(ours * theirs / (ours + theirs))))


def wasserstein(column: NumericColumn, counts: Counts, reference: Counts) -> float:
    """First Wasserstein distance in standard deviations of the reference, mass spread evenly in a bin.

    What lies outside counts as at the edge.
    """
    if not counts.sum() or not reference.sum() or not column.spread:
        return 0.0
    gaps = _cumulated(counts) - _cumulated(reference)
    # a gap at each edge, the last one included: cells below, in the bins, above
    at_edges = gaps[:-1]
    before, after = at_edges[:-1], at_edges[1:]
    widths = np.diff(np.array(column.edges))
    crosses = before * after < 0
    magnitude = np.abs(before) + np.abs(after)
    safe = np.where(magnitude > 0, magnitude, 1.0)
    means = np.where(crosses, (before**2 + after**2) / (2 * safe), magnitude / 2)
    return float((means * widths).sum() / column.spread)


def _cumulated(counts: Counts) -> Floats:
    return np.asarray(np.cumsum(counts) / counts.sum(), dtype=np.float64)


def chi_squared(counts: Counts, reference: Counts) -> tuple[float, float]:
    """Statistic and p-value of the two-sample test on categories, rare ones taken together."""
    table = np.array([counts, reference], dtype=np.float64)
    totals = table.sum(axis=1, keepdims=True)
    expected = totals * table.sum(axis=0) / table.sum()
    is_rare = expected.min(axis=0) < LEAST_EXPECTED
    table = np.column_stack([table[:, ~is_rare], table[:, is_rare].sum(axis=1)])
    table = table[:, table.sum(axis=0) > 0]
    expected = totals * table.sum(axis=0) / table.sum()
    statistic = float(((table - expected) ** 2 / expected).sum())
    freedom = table.shape[1] - 1
    return statistic, float(chdtrc(freedom, statistic)) if freedom else 1.0


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjusted p-values, in the order given."""
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    scaled = p_values[order] * count / np.arange(1, count + 1)
    adjusted = np.empty(count)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted
