"""The goals: what each says, and what a run of `dex bench` found about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.benchmarks.measuring import Measure

GOALS: Final[dict[str, str]] = {
    "P1": "Request path against a bare aiokafka echo of two stages and the same bytes: latency",
    "P2": "Request path against that echo: throughput; one stage of it against FastStream's defaults",
    "P3": "Answers that arrive exactly once against Kafka transactions in both stages",
    "P4": "ONNX Runtime against the trained model itself, one row",
    "P5": "Features of distinct random battles, against a pandas frame per duel",
    "P6": "Replay into drift windows against getmany and json.loads",
    "P7": "Closing a drift window against Evidently's preset",
    "P8": "Batched inserts against row by row; drift at half load",
    "P9": "Best move of four against a REST service with a pickled model and a pandas frame per move",
    "P10": "What metrics cost; cold start and memory of each service",
    "P11": "Overload at ten times what is carried",
    "P12": "Battle simulator against the npm package pokemon-showdown, one core each",
    "P13": "The dataset and its training on two cores in one command",
    "P14": "Best move of four against all replies through the REST API, warm",
}
LATER: Final[dict[str, str]] = {
    "P11": "comes with the fault table",
    "P13": "see the dataset card, `trainings/<version>/dataset.md` in the data directory",
}
"""Goals that this command leaves to others, and why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found about one goal. `measures[0]` stands for it; `not_measured` says why there are none;
    `is_failed`: it was tried."""

    id: str
    measures: Sequence[Measure] = ()
    notes: Sequence[str] = ()
    not_measured: str = ""
    is_failed: bool = False

    @property
    def met(self) -> bool | None:
        """Whether every bound holds; None when nothing was measured that has one."""
        judged = [measure.met for measure in self.measures if measure.met is not None]
        return all(judged) if judged else None

    def as_json(self, *, noisy: bool) -> dict[str, Any]:
        """One object a goal: the first measure beside the id, all below. A noisy run is not judged."""
        head = self.measures[0] if self.measures else None
        return {
            "id": self.id,
            "says": GOALS[self.id],
            **(_measure(head, noisy=noisy) if head else _EMPTY),
            "met": None if noisy else self.met,
            "measures": [_measure(measure, noisy=noisy) for measure in self.measures],
            "notes": list(self.notes),
            "not_measured": self.not_measured,
        }


_EMPTY: Final[dict[str, Any]] = dict.fromkeys(("name", "unit", "ours", "peer", "ratio", "spread", "goal"))


def _measure(measure: Measure, *, noisy: bool) -> dict[str, Any]:
    return {
        "name": measure.name,
        "unit": measure.unit,
        "ours": measure.ours,
        "peer": measure.peer,
        "ratio": measure.ratio,
        "spread": measure.spread,
        "goal": str(measure.bound) if measure.bound else None,
        "met": None if noisy else measure.met,
        "samples": list(measure.samples),
    }
