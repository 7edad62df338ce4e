"""P8: the prediction log written in batches against one by one; drift at half load."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts.channels import PREDICTIONS_MADE
from contracts.serving import PredictionMade
from services.recorder.prediction_log import PredictionLog
from shared.bus import decode
from shared.database.pool import Database
from tests.benchmarks import drift_load
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure, compare, interleave
from tests.benchmarks.plan import Plan
from tests.support.bus import read_all

BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a row came from, as the log asks a record."""

    partition: int
    offset: int
    timestamp: int


def measure(ground: Ground, plan: Plan) -> Finding:
    """Needs the ground's database, which keeps what it acknowledges."""
    at_half_load = drift_load.measure(ground, plan)
    inserts = asyncio.run(_inserts(ground, plan))
    return Finding("P8", [inserts, *at_half_load], [drift_load.NOTE])


async def _inserts(ground: Ground, plan: Plan) -> Measure:
    records = await read_all(ground.kafka.bootstrap, PREDICTIONS_MADE.name)
    made: PredictionMade = decode(PREDICTIONS_MADE, records[-1].value)
    database = Database(ground.settings())
    await database.start()
    log, written = PredictionLog(database), 0

    async def insert(count: int, size: int) -> float:
        nonlocal written
        rows = [(_record(number), _numbered(made, number)) for number in range(written, written + count)]
        written += count
        begin = time.perf_counter()
        for start in range(0, count, size):
            await log.record(rows[start : start + size])
        return count / (time.perf_counter() - begin)

    try:
        rates = await interleave(
            plan.rounds,
            {
                "batched": lambda: insert(plan.inserted, BATCH),
                "singly": lambda: insert(plan.inserted_singly, 1),
            },
        )
    finally:
        await database.stop()
    samples = (plan.rounds * plan.inserted, plan.rounds * plan.inserted_singly)
    bound = Bound("at least", 5.0)
    return compare(
        "rows a second, batches of 500 against one a transaction",
        "/s",
        rates["batched"],
        rates["singly"],
        bound,
        samples=samples,
    )


def _record(number: int) -> Any:
    return _Place(0, number, int(time.time() * 1_000))


def _numbered(made: PredictionMade, number: int) -> PredictionMade:
    return msgspec.structs.replace(made, request_id=f"bench-{number}")
