"""P9: the same question, best move of four, to our gateway and to the peer; and to the bus beside them."""

import asyncio
import json
import pickle  # noqa: TID251 - the peer's way; nothing of the product reads it
from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx

from contracts.battle import BattleRequested
from services.embedded.mlflow import probe_http
from services.embedded.ports import LOOPBACK, free_port
from services.gateway.access import HEADER
from shared.battle.simulator import simulate
from tests.benchmarks.best_move import asking_gateway, open_door
from tests.benchmarks.driving import Ask, flying
from tests.benchmarks.frames import Duels, fit
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import READY_SECONDS, Ground
from tests.benchmarks.measuring import Bound, compare, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import asking
from tests.support.battle import make_matchups, real_tables
from tests.support.pokedex import load_snapshot_pokedex

WIDTH = 32
TRAINED_ON = 1_500
TREES = 300
OUR_FACTOR = 20
"""So many calls of ours for one of theirs: a round of both takes alike."""


def measure(ground: Ground, plan: Plan, trees: int = TREES, trained_on: int = TRAINED_ON) -> Finding:
    """Both behind HTTP with one client; the peer is trained here, on battles of our simulator."""
    file = ground.folder / "peer.pickle"
    file.write_bytes(pickle.dumps(_pipeline(trees, trained_on)))
    port = free_port()
    with (
        open_door(ground) as (gateway, key),
        ground.program("rest-peer", "tests.benchmarks.rest_peer", str(port), str(file)) as peer,
    ):
        peer.wait_until(lambda: probe_http(LOOPBACK, port, "/health"), READY_SECONDS)
        return asyncio.run(_compare(ground, plan, gateway, f"http://{LOOPBACK}:{port}", key))


async def _compare(ground: Ground, plan: Plan, gateway: str, peer: str, key: str) -> Finding:
    draw = Draw(9)
    limits = httpx.Limits(max_connections=WIDTH, max_keepalive_connections=WIDTH)
    headers = {HEADER: key}
    async with (
        httpx.AsyncClient(timeout=60, limits=limits, headers=headers) as client,
        asking(ground) as on_the_bus,
    ):
        sides: dict[str, tuple[Ask, int]] = {
            "ours": (asking_gateway(client, gateway), plan.rest_calls * OUR_FACTOR),
            "peer": (_asking_peer(client, peer), plan.rest_calls),
            "bus": (on_the_bus, plan.rest_calls * OUR_FACTOR),
        }
        flights = await interleave(
            plan.rounds,
            {
                name: flying(ask, partial(draw.best_moves, count), WIDTH)
                for name, (ask, count) in sides.items()
            },
        )
    samples = (plan.rounds * plan.rest_calls * OUR_FACTOR, plan.rounds * plan.rest_calls)
    rates = {name: [one.rate for one in found] for name, found in flights.items()}
    tails = {name: [one.milliseconds(99) for one in found] for name, found in flights.items()}
    middles = {name: [one.milliseconds(50) for one in found] for name, found in flights.items()}
    limit, tail = Bound("at least", 30.0), Bound("at most", 1 / 30)
    return Finding(
        "P9",
        [
            compare("over HTTP, 32 in flight", "/s", rates["ours"], rates["peer"], limit, samples=samples),
            compare("over HTTP, p99", "ms", tails["ours"], tails["peer"], tail, samples=samples),
            compare("over HTTP, p50", "ms", middles["ours"], middles["peer"], samples=samples),
            compare("on the bus, 32 in flight", "/s", rates["bus"], rates["peer"], samples=samples),
            compare("on the bus, p99", "ms", tails["bus"], tails["peer"], samples=samples),
        ],
        ["ours weighs every reply of the opponent, theirs one; one client process asks both"],
    )


def _asking_peer(client: httpx.AsyncClient, peer: str) -> Ask:
    async def ask(body: BattleRequested) -> Any:
        moves = list(body.a.moves or ())
        asked = {"a": body.a.pokemon, "b": body.b.pokemon, "moves": moves}
        response = await client.post(f"{peer}/best-move", json=asked)
        response.raise_for_status()
        answer = json.loads(response.content)
        assert answer["recommended_move"] in moves
        return answer

    return ask


def _pipeline(trees: int, trained_on: int) -> Any:
    battles = Draw(8).resolved(trained_on)
    sides = [
        ((one.a.pokemon, one.a.moves[0], one.a.level), (one.b.pokemon, one.b.moves[0], one.b.level))
        for one in battles
    ]
    tables = real_tables()
    won: Sequence[bool] = (simulate(tables, make_matchups(tables, *sides), 20, 1).win_rate > 0.5).tolist()
    return fit(Duels(load_snapshot_pokedex()), battles, list(won), trees)
