"""What a model was judged on, as histograms: the fixed edges that every window is counted by."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

BINS: Final = 20
"""A numeric column with no more values than this has one bin each; others have bins of equal share."""
MAXIMUM_CATEGORIES: Final = 512


class NumericColumn(msgspec.Struct, frozen=True):
    """`edges`: ascending, one more than there are bins, least and largest value among them.

    `counts`: below the edges, in each bin, above them, missing (NaN). `spread`: standard deviation.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    spread: float


class CategoryColumn(msgspec.Struct, frozen=True):
    """`counts`: one per category, then of all that is none of them."""

    name: str
    categories: tuple[str, ...]
    counts: tuple[int, ...]


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """Columns in this order: features as the feature set has them, scores and categories of the answer."""

    rows: int
    features: tuple[NumericColumn, ...]
    scores: tuple[NumericColumn, ...]
    categories: tuple[CategoryColumn, ...]

    @property
    def columns(self) -> tuple[NumericColumn | CategoryColumn, ...]:
        """All columns, in the order of their cells."""
        return (*self.features, *self.scores, *self.categories)


def encode_reference(reference: Reference) -> bytes:
    """Canonical JSON: equal references have equal bytes."""
    return msgspec.json.encode(reference, order="sorted")


def decode_reference(content: bytes) -> Reference:
    """Raises ValueError when it is none."""
    try:
        return msgspec.json.decode(content, type=Reference)
    except msgspec.DecodeError as error:
        raise ValueError(f"not a drift reference: {error}") from error


def digest(content: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(content).hexdigest()


def make_reference(
    features: NDArray[np.float32],
    names: Sequence[str],
    scores: Mapping[str, NDArray[np.float64]],
    categories: Mapping[str, Sequence[str]],
) -> Reference:
    """Histograms of (rows, columns) `features`, and of what was answered to each row.

    Raises ValueError without rows.
    """
    if not len(features):
        raise ValueError("a drift reference needs at least one row")
    return Reference(
        rows=len(features),
        features=tuple(numeric_column(name, features[:, index]) for index, name in enumerate(names)),
        scores=tuple(numeric_column(name, values) for name, values in scores.items()),
        categories=tuple(category_column(name, values) for name, values in categories.items()),
    )


def numeric_column(name: str, values: NDArray[Any]) -> NumericColumn:
    """The edges in the precision of `values`, (rows,) float32 or float64; NaN is missing."""
    known = values[~np.isnan(values)]
    edges = _edges(known) if len(known) else np.zeros(2, values.dtype)
    cells = numeric_cells(edges, values)
    return NumericColumn(
        name,
        tuple(edges.astype(np.float64).tolist()),
        tuple(np.bincount(cells, minlength=len(edges) + 2).tolist()),
        float(known.astype(np.float64).std()) if len(known) else 0.0,
    )


def category_column(name: str, values: Sequence[str]) -> CategoryColumn:
    """The most frequent categories, by name; what is over `MAXIMUM_CATEGORIES` counts as unseen."""
    counted = Counter(values)
    kept = sorted(sorted(counted, key=lambda value: (-counted[value], value))[:MAXIMUM_CATEGORIES])
    counts = [counted[value] for value in kept]
    return CategoryColumn(name, tuple(kept), (*counts, len(values) - sum(counts)))


def numeric_cells(edges: NDArray[Any], values: NDArray[Any]) -> NDArray[np.int64]:
    """(rows,) cell of each value: 0 below the edges, 1 … in a bin, then above, then missing.

    A bin holds its lower edge; the last one holds its upper edge too.
    """
    bins = len(edges) - 1
    cells: NDArray[np.int64] = np.searchsorted(edges[1:-1], values, side="right") + 1
    cells[values < edges[0]] = 0
    cells[values > edges[-1]] = bins + 1
    cells[np.isnan(values)] = bins + 2
    return cells


def _edges(known: NDArray[Any]) -> NDArray[Any]:
    found = np.unique(known)
    if len(found) == 1:
        return np.repeat(found, 2)
    if len(found) <= BINS:
        between = (found[:-1] / 2 + found[1:] / 2).astype(known.dtype)
        return np.concatenate([found[:1], between, found[-1:]])
    shares = np.linspace(0, 1, BINS + 1)
    return np.unique(np.quantile(known, shares, method="lower"))
