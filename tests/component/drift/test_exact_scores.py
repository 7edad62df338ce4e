"""Exact scores are Evidently's, and their verdicts those of the histograms."""

import json
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.drift.binning import Binning
from shared.drift.exact import Rows, rows_of, score_exactly
from shared.drift.scores import score_columns
from shared.drift.verdict import Thresholds, judge
from tests.support.drift import FORMS, NAMES, a_reference, draw_rows, observed_rows

ROOT = Path(__file__).parents[3]
METHODS = {
    "psi": "psi",
    "jensenshannon": "jensen_shannon",
    "wasserstein": "wasserstein",
    "ks": "p_value",
    "chisquare": "fit_p_value",
}
REFERENCE_ROWS = 3_000


def rows(count: int, seed: int, **changes: Any) -> Rows:
    features, probabilities, forms = draw_rows(count, seed, **changes)
    numbers = {name: features[:, at].astype(np.float64) for at, name in enumerate(NAMES)}
    return Rows(numbers | {"win_probability": probabilities}, {"pokemon": forms})


def plain(side: Rows) -> dict[str, Any]:
    return {"numbers": {name: values.tolist() for name, values in side.numbers.items()}, "words": side.words}


@pytest.mark.timeout(120)
def test_every_score_is_that_of_evidently() -> None:
    """A continuous column, one of few values, one constant, one with gaps; categories, one of them new."""
    then = rows(REFERENCE_ROWS, 1)
    now = rows(700, 2, level=43.0, forms=(*FORMS[:3], "mew"))
    then.numbers["speed"][::7] = np.nan
    now.numbers["speed"][::5] = np.nan
    now.numbers["always_one"][:9] = 2.0
    said = json.loads(
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.support.evidently_oracle"],
            input=json.dumps({"now": plain(now), "then": plain(then)}),
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        ).stdout
    )
    ours = {score.name: score for score in score_exactly(now, then)}
    compared = {
        (method, column): (getattr(ours[column], METHODS[method]), value)
        for method, columns in said.items()
        for column, value in columns.items()
    }
    assert len(compared) == 5 + 5 + 4 + 4 + 1
    for place, (mine, theirs) in compared.items():
        assert mine == pytest.approx(theirs, abs=1e-9, rel=1e-9), place


CHANGES: tuple[dict[str, Any], ...] = (
    {},
    {"level": 5.0},
    {"level": 45.0},
    {"spread": 25.0},
    {"forms": FORMS[:1]},
    {"forms": (*FORMS[:4], "mew")},
    {"level": 100.0, "forms": ("mew",)},
)


@pytest.mark.parametrize("count", [250, 1_000, 4_000])
@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_histograms_and_exact_scores_come_to_the_same_verdict(count: int, changes: dict[str, Any]) -> None:
    reference, then = a_reference(REFERENCE_ROWS), rows(REFERENCE_ROWS, 1)
    binning = Binning(reference)
    for seed in range(50, 54):
        observed = observed_rows(count, seed, **changes)
        quick = score_columns(binning, binning.count(binning.cells(observed)))
        exact = score_exactly(rows_of(reference, observed), then)
        assert {one.name for one in quick if one.drifts} == {one.name for one in exact if one.drifts}
        level, _ = judge(count, quick, Thresholds())
        share = sum(one.drifts for one in exact) / len(exact)
        assert (level == "alarm") == (share >= Thresholds().alarm_share)


def test_a_column_that_is_gone_drifts() -> None:
    then = rows(REFERENCE_ROWS, 1)
    now = rows(500, 3)
    now.numbers["speed"][:] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        by_name = {one.name: one for one in score_exactly(now, then)}
    assert by_name["speed"].psi > 1
    assert not by_name["level"].drifts


def test_rows_are_needed_on_both_sides() -> None:
    with pytest.raises(ValueError, match="need rows"):
        score_exactly(rows(0, 1), rows(10, 1))
