"""Every problem of the OpenAPI document is provoked, and what comes back is compared with it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

import httpx
import pytest

from contracts.access import Scope
from contracts.serving import Refused
from services.gateway.examples import jobs
from services.gateway.examples.problems import REFUSED, TOO_MANY_STREAMS
from services.gateway.request_ids import EXAMPLE, HEADER
from services.gateway.streams import MAXIMUM_STREAMS_OF_KEY
from shared.errors import Overloaded, ReplyTimeout
from tests.support.gateway_door import Door
from tests.support.openapi import (
    ask,
    assert_shown,
    bodies,
    keep_documented_job,
    keep_documented_past,
    operation,
    operations,
    parameters,
)

Provoke = Callable[[Door, str, str, dict[str, Any]], Any]


async def provoke_unknown(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    if shown["field"] in parameters(method, path, "path"):
        return await ask(door, method, path, named={shown["field"]: shown["value"]})
    return await provoke_by_value(door, method, path, shown)


async def provoke_by_value(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    """The value that is refused, in its field of the body or of the query."""
    field, value = shown["field"], shown["value"]
    if method in ("get", "delete"):
        return await ask(door, method, path, params={field: value})
    lists: dict[str, list[Any]] = {"[]": [], "0": []}
    return await ask(
        door, method, path, json={**bodies(method, path)[0]["json"], field: lists.get(value, value)}
    )


async def provoke_conflict(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    if shown["field"] == HEADER:
        other = bodies("post", "/predict/battle")[1]
        await ask(door, "post", "/predict/battle", headers={HEADER: shown["value"]}, **other)
        return await ask(door, method, path, headers={HEADER: EXAMPLE})
    door.log.rows = [replace(one, outcome="b") for one in door.log.rows]
    kept = door.jobs.kept[jobs.JOB_ID]
    del kept.settled[0]
    await door.jobs.settle(jobs.JOB_ID, [])
    return await ask(door, method, path)


async def provoke_refusal(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    if shown["title"] != REFUSED["title"]:
        return await provoke_by_value(door, method, path, shown)
    door.requester.responder = lambda _, request_id: Refused(
        request_id=request_id,
        field=REFUSED["field"],
        value=REFUSED["value"],
        reason="unknown",
        message=REFUSED["detail"],
        remedy=REFUSED["remedy"],
        suggestions=tuple(REFUSED["suggestions"]),
    )
    return await ask(door, method, path)


async def provoke_crowd(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    for _ in range(MAXIMUM_STREAMS_OF_KEY):
        door.streams.admit(door.key_id)
    return await ask(door, method, path)


async def provoke_unready(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    door.requester.failure = Overloaded(shown.get("detail", ""))
    door.log.is_away = door.jobs.is_away = door.drift.is_away = True
    door.models.assignments = {}
    if not path.startswith("/health"):
        door.pokedex.pokedex = None
    return await ask(door, method, path)


async def provoke_missing_scope(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    key = door.keys.grant(Scope(shown["value"]), key_id=shown["detail"].split()[2])
    return await ask(door, method, path, headers={"X-API-Key": key})


def _questions(method: str, path: str) -> int:
    """How many the request that the document shows counts as."""
    body: dict[str, Any] = next((one["json"] for one in bodies(method, path) if "json" in one), {})
    if isinstance(body.get("a"), list):
        return len(body["a"]) * len(body["b"])
    return len(body.get("battles", [0]))


async def provoke_haste(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    if shown["title"] == TOO_MANY_STREAMS["title"]:
        return await provoke_crowd(door, method, path, shown)
    key = door.keys.grant(*Scope, key_id=shown["value"])
    # all questions of the first request in a second, which is the documented wait
    door.limit(key_rate=float(_questions(method, path)), key_burst=1)
    await ask(door, method, path, headers={"X-API-Key": key})
    answered = await ask(door, method, path, headers={"X-API-Key": key})
    door.limit()
    return answered


async def provoke_silence(door: Door, method: str, path: str, shown: dict[str, Any]) -> httpx.Response:
    door.requester.failure = ReplyTimeout(shown["detail"])
    door.log.rows = []  # nothing is known of that id
    return await ask(door, method, path, headers={HEADER: shown["request_id"]})


PROVOKE: Final[dict[str, Provoke]] = {
    "400": lambda door, method, path, _: ask(door, method, path, content=""),
    "401": lambda door, method, path, _: ask(door, method, path, headers={"X-API-Key": ""}),
    "403": provoke_missing_scope,
    "404": provoke_unknown,
    "406": lambda door, method, path, shown: ask(door, method, path, headers={"accept": shown["value"]}),
    "409": provoke_conflict,
    "413": lambda door, method, path, shown: ask(
        door, method, path, content=" " * int(shown["value"].split(" ")[0])
    ),
    "415": lambda door, method, path, shown: ask(
        door, method, path, content="a,b", headers={"content-type": shown["value"]}
    ),
    "422": provoke_refusal,
    "429": provoke_haste,
    "503": provoke_unready,
    "504": provoke_silence,
}


@pytest.mark.parametrize(("method", "path"), operations())
async def test_every_documented_problem_is_what_the_route_says(method: str, path: str, door: Door) -> None:
    as_it_was = (door.pokedex.pokedex, door.models.assignments, door.requester.responder)
    keep_documented_past(door)
    await keep_documented_job(door)
    for status, response in operation(method, path)["responses"].items():
        if status.startswith("2") or status in ("304", "default"):
            continue
        [content] = response["content"].values()
        example = content["example"]

        answered = await PROVOKE[status](door, method, path, example)

        actual = answered.json()
        assert answered.status_code == actual.get("status", answered.status_code)
        if answered.headers["content-type"] == "application/problem+json":
            assert unquote(actual.pop("instance")) == answered.request.url.path
            assert actual["status"] == int(status)
        assert_shown(example, actual, f"{path} {status}")
        door.requester.failure = None
        door.log.is_away = door.jobs.is_away = door.drift.is_away = False
        for _ in range(door.streams.open_of(door.key_id)):
            door.streams.release(door.key_id)
        door.pokedex.pokedex, door.models.assignments, door.requester.responder = as_it_was


async def test_any_other_error_is_the_documented_one(door: Door) -> None:
    door.requester.failure = ZeroDivisionError("planted")

    response = await ask(door, "post", "/predict/battle")

    actual = response.json()
    assert response.status_code == 500
    assert actual.pop("instance") == "/predict/battle"
    for method, path in operations():
        documented = operation(method, path)["responses"].get("default")
        if documented is not None:
            [content] = documented["content"].values()
            assert_shown(content["example"], actual)
