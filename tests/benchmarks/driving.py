"""How calls are made: one after the other, many in flight, now and then, or at a rate."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.benchmarks.measuring import percentile

Ask = Callable[[Any], Awaitable[object]]
"""One call, returning when its answer is there; raises where it was not answered."""


@dataclass(frozen=True, slots=True)
class Flight:
    """Seconds of all calls together, and of each."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        """Calls a second."""
        return len(self.latencies) / self.seconds

    def milliseconds(self, percent: float) -> float:
        """A percentile of single calls."""
        return percentile(self.latencies, percent) * 1_000


async def in_flight(ask: Ask, bodies: Sequence[Any], width: int) -> Flight:
    """`width` callers that ask as soon as they are answered."""
    waiting, latencies = iter(bodies), list[float]()

    async def caller() -> None:
        for body in waiting:
            begin = time.perf_counter()
            await ask(body)
            latencies.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(width):
            group.create_task(caller())
    return Flight(time.perf_counter() - begin, latencies)


def flying(ask: Ask, draw: Callable[[], Sequence[Any]], width: int) -> Callable[[], Awaitable[Flight]]:
    """`in_flight` as a side of `interleave`; bodies are drawn anew each round, before the clock."""

    async def side() -> Flight:
        return await in_flight(ask, draw(), width)

    return side


async def sparse(ask: Ask, bodies: Iterable[Any], pause: tuple[float, float], seed: int = 1) -> Flight:
    """Calls with pauses between them, drawn evenly from `pause` in seconds: what a lone visitor sees."""
    rng, latencies, start = np.random.default_rng(seed), list[float](), time.perf_counter()
    for body in bodies:
        await asyncio.sleep(float(rng.uniform(*pause)))
        begin = time.perf_counter()
        await ask(body)
        latencies.append(time.perf_counter() - begin)
    return Flight(time.perf_counter() - start, latencies)


async def at_rate(ask: Ask, bodies: Sequence[Any], rate: float) -> Flight:
    """Calls that begin `rate` times a second, however long they take."""
    latencies, start = list[float](), time.perf_counter()

    async def call(body: Any) -> None:
        begin = time.perf_counter()
        await ask(body)
        latencies.append(time.perf_counter() - begin)

    async with asyncio.TaskGroup() as group:
        for number, body in enumerate(bodies):
            await asyncio.sleep(max(0.0, start + number / rate - time.perf_counter()))
            group.create_task(call(body))
    return Flight(time.perf_counter() - start, latencies)
