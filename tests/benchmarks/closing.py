"""P7: closing a drift window, from its counts and from its rows, against Evidently's preset on those rows."""

import os
import time
import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any, Final

import numpy as np

from services.inference.onnx_session import OnnxModel
from services.training.candidates import Candidates
from services.training.drawing import draw_matchups
from services.training.drift_reference import MOST_SAMPLED
from shared.battle.features import FEATURE_NAMES, feature_rows
from shared.battle.matchups import MatchUps
from shared.battle.observing import CATEGORIES, SCORES, observe_duels
from shared.drift.binning import Binning, Observed
from shared.drift.documents import Standing
from shared.drift.exact import ExactScore, Rows, rows_of, score_exactly
from shared.drift.reference import make_reference
from shared.drift.spans import Definition, Span
from shared.drift.verdict import Thresholds
from shared.drift.windows import Scoring, Total
from tests.benchmarks.forest import Forest
from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Bound, Measure, compare, interleave
from tests.benchmarks.plan import Plan
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.releases import CALIBRATION, a_release

WINDOW_ROWS: Final = 1_000
REFERENCE_ROWS: Final = MOST_SAMPLED
"""The sample that a release ships."""
SHIFTED_LEVEL: Final = 5
SHIFTED_ONE_IN: Final = 4
"""So many of the window's rows are shifted, so that some of its columns drift and others do not."""
THRESHOLD: Final = 0.1
"""Evidently's own, of both distances."""
ALL_METHODS: Final = {
    "psi": "psi",
    "jensenshannon": "jensen_shannon",
    "wasserstein": "wasserstein",
    "ks": "p_value",
    "chisquare": "fit_p_value",
}
"""Evidently's name of a statistic → ours."""
_SPAN: Final = Span(0, 60_000)


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """One window and its reference, as each side has them before the clock starts."""

    scoring: Scoring
    binning: Binning
    window: Sequence[Observed]
    then: Rows


async def measure(forest: Forest, plan: Plan) -> Finding:
    """Real duels, scored by the model. Evidently stays in memory: nothing is to be timed after this."""
    ground = _ground(forest)
    now = rows_of(ground.binning.reference, ground.window)
    evidently = _Evidently(now, ground.then)
    counts = ground.binning.count(ground.binning.cells(ground.window))

    def close(total: Total) -> None:
        list(ground.scoring.windows([(_SPAN, total)], Standing()))

    def count_and_close() -> None:
        close(Total(WINDOW_ROWS, 0, ground.binning.count(ground.binning.cells(ground.window))))

    def exactly() -> list[ExactScore]:
        return score_exactly(rows_of(ground.binning.reference, ground.window), ground.then)

    times = await interleave(
        plan.rounds,
        {
            "closed": _timed(lambda: close(Total(WINDOW_ROWS, 0, counts)), plan.windows_closed),
            "counted": _timed(count_and_close, plan.windows_closed),
            "exact": _timed(exactly, 1),
            "preset": _timed(evidently.preset, 1),
        },
    )
    often = plan.rounds * plan.windows_closed
    names = (
        ("from counts, times faster than the preset", "closed", "preset", 1_000.0),
        ("from rows, times faster than the preset", "counted", "preset", 30.0),
        ("exact, times faster than the preset's one a column", "exact", "preset", 30.0),
    )
    return Finding(
        "P7",
        [
            *(
                compare(
                    name,
                    "ms",
                    times[ours],
                    times[peer],
                    Bound("at least", limit),
                    samples=(plan.rounds if ours == "exact" else often, plan.rounds),
                    inverted=True,
                )
                for name, ours, peer, limit in names
            ),
            *_agreement(exactly(), evidently, ground),
        ],
        [
            f"{len(ground.binning.reference.columns)} columns, {WINDOW_ROWS:,} rows against "
            f"{REFERENCE_ROWS:,}; one row in {SHIFTED_ONE_IN} is of level {SHIFTED_LEVEL}",
            "Evidently is imported and has the reference before the clock starts; no page is drawn",
            "exact scores are four statistics of a number, three of a category; the preset has one a column",
        ],
    )


def _ground(forest: Forest) -> _Ground:
    candidates = Candidates.of(real_tables(), load_snapshot_pokedex())
    model = OnnxModel(a_release(feature_names=FEATURE_NAMES), forest.onnx)
    before, _ = draw_matchups(candidates, "test", REFERENCE_ROWS, seed=1)
    after, _ = draw_matchups(candidates, "test", WINDOW_ROWS, seed=2)
    is_shifted = np.arange(WINDOW_ROWS) % SHIFTED_ONE_IN == 0
    after = replace(
        after,
        level_a=np.where(is_shifted, SHIFTED_LEVEL, after.level_a),
        level_b=np.where(is_shifted, SHIFTED_LEVEL, after.level_b),
    )
    features, scores, categories = _answered(model, before)
    reference = make_reference(features, FEATURE_NAMES, scores, categories)
    binning = Binning(reference)
    scoring = Scoring(Definition("time", _SPAN.end_ms), "battle", "v1", ("0" * 64, binning), Thresholds())
    then = rows_of(reference, _observed(features, scores, categories))
    return _Ground(scoring, binning, _observed(*_answered(model, after)), then)


_Answered = tuple[Any, dict[str, Any], dict[str, Sequence[str]]]


def _answered(model: OnnxModel, duels: MatchUps) -> _Answered:
    """Features, scores and categories, as the request path says them."""
    tables = real_tables()
    names = np.array(list(tables.form_index))
    features = feature_rows(tables, *duels.columns())
    swapped = feature_rows(tables, *duels.swapped().columns())
    chances = (model.score(features).astype(np.float64) + 1 - model.score(swapped)) / 2
    forms = (names[duels.form_a].tolist(), names[duels.form_b].tolist())
    return features, *observe_duels(chances, *forms, CALIBRATION)


def _observed(features: Any, scores: dict[str, Any], categories: dict[str, Sequence[str]]) -> list[Observed]:
    return [
        Observed(
            features[at].astype("<f4").tobytes(),
            tuple(float(scores[name][at]) for name in SCORES),
            tuple(categories[name][at] for name in CATEGORIES),
        )
        for at in range(len(features))
    ]


class _Evidently:
    """Evidently in its own form: frames with a definition of the columns; a report, read as a dictionary."""

    def __init__(self, now: Rows, then: Rows) -> None:
        os.environ["DO_NOT_TRACK"] = "1"  # it counts its users over the network unless told not to
        self._evidently = import_module("evidently")
        self._presets = import_module("evidently.presets")
        self._metrics = import_module("evidently.metrics")
        self._pandas = import_module("pandas")
        self._now = now
        self._definition = self._evidently.DataDefinition(
            numerical_columns=list(then.numbers), categorical_columns=list(then.words)
        )
        self._then = self._dataset(then)
        self.said: dict[str, Mapping[str, Mapping[str, float]]] = {}
        """What each report said last: statistic → column → value."""

    def preset(self) -> None:
        """One statistic a column: what Evidently chooses for so many rows, and as alarms are reported."""
        self.said["preset"] = self._run(
            self._presets.DataDriftPreset(
                num_method="wasserstein",
                cat_method="jensenshannon",
                num_threshold=THRESHOLD,
                cat_threshold=THRESHOLD,
            )
        )

    def same_statistics(self) -> None:
        """All that our exact scores have."""
        numbers, words = list(self._now.numbers), list(self._now.words)
        columns = {"wasserstein": numbers, "ks": numbers, "chisquare": words}
        self.said["same"] = self._run(
            *(
                self._metrics.ValueDrift(column=column, method=method)
                for method in ALL_METHODS
                for column in columns.get(method, [*numbers, *words])
            )
        )

    def _run(self, *asked: Any) -> Mapping[str, Mapping[str, float]]:
        said: dict[str, dict[str, float]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = self._evidently.Report(list(asked)).run(self._dataset(self._now), self._then).dict()
        for one in found["metrics"]:
            if "column" in one["config"]:
                config = one["config"]
                said.setdefault(config["method"], {})[config["column"]] = float(one["value"])
        return said

    def _dataset(self, rows: Rows) -> Any:
        frame = self._pandas.DataFrame({**rows.numbers, **rows.words})
        return self._evidently.Dataset.from_pandas(frame, data_definition=self._definition)


def _agreement(exact: Sequence[ExactScore], evidently: _Evidently, ground: _Ground) -> list[Measure]:
    """How far our numbers lie from Evidently's, and how many columns are judged otherwise."""
    ours = {one.name: one for one in exact}
    evidently.same_statistics()
    said = evidently.said["same"]
    differences = [
        abs(getattr(ours[column], ALL_METHODS[method]) - value)
        for method, columns in said.items()
        for column, value in columns.items()
    ]
    judged = {
        column: value for columns in evidently.said["preset"].values() for column, value in columns.items()
    }
    flips = sum(
        (value >= THRESHOLD) != (_distance(ours[column]) >= THRESHOLD) for column, value in judged.items()
    )
    (window,) = ground.scoring.windows(
        [(_SPAN, Total(WINDOW_ROWS, 0, ground.binning.count(ground.binning.cells(ground.window))))],
        Standing(),
    )
    called = set(window.drifting) ^ {one.name for one in exact if one.drifts}
    none = Bound("at most", 0.0)
    return [
        Measure(
            "largest difference of a statistic",
            "",
            max(differences),
            bound=Bound("at most", 1e-9),
            samples=(len(differences),),
        ),
        Measure(
            "columns judged otherwise than by the preset",
            "",
            float(flips),
            bound=none,
            samples=(len(judged),),
        ),
        Measure(
            "columns judged otherwise from counts than from rows",
            "",
            float(len(called)),
            bound=none,
            samples=(len(exact),),
        ),
    ]


def _distance(score: ExactScore) -> float:
    return score.jensen_shannon if score.wasserstein is None else score.wasserstein


def _timed(work: Callable[[], object], times: int) -> Callable[[], Awaitable[float]]:
    """Milliseconds of one, the median of `times`."""

    async def side() -> float:
        taken = []
        for _ in range(times):
            begin = time.perf_counter()
            work()
            taken.append(time.perf_counter() - begin)
        return float(np.median(taken)) * 1e3

    return side
