"""Where the time of a request goes without Kafka: `python -m tests.benchmarks.steps [BATCH …]`.

Prints CPU microseconds a request of the two handlers, whole and by function, for batches of some sizes.
"""

import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from aiokafka import ConsumerRecord
from prometheus_client import CollectorRegistry

from contracts import headers as names
from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, REQUEST_ANSWERED, Channel
from services.feature.app import FeatureWork
from services.inference.app import InferenceWork
from services.inference.onnx_session import OnnxModel
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.bus import encode
from shared.delivery import Delivered, Outgoing
from shared.delivery.door import open_record
from shared.metrics import DeliveryMetrics
from tests.benchmarks.forest import TINY, grow
from tests.benchmarks.questions import Draw
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.releases import a_release

REQUESTS: Final = 2_048
TREES: Final = 200
BATCHES: Final = (1, 32, 256)
SHOWN: Final = 22

Work = Callable[[Sequence[Delivered]], Awaitable[Sequence[Sequence[Outgoing]]]]


def main(batches: Sequence[int]) -> None:
    """Time first, then profile: the profiler makes everything slower."""
    feature, inference = _handlers()
    requests = [_record(BATTLE_REQUESTED, encode(BATTLE_REQUESTED, one)) for one in Draw(1).duels(REQUESTS)]
    sent = _run(BATTLE_REQUESTED, feature, requests)
    computed = [_record(FEATURES_COMPUTED, one.value or b"") for one in sent]
    stages: dict[str, Callable[[int], object]] = {
        "feature": lambda size: _run(BATTLE_REQUESTED, feature, requests, size),
        "inference": lambda size: _run(FEATURES_COMPUTED, inference, computed, size),
    }
    for size in batches:
        for name, stage in stages.items():
            stage(size)
            begin = time.process_time()
            stage(size)
            taken = (time.process_time() - begin) / REQUESTS * 1e6
            print(f"{name:<10} batches of {size:<4} {taken:8.1f} µs a request")
    for name, stage in stages.items():
        profile = cProfile.Profile(time.process_time)
        profile.runcall(stage, batches[-1])
        print(f"\n{name}, batches of {batches[-1]}, µs a request by own time; the profiler costs too")
        _print(profile)


def _handlers() -> tuple[Work, Work]:
    pokedex, family = load_snapshot_pokedex(), BattleFamily()
    family.prepare(pokedex)
    release = a_release(
        version="bench",
        feature_set=FEATURE_SET,
        feature_names=FEATURE_NAMES,
        pokedex_hash=pokedex.pokedex_hash,
    )
    model = OnnxModel(release, grow(TINY, TREES).onnx)
    readers: Any = SimpleNamespace(pokedex=pokedex, champion=lambda _: release, model_for=lambda *_: model)
    service: Any = SimpleNamespace(metrics=DeliveryMetrics(CollectorRegistry()))
    return FeatureWork(family, readers, readers, service), InferenceWork(readers, {family.name: family})


def _run(channel: Channel, work: Work, records: Sequence[Any], size: int = REQUESTS) -> list[Outgoing]:
    """What the handler sends of all records, through the door in batches; replies left out."""

    async def run() -> list[Outgoing]:
        sent: list[Outgoing] = []
        for start in range(0, len(records), size):
            opened = [open_record(channel, record) for record in records[start : start + size]]
            results = await work([one for one in opened if isinstance(one, Delivered)])
            sent += [item for result in results for item in result if item.topic != REQUEST_ANSWERED.name]
        return sent

    return asyncio.run(run())


def _record(channel: Channel, value: bytes) -> Any:
    headers = [
        (names.SCHEMA_VERSION, b"1"),
        (names.CORRELATION_ID, b"c" * 32),
        (names.REPLY_TO, REQUEST_ANSWERED.name.encode()),
        (names.REPLY_PARTITION, b"3"),
        (names.DEADLINE, b"%d" % int((time.time() + 600) * 1_000)),
    ]
    key = b"k" * 32
    return ConsumerRecord(
        channel.name, 0, 0, int(time.time() * 1_000), 1, key, value, None, len(key), len(value), headers
    )


def _print(profile: cProfile.Profile) -> None:
    rows = []
    for (file, line, name), (_, calls, own, cumulative, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{Path(file).parent.name}/{Path(file).name}:{line}" if line else ""
        rows.append((own / REQUESTS * 1e6, cumulative / REQUESTS * 1e6, calls / REQUESTS, f"{name} {where}"))
    for own, cumulative, calls, text in sorted(rows, reverse=True)[:SHOWN]:
        print(f"  {own:7.1f} own {cumulative:8.1f} whole {calls:7.2f} calls  {text}")


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]] or BATCHES)
