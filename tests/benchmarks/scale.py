"""Throughput against partitions in use and consumers of each stage, on the cores that there are."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, ClassVar, Final, Self

import psutil
from aiokafka.partitioner import DefaultPartitioner

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted
from shared.cores import usable_cores
from shared.replies import Requester
from tests.benchmarks.capacity import BROKER, CALLER, STAGES, Costs, predict
from tests.benchmarks.driving import in_flight
from tests.benchmarks.goals import SCALE
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import percentile
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw

SIZES: Final = (1, 2, 4)
GRID: Final = tuple((partitions, consumers) for partitions in SIZES for consumers in SIZES)
"""(partitions in use, processes of feature and of inference); more processes than partitions idle."""


@dataclass(frozen=True, slots=True)
class Flown:
    """One flight: answers a second, p99 in ms, and CPU seconds an answer by kind of process."""

    rate: float
    p99_ms: float
    cpu_seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Scaled:
    """One cell of the grid, with 256 in flight. `cpu_seconds`: an answer, by kind of process."""

    partitions: int
    consumers: int
    rates: Sequence[float]
    p99_ms: float
    cpu_seconds: Mapping[str, float]

    @property
    def rate(self) -> float:
        """The median round's answers a second."""
        return median(self.rates)

    def as_json(self) -> dict[str, Any]:
        """One object a cell."""
        return {
            "partitions": self.partitions,
            "consumers": self.consumers,
            "answers_per_second": self.rate,
            "spread": [min(self.rates), max(self.rates)],
            "rates": list(self.rates),
            "p99_ms": self.p99_ms,
            "cpu_seconds": dict(self.cpu_seconds),
        }


@dataclass(frozen=True, slots=True)
class Scale:
    """The grid, measured on so many cores."""

    cores: int
    cells: Sequence[Scaled]
    id: ClassVar[str] = SCALE

    @property
    def best(self) -> Scaled:
        """The fastest cell: what it costs there is what is predicted from."""
        return max(self.cells, key=lambda one: one.rate)

    @property
    def costs(self) -> Costs:
        """Those of the best cell."""
        best = self.best
        return Costs(best.cpu_seconds, sum(best.cpu_seconds.values()) * best.rate / self.cores)

    def predicted(self, cell: Scaled) -> float:
        """What the model says of a cell that was measured: one caller, and partitions limit processes."""
        return self.costs.carried(self.cores, min(cell.partitions, cell.consumers), callers=1)[0]

    def as_json(self) -> dict[str, Any]:
        """The cells and what follows from them."""
        return {
            "id": self.id,
            "cores": self.cores,
            "cells": [one.as_json() | {"predicted": self.predicted(one)} for one in self.cells],
            "busy": self.costs.busy,
            "predicted": [one.as_json() for one in predict(self.costs)],
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Self:
        """The grid of such an object."""
        names = ("partitions", "consumers", "rates", "p99_ms", "cpu_seconds")
        return cls(said["cores"], [Scaled(*(one[name] for name in names)) for one in said["cells"]])


def measure(ground: Ground, plan: Plan) -> Scale:
    """Every cell once a round, so that all see the same machine; each flight warms its processes up."""
    found: dict[tuple[int, int], list[Flown]] = {cell: [] for cell in GRID}
    for number in range(plan.rounds):
        for consumers in SIZES:
            names = {stage: [f"{stage}#{copy}" for copy in range(consumers)] for stage in STAGES}
            with ground.running(*(name for copies in names.values() for name in copies)) as services:
                processes = {
                    BROKER: [ground.kafka.pid],
                    **{kind: [services[one].process.pid for one in copies] for kind, copies in names.items()},
                }
                for partitions in SIZES:
                    flown = asyncio.run(_answers(ground, plan, partitions, processes, seed=number))
                    found[partitions, consumers].append(flown)
    cells = [
        Scaled(
            partitions,
            consumers,
            [one.rate for one in flights],
            median(one.p99_ms for one in flights),
            {kind: median(one.cpu_seconds[kind] for one in flights) for kind in flights[0].cpu_seconds},
        )
        for (partitions, consumers), flights in found.items()
    ]
    return Scale(usable_cores(), cells)


async def _answers(
    ground: Ground, plan: Plan, partitions: int, processes: Mapping[str, Sequence[int]], seed: int
) -> Flown:
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
        bodies = draw.duels(plan.calls)
        before = cpu_seconds(processes)
        flight = await in_flight(ask, bodies, 256)
        after = cpu_seconds(processes)
    finally:
        await requester.stop()
    spent = {kind: (after[kind] - before[kind]) / plan.calls for kind in after}
    return Flown(flight.rate, percentile(flight.latencies, 99) * 1_000, spent)


def cpu_seconds(processes: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """CPU time so far of each kind of process, and of this one, which is the caller."""
    spent = {CALLER: time.process_time()}
    for kind, pids in processes.items():
        times = [psutil.Process(pid).cpu_times() for pid in pids]
        spent[kind] = sum(one.user + one.system for one in times)
    return spent


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
