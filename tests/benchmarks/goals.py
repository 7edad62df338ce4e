"""The goals: what each says, and what a run of `dex bench` found about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

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
    "P10": "What metrics and traces cost; cold start and memory of each service",
    "P11": "Overload at ten times what is carried",
    "P12": "Battle simulator against the npm package pokemon-showdown, one core each",
    "P13": "The dataset and its training on two cores in one command",
    "P14": "Best move of four against all replies through the REST API, warm",
}
SCALE: Final = "scale"
SAYS: Final = {**GOALS, SCALE: "Throughput by partitions in use and processes of each stage"}
"""Scale has no bound; that it failed is a finding too."""
NOT_BUILT: Final[Mapping[str, Sequence[str]]] = {
    "P10": ("traces: they come with the work on observability, and are not built yet",),
}
"""Parts of goals that nothing can measure yet: such a goal is not met, however good the rest is."""


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
    def missing(self) -> Sequence[str]:
        """Parts of the goal that are not built yet."""
        return NOT_BUILT.get(self.id, ())

    @property
    def met(self) -> bool | None:
        """Whether every bound holds; None where none was measured, or a part is missing."""
        judged = [measure.met for measure in self.measures if measure.met is not None]
        if not all(judged):
            return False
        return True if judged and not self.missing else None


def as_json(finding: Finding, *, judged: bool) -> dict[str, Any]:
    """One object a goal: the first measure beside the id, all below. `met` is null where none is judged."""
    head = finding.measures[0] if finding.measures else None
    return {
        "id": finding.id,
        "says": SAYS[finding.id],
        **(_measure(head, judged=judged) if head else _EMPTY),
        "met": finding.met if judged else None,
        "measures": [_measure(measure, judged=judged) for measure in finding.measures],
        "notes": list(finding.notes),
        "missing": list(finding.missing),
        "not_measured": finding.not_measured,
        "is_failed": finding.is_failed,
    }


def from_json(found: Mapping[str, Any]) -> Finding:
    """The finding of such an object. Raises ValueError when it is none."""
    return msgspec.convert(dict(found), Finding)


_EMPTY: Final[dict[str, Any]] = dict.fromkeys(("name", "unit", "ours", "peer", "ratio", "spread", "goal"))


def _measure(measure: Measure, *, judged: bool) -> dict[str, Any]:
    return {
        **msgspec.to_builtins(measure),
        "goal": str(measure.bound) if measure.bound else None,
        "met": measure.met if judged else None,
    }
