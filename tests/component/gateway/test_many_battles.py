"""Batches and match-ups: each battle over the bus by itself, and what is said of those that fail."""

import csv
from typing import Any

import msgspec
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.gateway.asking import IN_FLIGHT
from shared.errors import NotReady, ReplyTimeout
from tests.support.gateway import answer, predicted
from tests.support.gateway_door import DUEL, Door, assert_problem, refusing


def by_name(request: BattleRequested, request_id: str) -> Predicted | Refused:
    """Refuses `pikachuu`, never answers `silence`, says of others what their names are."""
    if request.a.pokemon == "silence":
        raise ReplyTimeout("planted")
    if request.a.pokemon == "pikachuu":
        return refusing("unknown")(request, request_id)
    said = answer(win_probability=min(0.99, request.a.level / 100))
    names = {"pokemon_a": f"slug-{request.a.pokemon}", "pokemon_b": f"slug-{request.b.pokemon}"}
    return predicted(request_id, msgspec.structs.replace(said, **names))


def side(pokemon: Any = "pikachu", **more: Any) -> dict[str, Any]:
    return {"pokemon": pokemon, **more}


async def test_each_battle_of_a_batch_is_answered_or_refused_by_itself(door: Door) -> None:
    door.requester.responder = by_name
    battles = [
        DUEL,
        {"a": side("pikachuu"), "b": side()},
        {"a": side(level=0), "b": side()},
        {"a": side("silence"), "b": side()},
        {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [33, 45, 99]},
        7,
    ]

    response = await door.post("/predict/batch", {"battles": battles})

    assert response.status_code == 200, response.text
    body = response.json()
    assert (body["answered"], body["failed"]) == (2, 4)
    assert [item["index"] for item in body["items"]] == list(range(6))
    assert [item["problem"] and item["problem"]["status"] for item in body["items"]] == [
        None,
        422,
        422,
        504,
        None,
        422,
    ]
    assert body["items"][2]["problem"]["field"] == "a.level"
    # what may be sent again is the batch, under the id of the batch
    assert f"X-Request-ID: {response.headers['x-request-id']}`" in body["items"][3]["problem"]["remedy"]
    assert body["items"][0]["prediction"]["pokemon_a"] == "slug-pikachu"
    assert [one["move"] for one in body["items"][4]["prediction"]["not_scored"]] == [
        "growl",
        "rage",
    ]
    ids = [item["request_id"] for item in body["items"]]
    assert len(set(ids)) == 6
    assert all(one.startswith(response.headers["x-request-id"]) for one in ids)
    assert [item["problem"]["request_id"] for item in body["items"] if item["problem"]] == [
        ids[1],
        ids[2],
        ids[3],
        ids[5],
    ]
    asked = {request_id: channel for channel, _, request_id in door.requester.asked}
    assert asked == dict.fromkeys([ids[0], ids[1], ids[3], ids[4]], BATTLE_REQUESTED)
    assert set(door.requester.requesters) == {door.key_id}


async def test_a_batch_asks_a_bounded_number_at_a_time(door: Door) -> None:
    waiting, most = 0, 0
    ask = door.requester.ask

    async def counting(*arguments: Any, **named: Any) -> Any:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        try:
            return await ask(*arguments, **named)
        finally:
            waiting -= 1

    door.requester.ask = counting  # type: ignore[method-assign]
    response = await door.post("/predict/batch", {"battles": [DUEL] * 100})
    assert response.json()["answered"] == 100
    assert most == IN_FLIGHT


@pytest.mark.parametrize(("failure", "status"), [(NotReady("planted"), 503), (ReplyTimeout("planted"), 504)])
@pytest.mark.parametrize(
    ("path", "body"),
    [("/predict/batch", {"battles": [DUEL] * 3}), ("/predict/matchups", {"a": [side()], "b": [side()]})],
)
async def test_when_nothing_was_answered_the_whole_request_failed(
    door: Door, failure: Exception, status: int, path: str, body: Any
) -> None:
    door.requester.failure = failure
    response = await door.post(path, body)
    assert_problem(response, status)
    assert ("retry-after" in response.headers) is (status == 503)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"battles": [DUEL] * 101}, "battles"),
        ({"battles": []}, "battles"),
        ({"battles": {}}, "battles"),
        ({}, "battles"),
        ({"battles": [DUEL], "explain": True}, "explain"),
        ([DUEL], "body"),
    ],
)
async def test_a_batch_of_another_form_is_refused(door: Door, body: Any, field: str) -> None:
    assert assert_problem(await door.post("/predict/batch", body), 422)["field"] == field
    assert door.requester.asked == []


async def test_a_body_beyond_the_usual_is_taken_where_many_battles_are_sent(door: Door) -> None:
    padding = " " * 100_000
    assert (
        await door.post("/predict/batch", msgspec.json.encode({"battles": [DUEL]}).decode() + padding)
    ).is_success
    assert_problem(await door.post("/predict/battle", msgspec.json.encode(DUEL).decode() + padding), 413)
    assert_problem(await door.post("/predict/batch", " " * 300_000), 413)


MATRIX = {
    "a": [side("one", level=10), side("two", level=20, moves=["surf", 33]), side("=three", level=30)],
    "b": [side("four"), side("five", level=60)],
}


async def test_a_matrix_has_every_row_against_every_column(door: Door) -> None:
    door.requester.responder = by_name
    response = await door.post("/predict/matchups", MATRIX)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body["win_probabilities"] == [[0.1, 0.1], [0.2, 0.2], [0.3, 0.3]]
    assert body["recommended_moves"] == [["thunderbolt"] * 2] * 3
    assert [one["pokemon"] for one in body["a"]] == ["slug-one", "slug-two", "slug-=three"]
    assert body["a"][1] == {"pokemon": "slug-two", "level": 20, "moves": ["surf", 33]}
    assert [(one["pokemon"], one["level"]) for one in body["b"]] == [("slug-four", 50), ("slug-five", 60)]
    assert body["problems"] == []
    requests = [request for _, request, _ in door.requester.asked]
    assert requests[3] == BattleRequested(Combatant("two", 20, ("surf", 33)), Combatant("five", 60))
    assert len({request_id for _, _, request_id in door.requester.asked}) == 6


async def test_a_matrix_comes_as_a_table_that_no_spreadsheet_runs(door: Door) -> None:
    def silent_for_three(request: BattleRequested, request_id: str) -> Predicted | Refused:
        if request.a.pokemon == "=three":
            raise ReplyTimeout("planted")
        return by_name(request, request_id)

    door.requester.responder = silent_for_three
    response = await door.post("/predict/matchups", MATRIX, accept="text/csv")
    assert response.headers["content-type"].startswith("text/csv")
    assert list(csv.reader(response.text.splitlines())) == [
        ["", "slug-four", "slug-five@60"],
        ["slug-one@10", "0.1", "0.1"],
        ["slug-two@20:surf+33", "0.2", "0.2"],
        ["'=three@30", "", ""],
    ]


async def test_a_pair_without_reply_is_empty_with_its_problem(door: Door) -> None:
    door.requester.responder = by_name
    body = {"a": [side("one", level=10), side("silence")], "b": [side("four")]}
    matrix = (await door.post("/predict/matchups", body)).json()
    assert matrix["win_probabilities"] == [[0.1], [None]]
    assert matrix["recommended_moves"] == [["thunderbolt"], [None]]
    [problem] = matrix["problems"]
    assert (problem["a"], problem["b"], problem["problem"]["status"]) == (1, 0, 504)
    assert matrix["a"][1]["pokemon"] == "silence"


async def test_a_name_that_is_refused_refuses_the_matrix_with_its_place(door: Door) -> None:
    door.requester.responder = by_name
    body = {"a": [side("one"), side("pikachuu")], "b": [side()]}
    problem = assert_problem(await door.post("/predict/matchups", body), 422)
    assert (problem["field"], problem["value"]) == ("a[1].pokemon", "pikachuu")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"a": [side()] * 21, "b": [side()] * 20}, "body"),
        ({"a": [side()] * 101, "b": [side()]}, "a"),
        ({"a": [], "b": [side()]}, "a"),
        ({"a": [side()], "b": [side(), side(level=101)]}, "b[1].level"),
        ({"a": [side(move="surf")], "b": [side()]}, "a[0].move"),
    ],
)
async def test_a_matrix_of_another_form_is_refused(door: Door, body: Any, field: str) -> None:
    assert assert_problem(await door.post("/predict/matchups", body), 422)["field"] == field
    assert door.requester.asked == []
