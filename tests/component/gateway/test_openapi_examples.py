"""Every example of the OpenAPI document is sent, and what comes back is compared with the example."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, Final
from urllib.parse import unquote

import httpx
import msgspec
import pytest
from jsonschema import Draft202012Validator

from contracts.access import Scope
from contracts.battle import BattleAnswer, BattleRequested, Combatant, ResolvedBattle
from contracts.models import ModelAssigned
from contracts.serving import Predicted, PredictionMade, Refused
from services.gateway.app import create_app
from services.gateway.domain import Question
from services.gateway.examples import drift, history, jobs
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.problems import REFUSED, TOO_MANY_STREAMS
from services.gateway.examples.system import CURRENT_MODEL
from services.gateway.history.stored import StoredPrediction
from services.gateway.jobs.job import answered
from services.gateway.jobs.uploads import read_upload
from services.gateway.streams import MAXIMUM_STREAMS_OF_KEY
from shared.battle.facts import facts_of, order_of
from shared.battle.resolving import resolve_battle
from shared.database.drift_windows import StoredReport, StoredWindow
from shared.drift.documents import Standing, Window
from shared.errors import Overloaded, ReplyTimeout
from shared.settings import Settings
from tests.support.gateway import Fakes, release
from tests.support.gateway_door import POKEDEX_FIXED, POKEDEX_LISTS, Door
from tests.support.gateway_stores import NOON
from tests.support.pokedex import load_snapshot_pokedex

EXCERPT: Final = "/asyncapi.json"
"""The one route whose example has fewer members than the answer."""


@cache
def document() -> dict[str, Any]:
    return create_app(Settings(), Fakes().ports()).openapi()


def operations() -> list[tuple[str, str]]:
    return [(method, path) for path, methods in document()["paths"].items() for method in methods]


def operation(method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][path][method]
    return found


def parameters(method: str, path: str, where: str) -> dict[str, Any]:
    """Name → first example of each parameter."""
    return {
        one["name"]: one["schema"].get("examples", [None])[0]
        for one in operation(method, path).get("parameters", ())
        if one["in"] == where
    }


def bodies(method: str, path: str) -> list[dict[str, Any]]:
    """Each body that is shown, as arguments of a request."""
    content = operation(method, path).get("requestBody", {}).get("content", {})
    return [
        {"json": example["value"]}
        if media_type == "application/json"
        else {"content": example["value"], "headers": {"content-type": media_type}}
        for media_type, shown in content.items()
        for example in shown["examples"].values()
    ]


def success(method: str, path: str) -> tuple[int, dict[str, Any]]:
    """Status and content, by media type, of the response when all is well."""
    [(status, response)] = [
        (int(status), response)
        for status, response in operation(method, path)["responses"].items()
        if status.startswith("2")
    ]
    return status, response.get("content", {})


def forms() -> list[tuple[str, str, str]]:
    """Method, path and media type of each answer."""
    return [
        (method, path, media_type)
        for method, path in operations()
        for media_type in success(method, path)[1] or [""]
    ]


async def ask(
    door: Door, method: str, path: str, *, named: dict[str, str] | None = None, **how: Any
) -> httpx.Response:
    """The request that the document shows, with other values in the path or anything else."""
    values = parameters(method, path, "path") | (named or {})
    if bodies(method, path) and "content" not in how:
        how = bodies(method, path)[0] | how
    return await door.client.request(method, path.format_map(values), **how)


def documented_answer() -> BattleAnswer:
    return msgspec.convert({name: PREDICTION[name] for name in BattleAnswer.__struct_fields__}, BattleAnswer)


def documented_prediction(request: BattleRequested, request_id: str) -> Predicted:
    said = documented_answer()
    if not request.explain:
        said = msgspec.structs.replace(said, explanation=None)
    return Predicted(
        request_id=request_id,
        family="battle",
        model_version=PREDICTION["model_version"],
        feature_set=PREDICTION["feature_set"],
        pokedex_hash=PREDICTION["pokedex_hash"],
        answer=msgspec.Raw(msgspec.json.encode(said)),
    )


def documented_window() -> StoredWindow:
    shown = drift.WINDOW
    times = {
        f"{name}_ms": int(datetime.fromisoformat(shown[name]).timestamp() * 1_000)
        for name in ("start", "end")
    }
    same = {name: shown[name] for name in Window.__struct_fields__ if name in shown}
    window = msgspec.convert(same | times | {"standing": Standing(shown["state"])}, Window)
    return StoredWindow(
        window=window,
        closed_at=NOON,
        report=msgspec.convert(shown["report"], StoredReport),
        **{name: shown[name] for name in ("window_id", "revision", "sha256", "is_withdrawn", "offsets")},
    )


def release_documented_model(door: Door) -> None:
    def milliseconds(name: str) -> int:
        return int(datetime.fromisoformat(CURRENT_MODEL[name]).timestamp() * 1_000)

    version = CURRENT_MODEL["version"]
    same = {name: CURRENT_MODEL[name] for name in ("feature_set", "metrics", "sha256", "size_bytes")}
    hashes = {name: CURRENT_MODEL[name] for name in ("dataset_hash", "pokedex_hash")}
    released = msgspec.structs.replace(
        release(version), released_at_ms=milliseconds("released_at"), **same, **hashes
    )
    door.models.releases = {("battle", version): released}
    door.models.assignments = {
        "battle": ModelAssigned(
            family="battle",
            champion=version,
            previous=CURRENT_MODEL["previous"],
            assigned_at_ms=milliseconds("assigned_at"),
            reason=CURRENT_MODEL["reason"],
        )
    }


def keep_documented_past(door: Door) -> None:
    """The prediction and the window that the document shows."""
    door.drift.rows = [documented_window()]
    door.drift.files = {
        drift.WINDOW["report"]["json_sha256"]: msgspec.json.encode(drift.REPORT),
        drift.WINDOW["report"]["html_sha256"]: drift.REPORT_PAGE.encode(),
    }
    shown = history.PREDICTION
    stored = {name: shown[name] for name in shown if name not in ("made_at", "outcome")}
    door.log.rows = [StoredPrediction(**stored, requester=door.key_id, made_at=NOON)]
    door.tail.made = [
        PredictionMade(
            **{name: shown[name] for name in ("request_id", "family", "model_version", "feature_set")},
            pokedex_hash=shown["pokedex_hash"],
            request=msgspec.Raw(msgspec.json.encode(shown["request"])),
            answer=msgspec.Raw(msgspec.json.encode(shown["answer"])),
            body_hash="",
            features=b"",
            requester=door.key_id,
        )
    ]


async def keep_documented_job(door: Door) -> None:
    body = msgspec.json.encode(bodies("post", "/jobs")[0]["json"])
    rows = read_upload("application/json", body, load_snapshot_pokedex)
    assert isinstance(rows[0], Question)
    door.jobs.is_held = True
    await door.jobs.accept(jobs.JOB_ID, door.key_id, rows)
    reply = documented_prediction(rows[0].request, f"{jobs.JOB_ID}-0")
    await door.jobs.settle(jobs.JOB_ID, [answered(0, rows[0], reply)])


def assert_shown(example: Any, actual: Any, at: str = "") -> None:
    """`actual` is what `example` shows; a list of an example may have fewer members."""
    if isinstance(example, dict):
        assert isinstance(actual, dict), at
        assert example.keys() == actual.keys(), at
        for name in example.keys() - {"request_id", "job_id"}:
            assert_shown(example[name], actual[name], f"{at}.{name}")
    elif isinstance(example, list):
        assert isinstance(actual, list), at
        for position, member in enumerate(example):
            assert any(_is_shown(member, one) for one in actual), f"{at}[{position}]: {member} in {actual}"
    else:
        assert example == actual, at


def _is_shown(example: Any, actual: Any) -> bool:
    try:
        assert_shown(example, actual)
    except AssertionError:
        return False
    return True


def assert_schema(schema: dict[str, Any], value: Any) -> None:
    Draft202012Validator({**schema, "components": document()["components"]}).validate(value)


def test_every_route_of_the_pokedex_is_among_those_that_tests_ask() -> None:
    tagged = [path for method, path in operations() if "pokedex" in operation(method, path)["tags"]]
    assert len(tagged) == len(POKEDEX_LISTS) + len(POKEDEX_FIXED)


def test_every_route_is_documented_with_examples_of_everything() -> None:
    assert len(operations()) == 36
    for method, path in operations():
        for where in ("path", "query"):
            shown = parameters(method, path, where)
            assert None not in shown.values(), (path, shown)
        assert bodies(method, path) or "requestBody" not in operation(method, path), path
        for status, response in operation(method, path)["responses"].items():
            for media_type, content in response.get("content", {}).items():
                assert "example" in content, (path, status)
                is_problem = not status.startswith("2") and not path.startswith("/health")
                assert is_problem == (media_type == "application/problem+json"), (path, status)


@pytest.mark.parametrize(("method", "path", "media_type"), forms())
async def test_the_answer_is_the_documented_one(door: Door, method: str, path: str, media_type: str) -> None:
    door.requester.responder = documented_prediction
    release_documented_model(door)
    keep_documented_past(door)
    await keep_documented_job(door)
    await door.client.get("/pokemon/pikachu")
    status, content = success(method, path)

    how: dict[str, Any] = {"headers": {"accept": media_type}} if media_type else {}
    if path in ("/predict/battle", "/predict/best-move"):
        how["json"] = {**bodies(method, path)[0]["json"], "explain": True}
    response = await ask(door, method, path, **how)

    assert response.status_code == status, response.text
    if not media_type:
        assert response.content == b""
        return
    assert response.headers["content-type"].startswith(media_type)
    example, schema = content[media_type]["example"], content[media_type].get("schema", {})
    if media_type == "text/plain":
        assert example in response.text
    elif media_type in ("text/csv", "text/event-stream", "text/html"):
        assert response.text == example
    elif media_type == "application/x-ndjson":
        assert_shown(
            list(map(json.loads, example.splitlines())), list(map(json.loads, response.iter_lines()))
        )
    elif path == EXCERPT:
        assert_shown(example, {name: response.json()[name] for name in example})
    else:
        assert_shown(example, response.json())
        assert_schema(schema, response.json())
        assert_schema(schema, example)


@pytest.mark.parametrize(("method", "path"), operations())
async def test_every_documented_parameter_and_body_can_be_sent(door: Door, method: str, path: str) -> None:
    release_documented_model(door)
    keep_documented_past(door)
    await keep_documented_job(door)
    status, content = success(method, path)
    sent = [await ask(door, method, path, **body) for body in bodies(method, path)]
    for name, example in parameters(method, path, "query").items():
        sent.append(await ask(door, method, path, params={name: example}))
    for response in sent:
        assert response.status_code == status, response.text
        assert_schema(content["application/json"]["schema"], response.json())


def test_the_facts_of_the_documented_answer_are_those_of_the_battle_engine() -> None:
    said, pokedex = documented_answer(), load_snapshot_pokedex()
    request = BattleRequested(
        Combatant(said.pokemon_a, said.level_a, (said.recommended_move,)),
        Combatant(said.pokemon_b, said.level_b, said.opponent_moves),
    )
    resolved = resolve_battle(request, pokedex)
    assert isinstance(resolved, ResolvedBattle)
    facts = facts_of(resolved, pokedex)
    [a], [b] = facts.a, facts.b
    why = said.explanation
    assert why is not None
    assert why.reference_probability is not None
    assert (why.moves_first, why.moves_first_by) == order_of(a, b)
    for shown, exact in ((why.a, a), (why.b, b)):
        assert exact.ko_chances == pytest.approx(shown.ko_chances, abs=1e-4)
        assert exact.critical_chance == pytest.approx(shown.critical_chance, abs=1e-4)
        rounded = {"ko_chances": shown.ko_chances, "critical_chance": shown.critical_chance}
        assert msgspec.structs.replace(exact, **rounded) == shown
    points = sum(one.points for one in why.contributions)
    assert points == pytest.approx(said.win_probability - why.reference_probability)


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
    return await ask(door, method, path)


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
