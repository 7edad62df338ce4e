"""P10: what metrics cost, and each service's cold start and resident memory."""

import asyncio
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

from tests.benchmarks.driving import flying
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure, compare, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import PATH, asking, with_everything

SERVICES: Final = ("ingest", "training", "feature", "inference", "recorder", "drift", "gateway", "ui")
SHOWN_STARTS: Final = 2
"""Of services whose start has no goal."""


def measure(ground: Ground, plan: Plan, model: bytes) -> Finding:
    """Needs the ground's database. The unmetered services stand on a broker of their own."""
    with (
        tempfile.TemporaryDirectory(prefix="pdx-bench-") as folder,
        Ground(Path(folder), model) as other,
        ground.running(*PATH),
        other.running(*PATH, module="tests.benchmarks.unmetered"),
    ):
        cost = asyncio.run(_cost(ground, other, plan))
    bounds = {"inference": (Bound("at most", 3.0), Bound("at most", 150.0))}
    starts = {
        name: _cold_start(ground, name, plan.starts if name in bounds else SHOWN_STARTS) for name in SERVICES
    }
    with ground.running(*SERVICES) as services:
        everything = asyncio.run(with_everything(ground, plan))
        memory = {name: service.memory_mb for name, service in services.items()}
    measures = [cost]
    for name in SERVICES:
        start, resident = bounds.get(name, (None, None))
        measures.append(Measure(f"{name}: cold start to ready", "s", starts[name], bound=start))
        measures.append(Measure(f"{name}: resident memory under load", "MB", memory[name], bound=resident))
    return Finding(
        "P10",
        [*measures, *everything],
        [
            "a cold start is with the operating system's file cache warm",
        ],
    )


async def _cost(metered: Ground, unmetered: Ground, plan: Plan) -> Measure:
    draw = Draw(11)
    async with asking(metered) as ours, asking(unmetered) as without:
        flights = await interleave(
            plan.rounds,
            {
                name: flying(ask, partial(draw.duels, plan.calls), 256)
                for name, ask in (("ours", ours), ("without", without))
            },
        )
    rates = {name: [flight.rate for flight in found] for name, found in flights.items()}
    samples = (plan.rounds * plan.calls,) * 2
    return compare(
        "256 in flight, with metrics over without",
        "/s",
        rates["ours"],
        rates["without"],
        Bound("at least", 0.95),
        samples=samples,
    )


def _cold_start(ground: Ground, name: str, starts: int) -> float:
    seconds = []
    for _ in range(starts):
        with ground.running(name) as services:
            seconds.append(services[name].seconds)
    return median(seconds)
