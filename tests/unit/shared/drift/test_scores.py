"""Scores against SciPy, and what they conclude."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon

from shared.drift import scores
from shared.drift.binning import Binning
from shared.drift.documents import ColumnScore
from shared.drift.reference import (
    BINS,
    decode_reference,
    encode_reference,
    make_reference,
    numeric_cells,
    numeric_column,
)
from shared.drift.scores import score_columns
from shared.drift.verdict import Thresholds, judge
from tests.support.drift import CATEGORIES, FORMS, NAMES, a_reference, draw_rows, observed_rows

REFERENCE = a_reference()
BINNING = Binning(REFERENCE)


def scored(count: int, seed: int, **changes: object) -> dict[str, ColumnScore]:
    rows = observed_rows(count, seed, **changes)
    return {one.name: one for one in score_columns(BINNING, BINNING.count(BINNING.cells(rows)))}


def test_a_column_of_few_values_has_a_bin_for_each() -> None:
    column = numeric_column("level", np.array([5, 5, 50, 100], dtype=np.float32))
    assert column.counts == (0, 2, 1, 1, 0, 0)
    cells = numeric_cells(
        np.array(column.edges, np.float32), np.array([1, 5, 50, 100, 101, np.nan], np.float32)
    )
    assert cells.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_constant_column_knows_its_value_and_all_others() -> None:
    column = numeric_column("one", np.ones(9, dtype=np.float32))
    assert column.counts == (0, 9, 0, 0)
    cells = numeric_cells(np.array(column.edges, np.float32), np.array([0, 1, 2], np.float32))
    assert cells.tolist() == [0, 1, 2]


def test_a_column_of_many_values_has_bins_of_about_equal_share() -> None:
    column = numeric_column("x", np.random.default_rng(1).normal(size=10_000).astype(np.float32))
    inside = np.array(column.counts[1:-2])
    assert len(inside) == BINS
    assert (abs(inside / 10_000 - 1 / BINS) < 0.01).all()
    assert column.counts[0] == column.counts[-2] == 0, "the reference lies within its own edges"


def test_a_reference_comes_back_from_its_bytes() -> None:
    assert decode_reference(encode_reference(REFERENCE)) == REFERENCE
    with pytest.raises(ValueError, match="not a drift reference"):
        decode_reference(b"{}")
    with pytest.raises(ValueError, match="at least one row"):
        make_reference(np.zeros((0, 3), np.float32), NAMES, {}, {})


def test_distances_are_those_of_scipy() -> None:
    generator = np.random.default_rng(4)
    then = generator.dirichlet(np.ones(12))
    now = generator.dirichlet(np.ones(12))
    assert scores.jensen_shannon(now, then) == pytest.approx(jensenshannon(now, then), abs=1e-12)
    counts = generator.integers(5, 60, 12)
    reference = generator.integers(5, 300, 12)
    found = stats.chi2_contingency(np.array([counts, reference]), correction=False)
    assert scores.chi_squared(counts, reference) == pytest.approx((found.statistic, found.pvalue), rel=1e-12)
    p_values = generator.random(40) ** 3
    assert scores.benjamini_hochberg(p_values) == pytest.approx(stats.false_discovery_control(p_values))


def test_distances_of_a_column_with_a_bin_a_value_are_exact() -> None:
    generator = np.random.default_rng(7)
    then = generator.integers(0, 12, 800).astype(np.float32)
    now = np.minimum(generator.integers(0, 14, 500), 11).astype(np.float32)
    column = numeric_column("x", then)
    edges = np.array(column.edges, np.float32)
    counts = np.bincount(numeric_cells(edges, now), minlength=len(column.counts))
    reference = np.array(column.counts)
    distance, p_value = scores.ks(counts[:-1], reference[:-1])
    exact = stats.ks_2samp(now, then, method="asymp")
    assert distance == pytest.approx(exact.statistic, abs=1e-12)
    assert p_value == pytest.approx(stats.kstwobign.sf(distance * np.sqrt(500 * 800 / 1300)), rel=1e-9)


def test_wasserstein_of_many_bins_is_near_the_exact_one() -> None:
    """Mass is spread evenly in a bin, so that wide bins in the tails say somewhat too much."""
    generator = np.random.default_rng(8)
    then, now = generator.normal(0, 1, 20_000), generator.normal(0.5, 1, 20_000).clip(-3.5, 3.5)
    column = numeric_column("x", then)
    counts = np.bincount(numeric_cells(np.array(column.edges), now), minlength=len(column.counts))
    found = scores.wasserstein(column, counts[:-1], np.array(column.counts)[:-1])
    assert found == pytest.approx(stats.wasserstein_distance(now, then) / then.std(), rel=0.2)


def test_a_shift_names_its_columns_and_no_others() -> None:
    shifted = scored(1_000, 11, level=5.0, forms=FORMS[:2])
    assert {name for name, one in shifted.items() if one.drifts} == {"level", *CATEGORIES}
    assert shifted["level"].outside > 0.8
    assert shifted["level"].wasserstein == pytest.approx(3.35, abs=0.15), "outside counts as at the edge"


def test_unseen_and_missing_values_are_told() -> None:
    unseen = scored(400, 12, forms=("mew",))["pokemon"]
    assert (unseen.unseen, unseen.drifts) == (1.0, True)
    features, probabilities, forms = draw_rows(10, 1)
    features[:5, 1] = np.nan
    rows = observed_rows(10, 1)
    holed = [type(row)(features[at].tobytes(), row.scores, row.categories) for at, row in enumerate(rows)]
    found = {one.name: one for one in score_columns(BINNING, BINNING.count(BINNING.cells(holed)))}
    assert found["speed"].missing == 0.5
    level, reason = judge(1_000, list(found.values()), Thresholds(alarm_share=1.0, warn_share=1.0))
    assert level == "warn"
    assert "missing, out of range or unseen values in speed" in reason
    assert len(probabilities) == len(forms) == 10


def test_stationary_windows_raise_at_most_one_alarm_in_two_hundred() -> None:
    cells = BINNING.cells(observed_rows(40_000, seed=13))
    draws = [np.random.default_rng(number).choice(len(cells), 1_000, replace=False) for number in range(200)]
    levels = [
        judge(1_000, score_columns(BINNING, BINNING.count(cells[drawn])), Thresholds())[0] for drawn in draws
    ]
    assert sum(level != "ok" for level in levels) <= 1


def test_a_row_of_another_shape_is_refused_in_words() -> None:
    (row,) = observed_rows(1, 1)
    assert BINNING.refusal(row) is None
    short = type(row)(row.features[:4], row.scores, row.categories)
    assert BINNING.refusal(short) == "features of 4 bytes, where the release has 3 columns"
    assert BINNING.refusal(type(row)(row.features, (), ())) == "another family's answer"
