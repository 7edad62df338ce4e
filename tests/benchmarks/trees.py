"""P4: one row through ONNX Runtime, through the model it was exported from, and through a naked session."""

import time
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.inference.onnx_session import OnnxModel
from shared.battle.features import FEATURE_NAMES
from tests.benchmarks.forest import Forest
from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Bound, Measure, compare, interleave
from tests.benchmarks.plan import Plan
from tests.support.releases import a_release

Rows = NDArray[np.float32]
LEAST_COMPARED: Final = 20_000


async def measure(forest: Forest, plan: Plan) -> Finding:
    """Distinct rows of real duels, one call each."""
    model = OnnxModel(a_release(feature_names=FEATURE_NAMES), forest.onnx)
    classifier = forest.classifier()
    session = model._session  # the same one, so that only our own checks are between
    chosen = np.random.default_rng(4).choice(len(forest.rows), min(plan.one_row, len(forest.rows)))
    rows = [forest.rows[index : index + 1].copy() for index in chosen]
    few = rows[: plan.native_rows]
    times = await interleave(
        plan.rounds,
        {
            "ours": _timed(model.score, rows),
            "native": _timed(classifier.predict_proba, few),
            "naked": _timed(lambda row: session.run(["probabilities"], {"input": row}), rows),
        },
    )
    samples = (plan.rounds * len(rows), plan.rounds * len(few))
    measures = [
        compare(
            "one row, times faster than predict_proba",
            "µs",
            times["ours"],
            times["native"],
            Bound("at least", 20.0),
            samples=samples,
            inverted=True,
        ),
        compare(
            "one row, against a naked session.run",
            "µs",
            times["ours"],
            times["naked"],
            Bound("at most", 1.2),
            samples=(samples[0], samples[0]),
        ),
        *_parity(forest, model, classifier.predict_proba, plan.parity_rows),
    ]
    whose = "by the training of the release" if forest.stated else "with the trees as they were trained"
    return Finding("P4", measures, [forest.origin, f"the last three: compared {whose}"])


def _timed(score: Callable[[Rows], object], rows: list[Rows]) -> Callable[[], Awaitable[float]]:
    async def side() -> float:
        taken = []
        for row in rows:
            begin = time.perf_counter()
            score(row)
            taken.append(time.perf_counter() - begin)
        return float(np.median(taken)) * 1e6

    return side


def _parity(forest: Forest, model: OnnxModel, native: Callable[[Rows], Rows], count: int) -> list[Measure]:
    """On our rows, or as the training of a release found it: one with another winner is not released."""
    if forest.stated is not None:
        difference, flips, samples = forest.stated.difference, 0.0, (forest.stated.rows,)
    else:
        rows = forest.rows[:count]
        ours, theirs = model.score(rows), native(rows)[:, 1]
        difference = float(np.abs(ours - theirs).max())
        flips, samples = float(((ours > 0.5) != (theirs > 0.5)).sum()), (len(rows),)
    return [
        Measure(
            "largest difference of a chance", "", difference, bound=Bound("at most", 1e-6), samples=samples
        ),
        Measure("other winners", "rows", flips, bound=Bound("at most", 0.0), samples=samples),
        Measure("rows compared", "", float(samples[0]), bound=Bound("at least", LEAST_COMPARED)),
    ]
