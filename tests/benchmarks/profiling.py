"""Where the time of a request goes on the real path, through Kafka: `dex bench --profile`."""

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.capacity import BROKER, CALLER, STAGES
from tests.benchmarks.driving import Ask, Flight, in_flight
from tests.benchmarks.ground import Ground, Service
from tests.benchmarks.plan import Plan
from tests.benchmarks.profiled import BEGIN, END, VARIABLE, file_of, read
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import Echo, Payloads, asking, echo, echoing, record
from tests.benchmarks.sampling import Sampler, Stack, by_area, by_function
from tests.benchmarks.scale import cpu_seconds
from tests.support.local_stack import wait_for

AREAS: Final = 12
FUNCTIONS: Final = 15
WRITE_SECONDS: Final = 30.0
MODULE: Final = "tests.benchmarks.profiled"


@dataclass(frozen=True, slots=True)
class Load:
    """So many calls, so many at once."""

    width: int
    calls: int

    @property
    def words(self) -> str:
        """For headings."""
        return "one after the other" if self.width == 1 else f"{self.width} in flight"


@dataclass(frozen=True, slots=True)
class Seen:
    """One load on ours and on the floor. CPU seconds are of one call, by kind of process."""

    load: Load
    ours: Flight
    floor: Flight
    cpu: Mapping[str, float]
    floor_cpu: Mapping[str, float]
    stacks: Mapping[str, Mapping[Stack, int]]


def profile(ground: Ground, plan: Plan) -> str:
    """Markdown: CPU time by process beside the floor's, then each of our processes by area and function."""
    folder = ground.folder / "profiles"
    folder.mkdir()
    seen = []
    with ground.running(*STAGES, module=MODULE, **{VARIABLE: str(folder)}) as services:
        payloads = asyncio.run(record(ground))
        with echo(ground, "bare", payloads) as bare:
            for load in (Load(1, 5 * plan.sequential), Load(256, 2 * plan.calls)):
                ours, cpu, stacks = asyncio.run(_ours(ground, services, load))
                floor, floor_cpu = asyncio.run(_floor(ground, bare, payloads, load))
                seen.append(Seen(load, ours, floor, cpu, floor_cpu, stacks))
    return "\n\n".join(text for one in seen for text in told(one))


async def _ours(
    ground: Ground, services: Mapping[str, Service], load: Load
) -> tuple[Flight, Mapping[str, float], Mapping[str, Mapping[Stack, int]]]:
    pids = {name: service.process.pid for name, service in services.items()}
    folder, own = ground.folder / "profiles", Sampler()
    async with asking(ground) as ask:
        await in_flight(ask, Draw(1).duels(load.calls // 2), load.width)
        for pid in pids.values():
            os.kill(pid, BEGIN)
        own.start()
        flight, cpu = await _flown(ground, ask, load, {name: [pid] for name, pid in pids.items()})
        own.stop()
        for pid in pids.values():
            os.kill(pid, END)
    stacks: dict[str, Mapping[Stack, int]] = {CALLER: dict(own.stacks)}
    for name, pid in pids.items():
        file = file_of(folder, pid)
        wait_for(file.exists, WRITE_SECONDS, f"the profile of {name}")
        stacks[name] = read(file)
        file.unlink()
    return flight, cpu, stacks


async def _floor(
    ground: Ground, bare: Echo, payloads: Payloads, load: Load
) -> tuple[Flight, Mapping[str, float]]:
    async with echoing(ground, bare.topic, payloads) as ask:
        await in_flight(ask, Draw(1).duels(load.calls // 2), load.width)
        processes = {stage: [pid] for stage, pid in zip(STAGES, bare.pids, strict=True)}
        return await _flown(ground, ask, load, processes)


async def _flown(
    ground: Ground, ask: Ask, load: Load, processes: Mapping[str, Sequence[int]]
) -> tuple[Flight, Mapping[str, float]]:
    whole = {BROKER: [ground.kafka.pid], **processes}
    bodies = Draw(2).duels(load.calls)
    before = cpu_seconds(whole)
    flight = await in_flight(ask, bodies, load.width)
    after = cpu_seconds(whole)
    return flight, {kind: (after[kind] - before[kind]) / load.calls for kind in after}


def told(seen: Seen) -> list[str]:
    """Paragraphs of one load."""
    kinds = (CALLER, BROKER, *STAGES)
    rows = [f"| {kind} | {seen.cpu[kind] * 1e6:.0f} | {seen.floor_cpu[kind] * 1e6:.0f} |" for kind in kinds]
    total = f"| all | {sum(seen.cpu.values()) * 1e6:.0f} | {sum(seen.floor_cpu.values()) * 1e6:.0f} |"
    return [
        f"### {seen.load.words.capitalize()}",
        f"Ours: {_flight(seen.ours)}; floor: {_flight(seen.floor)}; {seen.load.calls:,} calls, sampled on "
        "our side.",
        "\n".join(["| CPU µs a call | ours | floor |", "| --- | --- | --- |", *rows, total]),
        *(_process(kind, seen.cpu[kind], seen.stacks[kind]) for kind in seen.stacks),
    ]


def _flight(flight: Flight) -> str:
    p50, p99 = flight.milliseconds(50), flight.milliseconds(99)
    return f"{flight.rate:,.0f} a second, p50 {p50:.2f} ms, p99 {p99:.2f} ms"


def _process(kind: str, cpu: float, stacks: Mapping[Stack, int]) -> str:
    def lines(shares: Sequence[tuple[str, float]], most: int) -> list[str]:
        return [f"| {name} | {share * cpu * 1e6:.1f} | {share:.0%} |" for name, share in shares[:most]]

    return "\n".join(
        [
            f"| {kind}, by area, {sum(stacks.values()):,} samples | µs a call | share |",
            "| --- | --- | --- |",
            *lines(by_area(stacks), AREAS),
            "",
            f"| {kind}, by function | µs a call | share |",
            "| --- | --- | --- |",
            *lines(by_function(stacks), FUNCTIONS),
        ]
    )
