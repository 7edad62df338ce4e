"""P13: the dataset and its training as `dex train` has them done, and the dataset once more from nothing."""

import asyncio
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from contracts.models import TrainingCompleted, TrainingRequested, TrainingStep
from services.cli.first_model import FAMILY, TRAINING
from services.cli.following import Show, ask_and_follow
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure
from tests.benchmarks.plan import Plan

MATCH_UPS: Final = 898_612
AWAY_SECONDS: Final = 60.0
"""Two busy workers on two cores keep a broker waiting."""
LABELS: Final = "datasets"
"""Where the training service keeps what was played."""


def measure(ground: Ground, plan: Plan) -> Finding:
    """The training service does the work, asked on the bus; what it keeps is forgotten between the two."""
    with ground.running("training"):
        trained, reports = _ask(ground, TrainingRequested(FAMILY, size=plan.trained, assign=False))
        shutil.rmtree(ground.folder / LABELS)
        again, _ = _ask(ground, TrainingRequested(FAMILY, size=plan.trained, until="dataset"))
    assert trained.version is not None, trained
    card = json.loads((ground.folder / "trainings" / trained.version / "dataset.json").read_bytes())
    return found(trained, again, card, reports)


def found(
    trained: TrainingCompleted, again: TrainingCompleted, card: Mapping[str, Any], reports: int
) -> Finding:
    """What two trainings say of each other; `card` is the dataset card of the first.

    `reports`: of progress, while the first went on.
    """
    played = card["parts"]["train"]["match_ups"]
    other = card["dataset_hash"] not in again.message
    lacking = {step["name"] for step in card["steps"]} - {step.name for step in trained.steps}
    return Finding(
        "P13",
        [
            Measure("match-ups trained on", "", float(played), bound=Bound("at least", MATCH_UPS)),
            Measure("other hashes, built again from nothing", "", float(other), bound=Bound("at most", 0.0)),
            Measure(
                "steps of the card that the end does not tell",
                "",
                float(len(lacking)),
                bound=Bound("at most", 0.0),
            ),
            Measure("reports of progress", "", float(reports)),
            Measure("dataset, model and report", "s", trained.seconds),
            Measure("the dataset alone", "s", again.seconds),
            Measure("peak memory", "MB", float(max(step.peak_memory_mb for step in trained.steps))),
            *_steps(trained.steps),
        ],
        [trained.workers, f"hash {card['dataset_hash']}"],
    )


def _steps(steps: Sequence[TrainingStep]) -> list[Measure]:
    return [Measure(step.name, "s", step.seconds) for step in steps]


def _ask(ground: Ground, request: TrainingRequested) -> tuple[TrainingCompleted, int]:
    """How it ended, and how many different reports of progress came before."""
    reports = set[str]()

    @contextmanager
    def counting() -> Iterator[Show]:
        yield lambda _service, seen: reports.add(str(seen)) if seen else None

    follow = ask_and_follow(
        ground.settings(), TRAINING, request, f"bench-{request.until}", show=counting(), away_s=AWAY_SECONDS
    )
    completed = asyncio.run(follow)
    assert isinstance(completed, TrainingCompleted)
    if completed.outcome == "failed":
        raise ValueError(f"the training failed: {completed.message}")
    return completed, len(reports)
