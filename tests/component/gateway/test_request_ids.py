"""Ids that callers choose: a question is asked once under each, and answered to its owner alone."""

import asyncio
import json
from typing import Any

import httpx
import msgspec
import pytest

from contracts.access import Scope
from contracts.battle import BattleRequested
from contracts.channels import BATTLE_REQUESTED
from services.feature.domain import body_hash
from services.gateway.history.stored import StoredPrediction
from services.gateway.repeats import REMEMBERED
from services.gateway.request_ids import HEADER, LONGEST
from shared.bus import encode
from shared.errors import ReplyTimeout
from tests.support.gateway import answer, predicted
from tests.support.gateway_door import DUEL, EARLIER, Door, assert_problem, refusing
from tests.support.gateway_stores import NOON

MINE = "order-2026-000417"
OTHER_DUEL = {**DUEL, "b": {"pokemon": "charmander", "move": "ember"}}


def keep(door: Door, request_id: str, request: BattleRequested, requester: str | None) -> None:
    """A row as the recorder writes it of what `feature` was asked."""
    body = encode(BATTLE_REQUESTED, request)
    door.log.body_hashes[request_id] = body_hash(body)
    door.log.rows.append(
        StoredPrediction(
            request_id=request_id,
            requester=requester,
            family="battle",
            made_at=NOON,
            late=False,
            model_version="6",
            feature_set="battle-1",
            pokedex_hash="abc",
            request=json.loads(body),
            answer=msgspec.to_builtins(answer(0.25)),
        )
    )


async def ask(door: Door, request_id: str = MINE, body: Any = DUEL, **headers: str) -> httpx.Response:
    return await door.post("/predict/battle", body, **{HEADER: request_id, **headers})


async def test_an_answer_is_kept_by_the_id_that_the_caller_chose(door: Door) -> None:
    response = await ask(door)
    assert response.status_code == 200
    assert response.json()["request_id"] == response.headers[HEADER] == door.requester.asked[0][2] == MINE


async def test_what_was_answered_is_not_asked_again(door: Door) -> None:
    first = await ask(door)
    door.requester.responder = lambda _, request_id: predicted(request_id, answer(0.1))
    again = await ask(door)
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(door.requester.asked) == 1
    assert door.log.looked_up == [MINE]


async def test_what_another_gateway_answered_is_told_from_the_log(door: Door) -> None:
    await ask(door, "earlier-one")
    keep(door, MINE, door.requester.asked[0][1], door.key_id)
    found = await ask(door)
    assert found.status_code == 200
    body = found.json()
    assert (body["request_id"], body["win_probability"], body["model_version"]) == (MINE, 0.25, "6")
    assert body["words"]["fr"]
    assert len(door.requester.asked) == 1


async def test_one_id_stands_for_one_question(door: Door) -> None:
    await ask(door)
    at_once = assert_problem(await ask(door, body=OTHER_DUEL), 409)
    assert (at_once["field"], at_once["value"], at_once["request_id"]) == (HEADER, MINE, MINE)
    assert at_once["type"].endswith(":conflict")
    keep(door, "from-the-log", door.requester.asked[0][1], door.key_id)
    assert_problem(await ask(door, "from-the-log", OTHER_DUEL), 409)
    french = assert_problem(await ask(door, body=OTHER_DUEL, **{"accept-language": "fr"}), 409)
    assert "désigne une autre question" in french["detail"]
    assert len(door.requester.asked) == 1


@pytest.mark.parametrize("is_remembered", [True, False])
async def test_the_answer_of_another_owner_is_not_told(door: Door, is_remembered: bool) -> None:
    await ask(door, MINE if is_remembered else "earlier-one")
    keep(door, MINE, door.requester.asked[0][1], door.key_id)
    stranger = door.keys.grant(Scope.PREDICT, Scope.ADMIN, owner="strangers")
    refused = await ask(door, **{"X-API-Key": stranger})
    same_question = assert_problem(refused, 409)
    other_question = assert_problem(await ask(door, body=OTHER_DUEL, **{"X-API-Key": stranger}), 409)
    assert same_question == other_question
    assert "0.97" not in refused.text
    assert "0.25" not in refused.text
    assert len(door.requester.asked) == 1


async def test_what_a_raw_producer_asked_is_nobodys_here(door: Door) -> None:
    await ask(door, "earlier-one")
    keep(door, MINE, door.requester.asked[0][1], None)
    assert_problem(await ask(door), 409)


async def test_the_next_key_of_an_owner_goes_on_with_the_ids_of_the_last(door: Door) -> None:
    first = await ask(door)
    rotated = door.keys.grant(Scope.PREDICT)
    assert (await ask(door, **{"X-API-Key": rotated})).json() == first.json()
    assert len(door.requester.asked) == 1


async def test_the_same_at_the_same_moment_is_asked_once(door: Door) -> None:
    answers = await asyncio.gather(*(ask(door) for _ in range(5)), ask(door, body=OTHER_DUEL))
    assert [one.status_code for one in answers] == [200] * 5 + [409]
    assert len(door.requester.asked) == 1


async def test_a_lost_reply_is_asked_for_again_under_the_same_id(door: Door) -> None:
    door.requester.failure = ReplyTimeout("no reply within 5 s")
    lost = await ask(door)
    assert assert_problem(lost, 504)["request_id"] == lost.headers[HEADER] == MINE
    assert_problem(await ask(door, body=OTHER_DUEL), 409)
    door.requester.failure = None
    assert (await ask(door)).status_code == 200
    assert [request_id for _, _, request_id in door.requester.asked] == [MINE, MINE]


async def test_what_was_refused_may_be_corrected_under_the_same_id(door: Door) -> None:
    door.requester.responder = refusing("unknown")
    assert_problem(await ask(door), 422)
    door.requester.responder = lambda _, request_id: predicted(request_id)
    assert (await ask(door, body=OTHER_DUEL)).status_code == 200


async def test_predictions_go_on_without_a_log_to_look_into(door: Door) -> None:
    door.log.is_away = True
    assert (await ask(door)).status_code == 200
    assert door.log.failed == 1


async def test_ids_that_are_drawn_are_not_looked_up(door: Door) -> None:
    await door.post("/predict/battle", DUEL)
    assert door.log.looked_up == []


@pytest.mark.parametrize(
    "given", ["", "short", "-begins-with-none", "x" * (LONGEST + 1), "with a blank", "path/like", "é" * 8]
)
async def test_a_malformed_id_is_refused_where_answers_are_kept_by_it(door: Door, given: str) -> None:
    named = {HEADER: given.encode()}
    response = await door.client.post("/predict/battle", json=DUEL, headers=named)  # type: ignore[arg-type]
    document = assert_problem(response, 422)
    assert document["field"] == HEADER
    assert document["request_id"] == response.headers[HEADER] != given
    assert door.requester.asked == []
    # a proxy may call its own requests what it likes
    assert (await door.client.get("/pokemon/mew", headers=named)).status_code == 200  # type: ignore[arg-type]


async def test_an_id_is_given_once(door: Door) -> None:
    twice = [(HEADER, MINE), (HEADER, "another-one")]
    response = await door.client.post("/predict/battle", json=DUEL, headers=twice)
    assert assert_problem(response, 422)["value"] == f"{MINE}, another-one"


async def test_the_longest_id_leaves_room_for_the_places_of_a_matrix(door: Door) -> None:
    sides = {"a": [{"pokemon": "mew"}] * 20, "b": [{"pokemon": "eevee"}] * 20}
    response = await door.post("/predict/matchups", sides, **{HEADER: "x" * LONGEST})
    assert response.status_code == 200
    assert max(len(request_id) for _, _, request_id in door.requester.asked) <= 128


@pytest.mark.parametrize("path", ["/predict/batch", "/predict/matchups"])
async def test_of_many_only_what_is_not_known_is_asked_again(door: Door, path: str) -> None:
    bodies = {
        "/predict/batch": {"battles": [DUEL, OTHER_DUEL, json.loads(EARLIER)]},
        "/predict/matchups": {
            "a": [{"pokemon": "mew"}],
            "b": [{"pokemon": name} for name in ("mew", "eevee")],
        },
    }
    silent_place = {"/predict/batch": "-1", "/predict/matchups": "-0-1"}[path]

    def respond(_: BattleRequested, request_id: str) -> Any:
        if request_id.endswith(silent_place):
            raise ReplyTimeout("no reply within 5 s")
        return predicted(request_id)

    door.requester.responder = respond
    assert (await door.post(path, bodies[path], **{HEADER: MINE})).status_code == 200
    first = [request_id for _, _, request_id in door.requester.asked]
    door.requester.asked.clear()
    door.requester.responder = lambda _, request_id: predicted(request_id)
    again = await door.post(path, bodies[path], **{HEADER: MINE})
    assert again.status_code == 200
    assert [request_id for _, _, request_id in door.requester.asked] == [MINE + silent_place]
    assert MINE + silent_place in first
    assert '"problem":{' not in again.text


async def test_a_job_is_not_named_by_its_request(door: Door) -> None:
    body = {"battles": [DUEL]}
    first, second = [await door.post("/jobs", body, **{HEADER: MINE}) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 202)
    assert len({MINE, first.json()["job_id"], second.json()["job_id"]}) == 3


async def test_no_more_ids_are_remembered_than_the_gateway_can_hold(door: Door) -> None:
    for number in range(REMEMBERED + 1):
        assert (await ask(door, f"number-{number:04}")).status_code == 200
    await ask(door, f"number-{1:04}")
    assert len(door.requester.asked) == REMEMBERED + 1
    await ask(door, f"number-{0:04}")
    assert len(door.requester.asked) == REMEMBERED + 2
