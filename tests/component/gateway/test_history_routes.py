"""History, outcomes and events of a key: its own, and no others'."""

import asyncio
import json
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contracts.access import Scope
from contracts.channels import OUTCOMES_REPORTED
from contracts.serving import OutcomeReported
from services.gateway.history.stored import StoredPrediction
from services.gateway.streams import MAXIMUM_STREAMS, MAXIMUM_STREAMS_OF_KEY
from shared.api_keys import revoke
from shared.errors import NotReady
from shared.prediction_tail import Listener
from tests.support.gateway_door import KEY_ID, Door, assert_problem
from tests.support.gateway_stores import NOON
from tests.support.predictions import a_prediction


def stored(request_id: str, requester: str | None = KEY_ID, **changes: Any) -> StoredPrediction:
    made = StoredPrediction(
        request_id=request_id,
        requester=requester,
        family="battle",
        made_at=NOON,
        late=False,
        model_version="7",
        feature_set="battle-1",
        pokedex_hash="p",
        request={},
        answer={"winner": "a", "moves": [1]},
    )
    return replace(made, **changes)


async def test_a_prediction_is_found_by_the_key_that_asked_and_no_other(door: Door) -> None:
    door.log.rows = [stored("mine"), stored("yours", "you"), stored("nobodys", None)]
    assert (await door.client.get("/predictions/mine")).json()["answer"]["moves"] == [1]
    for request_id in ("yours", "nobodys", "nowhere", "a%00b", "x" * 500):
        problem = assert_problem(await door.client.get(f"/predictions/{request_id}"), 404)
        assert problem["field"] == "request_id"


async def test_what_was_asked_with_the_key_before_is_found_with_the_next(door: Door) -> None:
    old = door.keys.grant(Scope.READ, Scope.PREDICT).split("_")[1]
    stranger = door.keys.grant(Scope.READ, owner="stranger").split("_")[1]
    door.keys.grants[old] = revoke(door.keys.grants[old], int(time.time() * 1_000))
    door.log.rows = [stored("mine"), stored("before", old), stored("yours", stranger)]
    listed = (await door.client.get("/predictions")).json()["predictions"]
    assert {one["request_id"] for one in listed} == {"mine", "before"}
    assert (await door.client.get("/predictions/before")).status_code == 200
    assert_problem(await door.client.get("/predictions/yours"), 404)
    assert (await door.post("/outcomes", {"request_id": "before", "outcome": "a"})).status_code == 202


async def test_the_stream_of_a_key_ends_with_the_key(door: Door) -> None:
    door.tail.made = [a_prediction("r1", requester=door.key_id)]
    taken = Listener.take

    async def take(listener: Listener, timeout_s: float) -> Any:
        door.keys.grants[door.key_id] = revoke(door.keys.grants[door.key_id], int(time.time() * 1_000))
        return await taken(listener, timeout_s)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Listener, "take", take)
        told = events((await door.client.get("/predictions/events")).text)
    assert [name for name, _ in told] == ["ready"]


async def test_pages_lead_from_the_newest_to_the_oldest(door: Door) -> None:
    door.log.rows = [
        stored(f"r{number}", made_at=NOON + timedelta(seconds=number // 2)) for number in range(7)
    ]
    door.log.rows.append(stored("yours", "you"))
    address, seen = "/predictions?limit=3", []
    while address:
        response = await door.client.get(address)
        page = response.json()
        seen += [one["request_id"] for one in page["predictions"]]
        assert all("moves" not in one["answer"] for one in page["predictions"])
        link = response.headers.get("link", "")
        assert bool(link) is (page["next_cursor"] is not None)
        address = link.partition(">")[0].removeprefix("<")
        # What is made meanwhile shifts nothing.
        door.log.rows.append(stored(f"new{len(seen)}", made_at=NOON + timedelta(hours=1)))
    assert seen == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]


async def test_filters_are_read_and_names_resolved(door: Door) -> None:
    query = "pokemon=Salamèche&winner=b&model_version=7&family=battle&since=2026-01-01T00:00:00Z"
    assert (await door.client.get(f"/predictions?{query}")).status_code == 200
    [(key_ids, filters, after)] = door.log.asked
    assert (key_ids, after) == (frozenset({door.key_id}), None)
    assert (filters.pokemon, filters.winner, filters.model_version) == ("charmander", "b", "7")
    assert filters.since == NOON.replace(hour=0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("winner=c", "winner"),
        ("pokemon=pikachuu", "pokemon"),
        ("cursor=abc", "cursor"),
        ("since=yesterday", "since"),
        ("since=2026-01-01T00:00:00", "since"),
        ("until=9999-12-31T23:59:59-12:00", "until"),
        ("model_version=a%00", "model_version"),
        ("colour=yellow", "colour"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_filter_that_is_wrong_is_refused(door: Door, query: str, field: str) -> None:
    problem = assert_problem(await door.client.get(f"/predictions?{query}"), 422)
    assert problem["field"] == field
    assert door.log.asked == []


@pytest.mark.parametrize("path", ["/predictions", "/predictions/mine", "/jobs", "/jobs/one"])
async def test_without_a_database_history_waits_and_predictions_go_on(door: Door, path: str) -> None:
    door.log.is_away = door.jobs.is_away = True
    response = await door.client.get(path)
    assert assert_problem(response, 503)["type"].endswith(":database-away")
    assert int(response.headers["retry-after"]) > 0
    duel = {"a": {"pokemon": "pikachu"}, "b": {"pokemon": "squirtle"}}
    assert (await door.post("/predict/battle", duel)).status_code == 200


async def test_an_outcome_goes_over_the_bus_under_the_id_of_its_request(door: Door) -> None:
    door.log.rows = [stored("mine")]
    response = await door.post("/outcomes", {"request_id": "mine", "outcome": "draw"})
    assert response.status_code == 202
    assert response.json() == {"request_id": "mine", "outcome": "draw", "is_recorded": False}
    report = OutcomeReported(request_id="mine", reporter=door.key_id, outcome="draw")
    assert door.requester.told == [(OUTCOMES_REPORTED, report, "mine")]


async def test_reports_with_two_keys_of_one_owner_are_of_one_reporter(door: Door) -> None:
    """Also while the first is on its way: what contradicts it is dead-lettered, as with one key."""
    keys = [door.keys.grant(Scope.PREDICT, Scope.ADMIN) for _ in range(2)]
    own = {key.split("_")[1] for key in keys}
    stranger = door.keys.grant(Scope.PREDICT, owner="stranger").split("_")[1]
    for asked_with, reporter in ((max(own), max(own)), (stranger, min(own | {door.key_id}))):
        door.log.rows = [stored("asked", asked_with)]
        for key, outcome in zip(keys, "ab", strict=True):
            body = {"request_id": "asked", "outcome": outcome}
            assert (await door.post("/outcomes", body, **{"X-API-Key": key})).status_code == 202
        reports = [
            OutcomeReported(request_id="asked", reporter=reporter, outcome=outcome) for outcome in "ab"
        ]
        assert [report for _, report, _ in door.requester.told[-2:]] == reports


async def test_the_same_report_again_changes_nothing_and_another_is_a_conflict(door: Door) -> None:
    door.log.rows = [stored("mine", outcome="a")]
    again = await door.post("/outcomes", {"request_id": "mine", "outcome": "a"})
    assert (again.status_code, again.json()["is_recorded"]) == (202, True)
    problem = assert_problem(await door.post("/outcomes", {"request_id": "mine", "outcome": "b"}), 409)
    assert problem["value"] == "b"
    assert door.requester.told == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"request_id": "yours", "outcome": "a"}, 404, "request_id"),
        ({"request_id": "nowhere", "outcome": "a"}, 404, "request_id"),
        ({"request_id": "\0", "outcome": "a"}, 404, "request_id"),
        ({"request_id": "mine", "outcome": "c"}, 422, "outcome"),
        ({"request_id": "mine"}, 422, "outcome"),
        ({"request_id": "", "outcome": "a"}, 422, "request_id"),
        ({"request_id": "mine", "outcome": "a", "by": "me"}, 422, "by"),
    ],
)
async def test_a_report_that_cannot_be_is_refused_at_the_door(
    door: Door, body: Any, status: int, field: str
) -> None:
    door.log.rows = [stored("mine"), stored("yours", "you")]
    assert assert_problem(await door.post("/outcomes", body), status)["field"] == field
    assert door.requester.told == []


async def test_a_report_that_was_not_written_is_told_so(door: Door) -> None:
    door.log.rows = [stored("mine")]
    door.requester.failure = NotReady("planted")
    response = await door.post("/outcomes", {"request_id": "mine", "outcome": "a"})
    assert_problem(response, 503)
    assert "retry-after" in response.headers


def events(text: str) -> list[tuple[str, Any]]:
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines()) for block in text.split("\n\n") if block
    ]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


async def test_results_of_a_key_are_told_as_they_are_made(door: Door) -> None:
    door.tail.made = [
        a_prediction(one, requester=requester)
        for one, requester in (("r1", door.key_id), ("r2", "you"), ("r3", ""), ("r4", door.key_id))
    ]
    response = await door.client.get("/predictions/events")
    assert response.headers["cache-control"] == "no-store"
    told = events(response.text)
    assert [(name, data.get("request_id")) for name, data in told] == [
        ("ready", None),
        ("prediction", "r1"),
        ("prediction", "r4"),
    ]
    assert told[1][1]["made_at"] == "2026-01-01T12:00:00Z"
    assert door.streams.open_of(door.key_id) == 0


async def test_a_stream_that_loses_the_broker_says_so(door: Door) -> None:
    door.tail.failure = NotReady("planted")
    [(name, data)] = events((await door.client.get("/predictions/events")).text)
    assert (name, data["status"]) == ("problem", 503)


async def test_so_many_streams_are_open_at_most(door: Door) -> None:
    for _ in range(MAXIMUM_STREAMS_OF_KEY):
        door.streams.admit(door.key_id)
    response = await door.client.get("/predictions/events")
    assert_problem(response, 429)
    for number in range(MAXIMUM_STREAMS - MAXIMUM_STREAMS_OF_KEY):
        door.streams.admit(f"other-{number}")
    door.streams.release(door.key_id)
    door.streams.admit("one more")
    assert_problem(await door.client.get("/predictions/events"), 503)


async def test_a_caller_that_went_away_gives_its_place_back(door: Door) -> None:
    async def nobody_listens() -> Any:
        yield b"event: never\n\n"
        await asyncio.Event().wait()

    from services.gateway.streams import EventStream

    stream = EventStream(nobody_listens(), door.streams, door.key_id)
    assert door.streams.open_of(door.key_id) == 1

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    async def send(_: Any) -> None:
        return

    await stream({"type": "http", "asgi": {"spec_version": "2.0"}}, gone, send)
    assert door.streams.open_of(door.key_id) == 0
