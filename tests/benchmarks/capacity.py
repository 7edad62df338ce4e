"""What more cores would carry: computed from the CPU time that an answer costs each process.

A process of ours is one thread of Python, so that it does `1 / cost` answers a second at most; the
broker has many threads; all of them share the cores, which are never wholly busy. A rate is the least
of what the cores and what each kind of process can do. What the grid was measured with is predicted
too: how far that is off says what the rest is worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

CALLER: Final = "caller"
BROKER: Final = "broker"
STAGES: Final = ("feature", "inference")
CORES: Final = (2, 4, 8)
PROCESSES: Final = (1, 2, 4)


@dataclass(frozen=True, slots=True)
class Costs:
    """CPU seconds an answer by kind of process, and the share of the cores that was busy at the most."""

    seconds: Mapping[str, float]
    busy: float

    def carried(self, cores: int, processes: int, callers: int) -> tuple[float, str]:
        """Answers a second with so many processes of each stage and callers, and what limits them."""
        limits = {
            "cores": cores * self.busy / sum(self.seconds.values()),
            CALLER: callers / self.seconds[CALLER],
            **{stage: processes / self.seconds[stage] for stage in STAGES},
        }
        least = min(limits, key=lambda name: limits[name])
        return limits[least], least


@dataclass(frozen=True, slots=True)
class Predicted:
    """With as many callers as processes of a stage, and as many partitions at least."""

    cores: int
    processes: int
    answers_per_second: float
    limit: str

    def as_json(self) -> dict[str, Any]:
        """One object a prediction."""
        return {
            "cores": self.cores,
            "processes": self.processes,
            "answers_per_second": self.answers_per_second,
            "limit": self.limit,
        }


def predict(
    costs: Costs, cores: Sequence[int] = CORES, processes: Sequence[int] = PROCESSES
) -> list[Predicted]:
    """What so many cores would carry."""
    return [
        Predicted(count, each, *costs.carried(count, each, callers=each))
        for count in cores
        for each in processes
    ]
