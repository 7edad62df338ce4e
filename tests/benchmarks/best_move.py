"""P14: best move of four against all replies through the REST API, as a caller with a key has it."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import httpx

from contracts.access import Scope
from contracts.battle import BattleRequested
from services.cli.granting import now_ms, write_grants
from services.gateway.access import HEADER
from shared.api_keys import draw_key
from tests.benchmarks.driving import Ask, Flight, flying
from tests.benchmarks.goals import Finding
from tests.benchmarks.ground import READY_SECONDS, Ground
from tests.benchmarks.measuring import Bound, Measure, alone, interleave
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.benchmarks.request_path import PATH
from tests.support.local_stack import wait_for

ROUTE: Final = "/predict/best-move"
KEY_LIFETIME_MS: Final = 3_600_000
UNLIMITED: Final = {
    f"PDX_{who}_{what}": "1000000" for who in ("KEY", "ADDRESS") for what in ("RATE", "BURST")
}
"""The limits of the REST API are to keep one caller from what is measured here."""
MOST_MS: Final = 100.0
ALONE: Final = "one after the other"
WIDTHS: Final = {1: ALONE, 8: "8 in flight"}
JUDGED: Final = {ALONE: Bound("at most", MOST_MS)}
"""What one caller waits for; how it is beside others is shown."""


def measure(ground: Ground, plan: Plan) -> Finding:
    """Latencies of single calls over HTTP; a round before those that count warms everything up."""
    with open_door(ground) as (gateway, key):
        return asyncio.run(_measure(plan, gateway, key))


@contextmanager
def open_door(ground: Ground, *scopes: Scope) -> Iterator[tuple[str, str]]:
    """The request path and the gateway as processes; yields its base URL and a key that it takes.

    The key may predict, and what `scopes` say.
    """
    with ground.running(*PATH, "gateway", **UNLIMITED) as services:
        gateway = services["gateway"].url
        grant, key = draw_key("bench", (Scope.PREDICT, *scopes), now_ms=now_ms(), lifetime_ms=KEY_LIFETIME_MS)
        asyncio.run(write_grants(ground.settings(), [grant]))
        wait_for(lambda: _is_let_in(gateway, key), READY_SECONDS, "the gateway to take the key")
        yield gateway, key


def asking_gateway(client: httpx.AsyncClient, gateway: str) -> Ask:
    """One call to the gateway, with the client's key."""

    async def ask(body: BattleRequested) -> Any:
        response = await client.post(f"{gateway}{ROUTE}", json=_as_asked(body))
        response.raise_for_status()
        answer = json.loads(response.content)
        assert answer["recommended_move"] in (body.a.moves or ())
        return answer

    return ask


def _as_asked(body: BattleRequested) -> dict[str, Any]:
    moves = list(body.a.moves or ())
    return {"a": {"pokemon": body.a.pokemon, "moves": moves}, "b": {"pokemon": body.b.pokemon}}


def _is_let_in(gateway: str, key: str) -> bool:
    body = _as_asked(Draw(1).best_moves(1)[0])
    answer = httpx.post(f"{gateway}{ROUTE}", json=body, headers={HEADER: key}, timeout=30)
    return answer.status_code == httpx.codes.OK


async def _measure(plan: Plan, gateway: str, key: str) -> Finding:
    draw = Draw(14)
    async with httpx.AsyncClient(timeout=60, headers={HEADER: key}) as client:
        ask = asking_gateway(client, gateway)
        flights = await interleave(
            plan.rounds,
            {
                name: flying(ask, partial(draw.best_moves, plan.sequential), width)
                for width, name in WIDTHS.items()
            },
        )
    measures = []
    for name in WIDTHS.values():
        measures.append(_latency(plan, name, 95, flights[name], JUDGED.get(name)))
        measures.append(_latency(plan, name, 50, flights[name], None))
    return Finding("P14", measures, ["with an API key; each of four moves against every reply"])


def _latency(plan: Plan, name: str, percent: int, flights: list[Flight], bound: Bound | None) -> Measure:
    found = [flight.milliseconds(percent) for flight in flights]
    return alone(f"{name}, p{percent}", "ms", found, bound, samples=(plan.rounds * plan.sequential,))
