"""P1, P2, P3: the request path against a bare echo, FastStream's defaults and Kafka transactions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final

import msgspec

from contracts.battle import BattleRequested
from contracts.channels import (
    BATTLE_REQUESTED,
    FEATURES_COMPUTED,
    REQUEST_ANSWERED,
    Channel,
)
from contracts.serving import Predicted
from services.embedded.processes import LocalProcess
from shared.bus import encode
from shared.replies import Requester
from shared.topics import create_topics
from tests.benchmarks.bare_client import BareClient
from tests.benchmarks.driving import Ask, Flight, flying, sparse
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.measuring import Bound, Measure, alone, compare, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.stages import Note, note_channel
from tests.support.bus import read_all

PATH: Final = ("feature", "inference")
WIDTHS: Final = (32, 256)
SPARSE_PAUSE: Final = (0.3, 0.7)
REPLY_PARTITION: Final = 11
NOTE: Final = msgspec.json.encode(Note(1, "x" * 450))


@dataclass(frozen=True, slots=True)
class Payloads:
    """What one duel of ours carries at each hop, as it lay on the topics."""

    request: bytes
    features: bytes
    reply: bytes

    @property
    def words(self) -> str:
        """For the notes."""
        return (
            f"payloads: request {len(self.request)}, features {len(self.features)}, "
            f"reply {len(self.reply)} bytes, both sides"
        )


def measure(ground: Ground, plan: Plan, wanted: Collection[str]) -> list[Finding]:
    """The goals that are wanted of the three; the ground's services are started and stopped here."""
    findings = []
    with ground.running(*PATH):
        payloads = asyncio.run(record(ground))
        with echo(ground, "bare", payloads) as floor:
            if "P1" in wanted:
                findings.append(asyncio.run(_latency(ground, plan, payloads, floor.topic)))
            if "P2" in wanted:
                findings.append(asyncio.run(_throughput(ground, plan, payloads, floor.topic)))
        if "P3" in wanted:
            with echo(ground, "transactional", payloads) as peer:
                findings.append(asyncio.run(_against_transactions(ground, plan, payloads, peer.topic)))
    return [_with_more(ground, plan, finding, payloads) for finding in findings]


async def record(ground: Ground) -> Payloads:
    """Ask one duel, and see what lies on the topics after it."""
    (duel,) = Draw(1).duels(1)
    async with asking(ground) as ask:
        await ask(duel)
    hops = [
        (await read_all(ground.kafka.bootstrap, one.name))[-1].value
        for one in (
            FEATURES_COMPUTED,
            REQUEST_ANSWERED,
        )
    ]
    return Payloads(encode(BATTLE_REQUESTED, duel), *hops)


@asynccontextmanager
async def asking(ground: Ground) -> AsyncIterator[Ask]:
    """Our side: the requester that every front door has."""
    requester = Requester(ground.settings(), name="bench")
    await requester.start()

    async def ask(body: BattleRequested) -> Predicted:
        reply = await requester.ask(BATTLE_REQUESTED, body, timeout_s=30)
        if not isinstance(reply, Predicted):
            raise TypeError(f"{body} was refused: {reply}")
        return reply

    try:
        yield ask
    finally:
        await requester.stop()


_topics = count(1)


@dataclass(frozen=True, slots=True)
class Echo:
    """Two stages that run: the topic to ask on, and their process ids in order."""

    topic: str
    pids: tuple[int, int]


@contextmanager
def echo(ground: Ground, kind: str, payloads: Payloads) -> Iterator[Echo]:
    """Two stages of a kind as processes."""
    name = f"bench.{kind}-{next(_topics)}"
    first, second = note_channel(f"{name}-a.v1"), note_channel(f"{name}-b.v1")
    asyncio.run(create_topics(ground.kafka.bootstrap, (first, second)))
    with ExitStack() as stack:
        one = stack.enter_context(_stage(ground, kind, first, payloads.features, sink=second.name))
        other = stack.enter_context(_stage(ground, kind, second, payloads.reply))
        yield Echo(first.name, (one.pid, other.pid))


@contextmanager
def _stage(
    ground: Ground, kind: str, source: Channel, payload: bytes = b"", sink: str = ""
) -> Iterator[LocalProcess]:
    arguments = [kind, "--bootstrap", ground.kafka.bootstrap, "--source", source.name]
    if payload:
        file = ground.folder / f"{source.name}.payload"
        file.write_bytes(payload)
        arguments += ["--payload", str(file)]
    if sink:
        arguments += ["--sink", sink]
    with ground.program(source.name, "tests.benchmarks.stages", *arguments) as process:
        yield process


@asynccontextmanager
async def echoing(
    ground: Ground, topic: str, payloads: Payloads, *, committed: bool = False
) -> AsyncIterator[Ask]:
    """The side of a floor or peer; every answer is the recorded one."""
    client = BareClient(
        ground.kafka.bootstrap, topic, REQUEST_ANSWERED.name, REPLY_PARTITION, committed=committed
    )
    async with client:
        await client.wait_answered(payloads.request)

        async def ask(body: BattleRequested) -> None:
            answer = await client.ask(payloads.request)
            if answer != payloads.reply:
                raise ValueError(f"the echo answered {answer[:80]!r}")

        yield ask


async def _latency(ground: Ground, plan: Plan, payloads: Payloads, topic: str) -> Finding:
    draw = Draw(2)
    async with asking(ground) as ours, echoing(ground, topic, payloads) as floor:
        sides = {"ours": ours, "floor": floor}
        flights = await interleave(plan.rounds, _in_turns(sides, lambda: draw.duels(plan.sequential), 1))
        alone_at = {
            name: await sparse(ask, draw.duels(plan.sparse), SPARSE_PAUSE) for name, ask in sides.items()
        }
    samples = (plan.rounds * plan.sequential,) * 2
    measures = [
        _latencies("sequential p50", 50, flights, "floor", Bound("at most", 1.5), samples),
        _latencies("sequential p99", 99, flights, "floor", Bound("at most", 2.0), samples),
        _latencies("sequential p95", 95, flights, "floor", None, samples),
    ]
    for percent in (50, 95):
        ours_ms, floor_ms = (alone_at[name].milliseconds(percent) for name in sides)
        measures.append(
            compare(f"sparse p{percent}", "ms", [ours_ms], [floor_ms], samples=(plan.sparse, plan.sparse))
        )
    return Finding("P1", measures, [payloads.words, "sparse: one call each 0.3 to 0.7 s"])


async def _throughput(ground: Ground, plan: Plan, payloads: Payloads, topic: str) -> Finding:
    measures = []
    async with asking(ground) as ours, echoing(ground, topic, payloads) as floor:
        for width in reversed(WIDTHS):
            measures.append(
                await _rates(
                    plan,
                    {"ours": ours, "floor": floor},
                    width,
                    f"{width} in flight",
                    Bound("at least", 0.6) if width == max(WIDTHS) else None,
                )
            )
    return Finding("P2", measures, [payloads.words])


async def _against_transactions(ground: Ground, plan: Plan, payloads: Payloads, topic: str) -> Finding:
    draw = Draw(3)
    async with asking(ground) as ours, echoing(ground, topic, payloads, committed=True) as peer:
        sides = {"ours": ours, "peer": peer}
        rate = await _rates(plan, sides, max(WIDTHS), "256 in flight", Bound("at least", 2.0))
        narrow = await _rates(replace(plan, calls=plan.slow_calls), sides, 32, "32 in flight", None)
        few = plan.sequential // 4
        flights = await interleave(plan.rounds, _in_turns(sides, lambda: draw.duels(few), 1))
    samples = (plan.rounds * few,) * 2
    p50 = _latencies("sequential p50", 50, flights, "peer", Bound("at most", 0.5), samples)
    return Finding(
        "P3", [rate, p50, narrow], ["theirs only echoes; ours computes, scores and keeps the fact"]
    )


def _with_more(ground: Ground, plan: Plan, finding: Finding, payloads: Payloads) -> Finding:
    """P2 has parts that need other processes: one stage alone, and the path without batches."""
    if finding.id != "P2":
        return finding
    more = [asyncio.run(_one_stage(ground, plan, "default", plan.calls, 4.0))]
    more.append(asyncio.run(_one_stage(ground, plan, "each", plan.slow_calls, 30.0)))
    with (
        ground.running(*PATH, PDX_MAXIMUM_BATCH_RECORDS="1"),
        echo(ground, "bare", payloads) as floor,
    ):
        more.append(asyncio.run(_unbatched(ground, plan, payloads, floor.topic)))
    return replace(finding, measures=[*finding.measures, *more])


async def _unbatched(ground: Ground, plan: Plan, payloads: Payloads, topic: str) -> Measure:
    async with asking(ground) as ours, echoing(ground, topic, payloads) as floor:
        few = replace(plan, calls=plan.slow_calls)
        return await _rates(few, {"ours": ours, "floor": floor}, 32, "32 in flight, no batches", None)


async def _one_stage(ground: Ground, plan: Plan, kind: str, their_calls: int, limit: float) -> Measure:
    """One stage of ours against one of FastStream's, 475 bytes of JSON, validated on both sides."""
    number = next(_topics)
    replies = replace(note_channel(f"bench.replies-{number}.v1"), partitions=1)
    channels = {one: note_channel(f"bench.{one}-{number}.v1") for one in ("ours", kind)}
    await create_topics(ground.kafka.bootstrap, (replies, *channels.values()))
    async with AsyncExitStack() as stack:
        sides: dict[str, Ask] = {}
        for one, channel in channels.items():
            stack.enter_context(_stage(ground, one, channel))
            # our door lets no caller name another topic than that of replies
            target = (REQUEST_ANSWERED.name, REPLY_PARTITION) if one == "ours" else (replies.name, 0)
            client = BareClient(ground.kafka.bootstrap, channel.name, *target)
            await stack.enter_async_context(client)
            await client.wait_answered(NOTE)
            sides[one] = _asks_note(client)
        calls = {"ours": plan.calls, kind: their_calls}
        notes = {one: [NOTE] * number for one, number in calls.items()}
        results = await interleave(
            plan.rounds, {one: flying(ask, notes[one].copy, 256) for one, ask in sides.items()}
        )
    name = {"default": "one stage against FastStream's default", "each": "one stage against a commit each"}
    rates = {one: [flight.rate for flight in flights] for one, flights in results.items()}
    samples = tuple(plan.rounds * number for number in calls.values())
    bound = Bound("at least", limit)
    return compare(f"{name[kind]}, 256 in flight", "/s", rates["ours"], rates[kind], bound, samples=samples)


def _asks_note(client: BareClient) -> Ask:
    async def ask(body: bytes) -> None:
        if msgspec.json.decode(await client.ask(body), type=Note).number != 1:
            raise ValueError("the stage answered another note")

    return ask


async def _rates(plan: Plan, sides: Mapping[str, Ask], width: int, name: str, bound: Bound | None) -> Measure:
    draw = Draw(width)
    flights = await interleave(plan.rounds, _in_turns(sides, lambda: draw.duels(plan.calls), width))
    ours, peer = ([flight.rate for flight in one] for one in flights.values())
    return compare(name, "/s", ours, peer, bound, samples=(plan.rounds * plan.calls,) * 2)


def _in_turns(
    sides: Mapping[str, Ask], draw: Callable[[], Sequence[Any]], width: int
) -> dict[str, Callable[[], Awaitable[Flight]]]:
    return {side: flying(ask, draw, width) for side, ask in sides.items()}


def _latencies(
    name: str,
    percent: float,
    flights: Mapping[str, Sequence[Flight]],
    peer: str,
    bound: Bound | None,
    samples: tuple[int, ...],
) -> Measure:
    ours, theirs = ([one.milliseconds(percent) for one in flights[side]] for side in ("ours", peer))
    return compare(name, "ms", ours, theirs, bound, samples=samples)


async def with_everything(ground: Ground, plan: Plan) -> list[Measure]:
    """The same figures with all services running beside it: shown, without a goal."""
    draw = Draw(4)
    async with asking(ground) as ours:
        slow = await interleave(
            plan.rounds, _in_turns({"ours": ours}, lambda: draw.duels(plan.sequential), 1)
        )
        fast = await interleave(plan.rounds, _in_turns({"ours": ours}, lambda: draw.duels(plan.calls), 256))
    samples = (plan.rounds * plan.sequential,)
    return [
        alone(
            "with all services: sequential p50",
            "ms",
            [f.milliseconds(50) for f in slow["ours"]],
            samples=samples,
        ),
        alone(
            "with all services: sequential p99",
            "ms",
            [f.milliseconds(99) for f in slow["ours"]],
            samples=samples,
        ),
        alone(
            "with all services: 256 in flight",
            "/s",
            [flight.rate for flight in fast["ours"]],
            samples=(plan.rounds * plan.calls,),
        ),
    ]
