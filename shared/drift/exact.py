"""Exact scores of a window from its own rows, as Evidently defines them: the second opinion on a verdict.

The scores of every window come from histograms; these cost a pass over all rows and a sort per column.
SciPy's tests are heavy to import: only worker processes import this.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial import distance

from shared.drift.binning import Observed
from shared.drift.reference import Reference
from shared.drift.scores import FALSE_DISCOVERY_RATE, LEAST_PSI, benjamini_hochberg, chi_squared

Floats = NDArray[np.float64]

MOST_DISTINCT: Final = 20
"""A number with no more values than this in the reference is compared value by value (Evidently's rule)."""
LEAST_SPREAD: Final = 0.001
SMALLEST_SHARE: Final = 0.0001
EVEN_SMALLER: Final = 10**6


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Columns by name, equally long: numbers as float64, NaN where missing, and categories as words."""

    numbers: Mapping[str, Floats]
    words: Mapping[str, Sequence[str]]

    def __len__(self) -> int:
        """How many rows."""
        return next((len(column) for column in (*self.numbers.values(), *self.words.values())), 0)


class ExactScore(msgspec.Struct, frozen=True, kw_only=True):
    """One column. `p_value`: KS of numbers, chi-squared of two samples for categories.

    `fit_p_value`: chi-squared of the window against the reference's shares as if those were the truth,
    which is Evidently's `chisquare`; it calls large windows drifting too soon, so no verdict rests on it.
    """

    name: str
    kind: str
    psi: float
    jensen_shannon: float
    wasserstein: float | None
    p_value: float
    fit_p_value: float | None
    adjusted_p_value: float
    drifts: bool


def rows_of(reference: Reference, observed: Sequence[Observed]) -> Rows:
    """Rows of a window as columns, named and ordered as the reference's; every row fits it."""
    features = np.frombuffer(b"".join(one.features for one in observed), dtype="<f4")
    block = features.reshape(len(observed), len(reference.features)).astype(np.float64)
    scores = np.array([one.scores for one in observed], dtype=np.float64)
    scores = scores.reshape(len(observed), len(reference.scores))
    numbers = {column.name: block[:, at] for at, column in enumerate(reference.features)}
    numbers |= {column.name: scores[:, at] for at, column in enumerate(reference.scores)}
    return Rows(
        numbers,
        {
            column.name: [one.categories[at] for one in observed]
            for at, column in enumerate(reference.categories)
        },
    )


def score_exactly(now: Rows, then: Rows) -> list[ExactScore]:
    """Every column of `then`, the reference's rows. Raises ValueError when either side has no rows."""
    if not len(now) or not len(then):
        raise ValueError("exact scores need rows of the window and of the reference")
    scored = [_number(name, now.numbers[name], values) for name, values in then.numbers.items()]
    scored += [_category(name, now.words[name], values) for name, values in then.words.items()]
    adjusted = benjamini_hochberg(np.array([fields["p_value"] for fields in scored]))
    return [
        ExactScore(
            **fields,
            adjusted_p_value=float(p),
            drifts=bool(p <= FALSE_DISCOVERY_RATE and fields["psi"] >= LEAST_PSI),
        )
        for fields, p in zip(scored, adjusted, strict=True)
    ]


def _number(name: str, now: Floats, then: Floats) -> dict[str, Any]:
    # everything below sorts: what is sorted once costs them a fifth less
    now, then = np.sort(now[np.isfinite(now)]), np.sort(then[np.isfinite(then)])
    if not len(now) or not len(then):
        is_gone = len(now) != len(then)
        now, then = np.array([float(is_gone)]), np.zeros(1)
        return _fields(name, "number", *_by_value(now, then), 0.0, float(not is_gone), None)
    edges = np.histogram_bin_edges(np.concatenate([then, now]), bins="sturges")
    is_continuous = len(np.unique(then)) > MOST_DISTINCT
    ours, theirs = (
        (np.histogram(now, edges)[0] / len(now), np.histogram(then, edges)[0] / len(then))
        if is_continuous
        else _by_value(now, then)
    )
    moved = stats.wasserstein_distance(then, now) / max(float(np.std(then)), LEAST_SPREAD)
    return _fields(name, "number", ours, theirs, float(moved), float(stats.ks_2samp(then, now).pvalue), None)


def _category(name: str, now: Sequence[str], then: Sequence[str]) -> dict[str, Any]:
    ours, theirs = Counter(now), Counter(then)
    words = sorted(ours.keys() | theirs.keys())
    counts, reference = (np.array([held[word] for word in words], dtype=np.int64) for held in (ours, theirs))
    expected = reference * (len(now) / len(then))
    with np.errstate(divide="ignore"):
        statistic = float(((counts - expected) ** 2 / expected).sum())
    _, p_value = chi_squared(counts, reference)
    fit = float(stats.chi2.sf(statistic, len(words) - 1)) if len(words) > 1 else 1.0
    return _fields(name, "category", counts / len(now), reference / len(then), None, p_value, fit)


def _by_value(now: Floats, then: Floats) -> tuple[Floats, Floats]:
    """Shares of each value that occurs."""
    values = np.unique(np.concatenate([then, now]))
    ours, theirs = (
        np.bincount(np.searchsorted(values, side), minlength=len(values)) / len(side) for side in (now, then)
    )
    return ours, theirs


def _fields(
    name: str,
    kind: str,
    now: Floats,
    then: Floats,
    wasserstein: float | None,
    p_value: float,
    fit_p_value: float | None,
) -> dict[str, Any]:
    ours, theirs = _without_zeros(now), _without_zeros(then)
    return {
        "name": name,
        "kind": kind,
        "psi": float(((theirs - ours) * np.log(theirs / ours)).sum()),
        "jensen_shannon": float(distance.jensenshannon(then, now)),
        "wasserstein": wasserstein,
        "p_value": p_value,
        "fit_p_value": fit_p_value,
    }


def _without_zeros(shares: Floats) -> Floats:
    """A logarithm has no zero: an empty cell gets a share smaller than all others."""
    least = float(shares[shares > 0].min())
    return np.where(shares == 0, least / EVEN_SMALLER if least <= SMALLEST_SHARE else SMALLEST_SHARE, shares)
