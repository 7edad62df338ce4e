"""From rows to the cells of a reference's histograms: one vector of counts holds all columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shared.drift.reference import CategoryColumn, NumericColumn, Reference, numeric_cells

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Observed:
    """What drift looks at in one prediction. `features`: float32, little-endian."""

    features: bytes
    scores: tuple[float, ...]
    categories: tuple[str, ...]


class Binning:
    """The cells of one reference. `size`: how many there are."""

    def __init__(self, reference: Reference) -> None:
        """Made once per reference; holds no rows."""
        self.reference = reference
        widths = [len(column.counts) for column in reference.columns]
        starts = [0, *accumulate(widths)]
        self.size = starts[-1]
        self.slices = tuple(slice(begin, end) for begin, end in pairwise(starts))
        self._starts = np.array(starts[:-1], dtype=np.int64)
        self._features = [_array(column, np.float32) for column in reference.features]
        self._scores = [_array(column, np.float64) for column in reference.scores]
        self._categories = [
            {category: position for position, category in enumerate(column.categories)}
            for column in reference.categories
        ]

    @property
    def reference_counts(self) -> Counts:
        """(cells,) of the reference itself."""
        return np.concatenate([np.array(column.counts, dtype=np.int64) for column in self.reference.columns])

    def refusal(self, observed: Observed) -> str | None:
        """Why a row cannot be counted by this reference; None when it can."""
        columns = len(self._features)
        if len(observed.features) != 4 * columns:
            return f"features of {len(observed.features)} bytes, where the release has {columns} columns"
        shape = (len(observed.scores), len(observed.categories))
        if shape != (len(self._scores), len(self._categories)):
            return "another family's answer"
        return None

    def knows(self, categories: Sequence[str]) -> bool:
        """Whether the reference has each of these, one per column of categories."""
        return all(word in known for word, known in zip(categories, self._categories, strict=True))

    def cells(self, rows: Sequence[Observed]) -> NDArray[np.int64]:
        """(rows, columns) position of each value in the vector of counts; every row fits."""
        found = np.empty((len(self._starts), len(rows)), dtype=np.int64)
        block = np.frombuffer(b"".join([row.features for row in rows]), dtype="<f4")
        features = np.ascontiguousarray(block.reshape(len(rows), len(self._features)).T)
        scores = np.array([row.scores for row in rows], dtype=np.float64).reshape(len(rows), -1).T
        at = 0
        for edges, values in zip(self._features, features, strict=True):
            found[at] = numeric_cells(edges, values)
            at += 1
        for edges, values in zip(self._scores, scores, strict=True):
            found[at] = numeric_cells(edges, values)
            at += 1
        for position, known in enumerate(self._categories):
            unseen = len(known)
            found[at] = [known.get(row.categories[position], unseen) for row in rows]
            at += 1
        found += self._starts[:, None]
        return found.T

    def count(self, cells: NDArray[np.int64]) -> Counts:
        """(cells,) counts of the given (rows, columns) positions."""
        return np.bincount(cells.ravel(), minlength=self.size)


def _array(column: NumericColumn | CategoryColumn, dtype: Any) -> NDArray[Any]:
    assert isinstance(column, NumericColumn)
    return np.array(column.edges, dtype=dtype)
