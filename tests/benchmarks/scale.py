"""Throughput against partitions in use and consumers of each stage, on the cores that there are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from aiokafka.partitioner import DefaultPartitioner

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted
from shared.replies import Requester
from tests.benchmarks.driving import in_flight
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import percentile
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw

GRID: Final = ((1, 1), (2, 1), (4, 1), (2, 2), (4, 2), (4, 4))
"""(partitions in use, processes of feature and of inference); more processes than partitions idle."""
ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class Scaled:
    """One cell of the grid: answers a second and p99 in ms with 256 in flight."""

    partitions: int
    consumers: int
    rates: Sequence[float]
    p99_ms: float

    @property
    def rate(self) -> float:
        """The median round's."""
        return median(self.rates)

    def as_json(self) -> dict[str, Any]:
        """One object a cell."""
        return {
            "partitions": self.partitions,
            "consumers": self.consumers,
            "answers_per_second": self.rate,
            "spread": [min(self.rates), max(self.rates)],
            "p99_ms": self.p99_ms,
        }


def measure(ground: Ground, plan: Plan) -> list[Scaled]:
    """Every cell once a round, so that all see the same machine."""
    found: dict[tuple[int, int], list[tuple[float, float]]] = {cell: [] for cell in GRID}
    for number in range(min(plan.rounds, ROUNDS)):
        for partitions, consumers in GRID:
            names = [f"{name}#{copy}" for name in ("feature", "inference") for copy in range(consumers)]
            with ground.running(*names):
                found[partitions, consumers].append(
                    asyncio.run(_answers(ground, plan, partitions, seed=number))
                )
    return [
        Scaled(
            partitions,
            consumers,
            [rate for rate, _ in results],
            median(tail for _, tail in results),
        )
        for (partitions, consumers), results in found.items()
    ]


async def _answers(ground: Ground, plan: Plan, partitions: int, seed: int) -> tuple[float, float]:
    """The topics have four partitions; keys are chosen so that only some are used."""
    requester = Requester(ground.settings(), name="scale")
    await requester.start()
    keys = iter(keys_of(partitions, 2 * plan.calls, f"{partitions}-{seed}-{id(requester)}"))

    async def ask(body: Any) -> None:
        reply = await requester.ask(BATTLE_REQUESTED, body, request_id=next(keys), timeout_s=30)
        assert isinstance(reply, Predicted), reply

    draw = Draw(seed)
    try:
        await in_flight(ask, draw.duels(plan.calls // 2), 256)
        flight = await in_flight(ask, draw.duels(plan.calls), 256)
    finally:
        await requester.stop()
    return flight.rate, percentile(flight.latencies, 99) * 1_000


def keys_of(partitions: int, count: int, prefix: str) -> list[str]:
    """Request ids that the producer's own partitioner puts on the first partitions, evenly."""
    choose, places = DefaultPartitioner(), list(range(BATTLE_REQUESTED.partitions))
    found: list[str] = []
    number = 0
    while len(found) < count:
        key = f"{prefix}-{number}"
        number += 1
        if choose(key.encode(), places, places) < partitions:
            found.append(key)
    return found
