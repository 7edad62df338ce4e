"""The REST door over ASGI, with the packaged Pokédex and replies that each test writes."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import msgspec
import pytest

from contracts.battle import BattleAnswer, BattleRequested, Combatant, NotScored
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import RefusalReason, Refused
from services.gateway.answers import BattlePrediction
from services.gateway.app import create_app
from services.gateway.example_answer import PREDICTION
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.explanations import explanation
from tests.support.gateway import (
    FakeModelReader,
    FakePokedexReader,
    FakeRequester,
    answer,
    fake_ports,
    predicted,
)

DUEL: dict[str, Any] = {
    "a": {"pokemon": "pikachu", "move": "thunderbolt", "level": 50},
    "b": {"pokemon": "squirtle", "move": "water-gun"},
}
EARLIER = '{"pokemon_a_id":1,"pokemon_b_id":4,"available_moves":[33,45,99]}'


@dataclass
class Door:
    client: httpx.AsyncClient
    requester: FakeRequester
    pokedex: FakePokedexReader
    models: FakeModelReader

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return await self.client.post(
            path, content=content, headers={"content-type": "application/json", **headers}
        )


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    ports, requester, pokedex, models = fake_ports()
    app = create_app(Settings(), ports)
    # Answers to defects are part of the interface: the exception itself is not to reach the test.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield Door(client, requester, pokedex, models)


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "instance", "request_id"} <= document.keys()
    assert document["request_id"]
    return document


def refusing(reason: RefusalReason, field: str = "a.pokemon", *, retryable: bool = False) -> Any:
    def respond(_: BattleRequested, request_id: str) -> Refused:
        return Refused(
            request_id=request_id,
            field=field,
            value="pikachuu",
            reason=reason,
            message="There is no Pokémon pikachuu.",
            remedy="Take a suggestion.",
            retryable=retryable,
            suggestions=("Pikachu", "Raichu"),
        )

    return respond


async def test_a_battle_goes_over_the_bus_and_its_answer_comes_back_flat(door: Door) -> None:
    response = await door.post("/predict/battle", DUEL)

    assert response.status_code == 200
    [(channel, request, request_id)] = door.requester.asked
    assert channel is BATTLE_REQUESTED
    assert request == BattleRequested(
        Combatant("pikachu", 50, ("thunderbolt",)), Combatant("squirtle", 50, ("water-gun",))
    )
    body = response.json()
    assert body["win_probability"] == 0.97
    assert body["verdict"] == "sure"
    assert body["recommended_move"] == "thunderbolt"
    assert (body["model_version"], body["feature_set"], body["pokedex_hash"]) == ("7", "battle-1", "abc")
    assert body["request_id"] == request_id == response.headers["x-request-id"]
    BattlePrediction.model_validate(body, strict=False, extra="forbid")


def test_the_documented_answer_has_every_field_of_the_contract() -> None:
    documented = set(BattlePrediction.model_fields)
    added = {"request_id", "model_version", "feature_set", "pokedex_hash", "words"}
    assert documented - added == set(BattleAnswer.__struct_fields__)
    BattlePrediction.model_validate(PREDICTION, strict=False, extra="forbid")


@pytest.mark.parametrize("path", ["/predict/battle", "/predict/best-move"])
@pytest.mark.parametrize("explain", [True, False])
async def test_reasons_are_asked_for_and_come_in_numbers_and_words(
    door: Door, path: str, explain: bool
) -> None:
    said = msgspec.structs.replace(answer(), coverage=0.9, explanation=explanation() if explain else None)
    door.requester.responder = lambda _, request_id: predicted(request_id, said)

    sides = {"a": {"pokemon": "pikachu"}, "b": {"pokemon": "squirtle"}}
    body = (await door.post(path, {**sides, "explain": explain})).json()

    assert door.requester.asked[0][1].explain is explain
    BattlePrediction.model_validate(body, strict=False, extra="forbid")
    assert (body["words"]["en"]["verdict"], body["words"]["fr"]["verdict"]) == ("Sure", "Sûr")
    assert "90%" in body["words"]["en"]["interval"]
    if explain:
        assert body["explanation"]["a"]["damage"] == [96, 114]
        assert body["words"]["fr"]["why"]["a_title"] == "Pikachu avec Tonnerre"
        assert set(body["words"]["en"]["why"]["groups"]) == {
            one["group"] for one in body["explanation"]["contributions"]
        }
    else:
        assert body["explanation"] is None
        assert body["words"]["en"]["why"] is None


async def test_the_earlier_body_may_ask_for_reasons(door: Door) -> None:
    await door.post("/predict/best-move", {**json.loads(EARLIER), "explain": True})
    await door.post("/predict/best-move", {"pokemon_a_id": 1, "pokemon_b_id": 4, "explain": True})
    assert [request.explain for _, request, _ in door.requester.asked] == [True, True]


@pytest.mark.parametrize("explain", ["yes", 1, None])
async def test_explain_is_true_or_false(door: Door, explain: Any) -> None:
    document = assert_problem(await door.post("/predict/battle", {**DUEL, "explain": explain}), 422)
    assert document["field"] == "explain"


async def test_a_side_may_name_several_moves_or_none_and_ids_or_french_names(door: Door) -> None:
    sides = {"a": {"pokemon": 25, "moves": ["Tonnerre", 98], "level": 100}, "b": {"pokemon": "Carapuce"}}

    assert (await door.post("/predict/best-move", sides)).status_code == 200
    assert (await door.post("/predict/battle", sides)).status_code == 200
    expected = BattleRequested(Combatant(25, 100, ("Tonnerre", 98)), Combatant("Carapuce", 50, None))
    assert [request for _, request, _ in door.requester.asked] == [expected, expected]


async def test_each_request_has_an_id_of_its_own(door: Door) -> None:
    for _ in range(3):
        await door.post("/predict/battle", DUEL)
    assert len({request_id for _, _, request_id in door.requester.asked}) == 3


# The earlier REST system's body


@pytest.mark.parametrize("path", ["/predict/best-move", "/predict/battle"])
async def test_the_earlier_body_works_as_pasted(door: Door, path: str) -> None:
    door.requester.responder = lambda _, request_id: predicted(request_id, answer(0.4))
    # `curl -d` without a header says this content type.
    response = await door.client.post(
        path, content=EARLIER, headers={"content-type": "application/x-www-form-urlencoded"}
    )

    assert response.status_code == 200, response.text
    body = response.json()
    assert body["recommended_move"]
    assert body["win_probability"] == 0.4
    [(_, request, _)] = door.requester.asked
    assert request == BattleRequested(Combatant(1, 50, (33,)), Combatant(4, 50, None))
    assert {(dropped["side"], dropped["move"]) for dropped in body["not_scored"]} == {
        ("a", "growl"),
        ("a", "rage"),
    }
    reasons = {dropped["move"]: dropped["reason"] for dropped in body["not_scored"]}
    assert "cannot learn" in reasons["rage"]
    assert "status" in reasons["growl"]


async def test_what_the_service_did_not_score_stays_in_the_list(door: Door) -> None:
    said = answer(not_scored=(NotScored("b", "splash", "It does nothing."),))
    door.requester.responder = lambda _, request_id: predicted(request_id, said)

    body = (await door.post("/predict/best-move", EARLIER)).json()

    assert [dropped["move"] for dropped in body["not_scored"]] == ["splash", "growl", "rage"]


async def test_the_earlier_body_without_moves_asks_about_every_move(door: Door) -> None:
    assert (await door.post("/predict/best-move", {"pokemon_a_id": 1, "pokemon_b_id": 4})).status_code == 200
    assert door.requester.asked[0][1].a.moves is None


@pytest.mark.parametrize("moves", [[45], [99], [45, 99], ["no such move"]])
async def test_the_earlier_body_without_a_move_that_can_be_scored_is_refused(
    door: Door, moves: list[Any]
) -> None:
    body = {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": moves}
    document = assert_problem(await door.post("/predict/best-move", body), 422)

    assert document["field"] == "available_moves"
    assert document["suggestions"]
    assert door.requester.asked == []


async def test_more_than_four_moves_that_can_be_scored_are_refused(door: Door) -> None:
    moves = ["tackle", "vine whip", "razor leaf", "take down", "double-edge"]
    body = {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": moves}

    document = assert_problem(await door.post("/predict/best-move", body), 422)

    assert document["field"] == "available_moves"
    assert "at most 4" in document["detail"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a.pokemon", "pokemon_a_id"),
        ("b.pokemon", "pokemon_b_id"),
        ("a.moves", "available_moves"),
        ("a.moves[0]", "available_moves[1]"),
    ],
)
async def test_a_refusal_names_the_field_of_the_earlier_body(door: Door, field: str, expected: str) -> None:
    door.requester.responder = refusing("unknown", field)
    body = {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [45, 33]}

    assert assert_problem(await door.post("/predict/best-move", body), 422)["field"] == expected


async def test_the_earlier_body_needs_the_pokedex(door: Door) -> None:
    door.pokedex.pokedex = None
    response = await door.post("/predict/best-move", EARLIER)
    assert_problem(response, 503)
    assert int(response.headers["retry-after"]) > 0


# Refusals and failures of the bus


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("malformed", 400),
        ("invalid", 422),
        ("unknown", 422),
        ("not_learnable", 422),
        ("not_scored", 422),
        ("conflict", 409),
        ("expired", 504),
        ("unavailable", 503),
        ("internal", 502),
    ],
)
async def test_a_refusal_is_a_problem_document(door: Door, reason: RefusalReason, status: int) -> None:
    door.requester.responder = refusing(reason)

    document = assert_problem(await door.post("/predict/battle", DUEL), status)

    assert document["type"] == f"urn:predictiondex:problem:{reason}"
    assert document["field"] == "a.pokemon"
    assert document["value"] == "pikachuu"
    assert document["remedy"] == "Take a suggestion."
    assert document["suggestions"] == ["Pikachu", "Raichu"]
    assert document["instance"] == "/predict/battle"
    assert document["request_id"] == door.requester.asked[0][2]


@pytest.mark.parametrize("field", ["a.moves[0]", "a.moves"])
async def test_a_refusal_of_a_single_move_names_that_field(door: Door, field: str) -> None:
    door.requester.responder = refusing("unknown", field)
    assert assert_problem(await door.post("/predict/battle", DUEL), 422)["field"] == "a.move"


async def test_a_retryable_refusal_says_when_to_try_again(door: Door) -> None:
    door.requester.responder = refusing("unavailable", retryable=True)
    response = await door.post("/predict/battle", DUEL)
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("failure", "status", "retry"),
    [
        (NotReady("no position yet"), 503, True),
        (Overloaded("4096 pending"), 503, True),
        (ShuttingDown("stopped"), 503, True),
        (CallFailed("the reply could not be read"), 503, True),
        (ReplyTimeout("no reply within 5 s"), 504, False),
    ],
)
async def test_no_reply_is_a_problem_document(
    door: Door, failure: CallFailed, status: int, retry: bool
) -> None:
    door.requester.failure = failure

    response = await door.post("/predict/battle", DUEL)

    document = assert_problem(response, status)
    assert document["remedy"] == failure.remedy
    assert document["request_id"] == door.requester.asked[0][2]
    assert ("retry-after" in response.headers) is retry


async def test_a_defect_is_a_problem_document_and_is_logged(
    door: Door, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    door.requester.failure = ZeroDivisionError("planted")

    document = assert_problem(await door.post("/predict/battle", DUEL), 500)

    assert "planted" not in json.dumps(document)
    captured = capsys.readouterr()
    assert "planted" in captured.out + captured.err + caplog.text


# Bad input: a problem that names field and value, nothing published, and the next request is answered


def side(**edits: Any) -> dict[str, Any]:
    changed = {**DUEL["a"], **edits}
    return {"a": {name: value for name, value in changed.items() if value is not ...}, "b": DUEL["b"]}


BAD_VALUES = [
    pytest.param(side(level=0), "a.level", "0", id="level 0"),
    pytest.param(side(level=101), "a.level", "101", id="level 101"),
    pytest.param(side(level=-1), "a.level", "-1", id="level -1"),
    pytest.param(side(level=10**9), "a.level", "1000000000", id="level 1e9"),
    pytest.param(side(level=50.5), "a.level", "50.5", id="fraction"),
    pytest.param(side(level="50"), "a.level", "50", id="text as level"),
    pytest.param(side(level=True), "a.level", "true", id="bool as level"),
    pytest.param(side(level=None), "a.level", "null", id="null as level"),
    pytest.param(side(level=10**400), "a.level", "1" + "0" * 198 + "…", id="enormous level"),
    pytest.param(side(pokemon=True), "a.pokemon", "true", id="bool as name"),
    pytest.param(side(pokemon=None), "a.pokemon", "null", id="null as name"),
    pytest.param(side(pokemon=""), "a.pokemon", "", id="empty name"),
    pytest.param(side(pokemon="  "), "a.pokemon", "  ", id="blank name"),
    pytest.param(side(pokemon=0), "a.pokemon", "0", id="id 0"),
    pytest.param(side(pokemon=-25), "a.pokemon", "-25", id="negative id"),
    pytest.param(side(pokemon=2**64), "a.pokemon", str(2**64), id="id beyond 64 bits"),
    pytest.param(side(pokemon=25.0), "a.pokemon", "25.0", id="fraction as id"),
    pytest.param(side(pokemon=["pikachu"]), "a.pokemon", '["pikachu"]', id="list as name"),
    pytest.param(side(pokemon={"id": 25}), "a.pokemon", '{"id": 25}', id="object as name"),
    pytest.param(side(pokemon="x" * 1000), "a.pokemon", "x" * 199 + "…", id="long name"),
    pytest.param(side(pokemon=...), "a.pokemon", "", id="no Pokémon"),
    pytest.param(side(move=True), "a.move", "true", id="bool as move"),
    pytest.param(side(move=..., moves=[]), "a.moves", "[]", id="no move"),
    pytest.param(side(move=..., moves=[1, 2, 3, 4, 5]), "a.moves", "[1, 2, 3, 4, 5]", id="five moves"),
    pytest.param(side(move=..., moves=["tackle", 1.5]), "a.moves[1]", "1.5", id="fraction in moves"),
    pytest.param(side(move=..., moves="tackle"), "a.moves", "tackle", id="text as moves"),
    pytest.param(side(moves=["tackle"]), "a.moves", '["tackle"]', id="move and moves"),
    pytest.param(side(lvl=50), "a.lvl", "50", id="unknown field of a side"),
    pytest.param({**DUEL, "weather": "rain"}, "weather", "rain", id="unknown field"),
    pytest.param({"a": DUEL["a"]}, "b", "", id="one side"),
    pytest.param({"a": DUEL["a"], "b": "squirtle"}, "b", "squirtle", id="text as side"),
    pytest.param([], "body", "[]", id="list"),
    pytest.param("null", "body", "null", id="null"),
    pytest.param('"text"', "body", "text", id="text"),
    pytest.param("12", "body", "12", id="number"),
    pytest.param({}, "a", "", id="empty object"),
    pytest.param({"pokemon_a_id": 1}, "pokemon_b_id", "", id="earlier body, one Pokémon"),
    pytest.param(
        {"pokemon_a_id": 1, "pokemon_b_id": True}, "pokemon_b_id", "true", id="earlier body, bool as id"
    ),
    pytest.param(
        {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": []},
        "available_moves",
        "[]",
        id="earlier body, no moves",
    ),
    pytest.param({**DUEL, "pokemon_a_id": 1}, "pokemon_b_id", "", id="both forms at once"),
]


@pytest.mark.parametrize(("body", "field", "value"), BAD_VALUES)
async def test_a_bad_value_is_refused_by_field_and_value_and_the_next_request_is_answered(
    door: Door, body: Any, field: str, value: str
) -> None:
    document = assert_problem(await door.post("/predict/battle", body), 422)

    assert document["field"] == field
    assert document["value"] == value
    assert document["remedy"]
    assert door.requester.asked == []
    assert (await door.post("/predict/battle", DUEL)).status_code == 200


@pytest.mark.parametrize(
    "name",
    ["👻", "‮uhcakip", "pika\x00chu", "'; drop table pokemon; --", "<script>alert(1)</script>", "é" * 64],
)
async def test_odd_names_reach_the_service_as_they_are(door: Door, name: str) -> None:
    assert (await door.post("/predict/battle", side(pokemon=name))).status_code == 200
    assert door.requester.asked[0][1].a.pokemon == name


MALFORMED = [
    pytest.param("", id="empty"),
    pytest.param("   ", id="blank"),
    pytest.param("{", id="truncated"),
    pytest.param("{'a': 1}", id="single quotes"),
    pytest.param('{"a": NaN}', id="NaN"),
    pytest.param('{"a": Infinity}', id="Infinity"),
    pytest.param('{"a": -Infinity}', id="-Infinity"),
    pytest.param('{"a": 1, "a": 2}', id="key twice"),
    pytest.param(b'{"a": "\xff"}', id="not UTF-8"),
    pytest.param(b'{"a": "pik', id="truncated text"),
    pytest.param('{"a": "\\ud800"}', id="half a surrogate pair"),
    pytest.param('{"\\udfff": 1}', id="half a surrogate pair as a key"),
    pytest.param("[" * 10_000 + "]" * 10_000, id="10,000 levels"),
    pytest.param('{"a":' * 17 + "1" + "}" * 17, id="17 levels"),
    pytest.param("[" * 30_000, id="30,000 openings"),
    pytest.param('{"a": 1' + "0" * 5_000 + "}", id="a number of 5,000 digits"),
    pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
]


@pytest.mark.parametrize("body", MALFORMED)
async def test_what_is_no_json_is_400_and_the_next_request_is_answered(door: Door, body: str | bytes) -> None:
    document = assert_problem(await door.post("/predict/battle", body), 400)

    assert document["field"] == "body"
    assert document["remedy"]
    assert (await door.post("/predict/battle", DUEL)).status_code == 200


async def test_brackets_inside_of_strings_are_not_depth(door: Door) -> None:
    assert (await door.post("/predict/battle", side(pokemon='[{"\\' * 16))).status_code == 200


async def test_a_byte_order_mark_is_no_error(door: Door) -> None:
    body = json.dumps(DUEL).encode("utf-8-sig")
    assert (await door.post("/predict/battle", body)).status_code == 200


async def test_200_kb_of_text_are_413(door: Door) -> None:
    document = assert_problem(await door.post("/predict/battle", side(pokemon="x" * 200_000)), 413)
    assert document["field"] == "body"
    assert document["remedy"]


async def test_a_body_without_a_length_is_read_no_further_than_the_limit(door: Door) -> None:
    sent = 0

    async def stream() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b" " * 10_000

    response = await door.client.post("/predict/battle", content=stream())

    assert_problem(response, 413)
    assert sent < 10


async def test_a_body_of_exactly_the_limit_is_read(door: Door) -> None:
    body = json.dumps(DUEL).ljust(65_536)
    assert (await door.post("/predict/battle", body)).status_code == 200
    assert_problem(await door.post("/predict/battle", body + " "), 413)


async def test_headers_beyond_16_kb_are_431(door: Door) -> None:
    assert_problem(await door.client.get("/pokemon", headers={"x-filler": "x" * 17_000}), 431)


async def test_another_content_type_is_415(door: Door) -> None:
    response = await door.client.post(
        "/predict/battle", content="<a/>", headers={"content-type": "application/xml"}
    )
    assert assert_problem(response, 415)["value"] == "application/xml"


async def test_unknown_paths_and_methods_are_problem_documents(door: Door) -> None:
    assert_problem(await door.client.get("/no/such/path"), 404)
    assert_problem(await door.client.get("/predict/battle"), 405)
    assert_problem(await door.client.delete("/pokemon"), 405)


async def test_all_violations_are_listed(door: Door) -> None:
    document = assert_problem(
        await door.post("/predict/battle", {"a": {"pokemon": 0, "level": 0}, "b": {}}), 422
    )
    assert [one["field"] for one in document["errors"]] == ["a.pokemon", "a.level", "b.pokemon"]


# The Pokédex


@pytest.mark.parametrize("path", ["/pokemon", "/moves", "/types"])
async def test_every_row_of_every_list_has_its_id(door: Door, path: str) -> None:
    response = await door.client.get(path)

    rows = response.json()
    assert len(rows) > 10
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert all(row["slug"] and row["name_en"] and row["name_fr"] for row in rows)
    assert door.pokedex.pokedex is not None
    assert response.headers["x-pokedex-hash"] == door.pokedex.pokedex.pokedex_hash


@pytest.mark.parametrize("name", ["25", "pikachu", "PIKACHU", "Raichu d'Alola", "Salamèche", "mr mime"])
async def test_a_pokemon_is_found_by_any_name(door: Door, name: str) -> None:
    body = (await door.client.get(f"/pokemon/{name}")).json()

    assert door.pokedex.pokedex is not None
    record = door.pokedex.pokedex.find_pokemon(name)
    assert record is not None
    assert body["id"] == record.id
    assert {move["slug"] for move in body["moves"]} == {learned.move for learned in record.learnset}
    assert all(move["id"] and move["learned"] for move in body["moves"])


async def test_an_unknown_pokemon_is_404_with_the_nearest_names(door: Door) -> None:
    document = assert_problem(await door.client.get("/pokemon/pikachuu"), 404)

    assert document["value"] == "pikachuu"
    assert "Pikachu" in document["suggestions"]


@pytest.mark.parametrize("name", ["%00", "👻", "0", "-1", "x" * 5_000, "%3Cscript%3E", "'; drop table x; --"])
async def test_an_odd_pokemon_path_is_404(door: Door, name: str) -> None:
    assert len(assert_problem(await door.client.get(f"/pokemon/{name}"), 404)["value"]) <= 200


@pytest.mark.parametrize("path", ["/pokemon", "/pokemon/25", "/moves", "/types"])
async def test_without_a_pokedex_the_lists_are_not_ready(door: Door, path: str) -> None:
    door.pokedex.pokedex = None
    response = await door.client.get(path)
    assert_problem(response, 503)
    assert int(response.headers["retry-after"]) > 0


# Model, health, metrics


async def test_the_current_model_is_the_champion(door: Door) -> None:
    body = (await door.client.get("/models/current")).json()

    assert (body["family"], body["version"], body["previous"]) == ("battle", "7", "6")
    assert body["released_at"] == "1970-01-01T00:00:01Z"
    assert body["metrics"] == {"brier": 0.01}


async def test_no_model_is_503_and_no_such_family_404(door: Door) -> None:
    assert_problem(await door.client.get("/models/current?family=chess"), 404)
    door.models.assignments.clear()
    assert_problem(await door.client.get("/models/current"), 503)


@pytest.mark.parametrize("path", ["/health", "/health/ready"])
async def test_readiness_says_what_is_missing(door: Door, path: str) -> None:
    response = await door.client.get(path)
    assert response.status_code == 200
    assert response.json() == {
        "ready": True,
        "service": "gateway",
        "checks": {"replies": "ok", "pokedex": "ok", "model": "ok"},
    }

    door.models.assignments.clear()
    response = await door.client.get(path)
    assert response.status_code == 503
    assert response.json()["ready"] is False
    assert response.json()["checks"]["model"] == "no model released yet"


async def test_alive_is_not_ready(door: Door) -> None:
    door.requester.is_open = False
    assert (await door.client.get("/health/live")).status_code == 200
    assert (await door.client.get("/health/ready")).status_code == 503


async def test_metrics_count_by_route_template(door: Door) -> None:
    await door.client.get("/pokemon/pikachu")
    await door.client.get("/pokemon/charmander")
    await door.client.get("/no/such/path")
    await door.post("/predict/battle", "{")

    text = (await door.client.get("/metrics")).text

    assert 'pdx_http_requests_total{method="GET",route="/pokemon/{name}",status="200"} 2.0' in text
    assert 'pdx_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'pdx_http_requests_total{method="POST",route="unmatched",status="400"} 1.0' in text


async def test_collaborators_are_opened_and_closed_with_the_application() -> None:
    ports, requester, _, _ = fake_ports()
    async with running(create_app(Settings(), ports)):
        assert requester.is_open
    assert not requester.is_open


# Documents


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/asyncapi"])
async def test_a_page_loads_nothing_from_elsewhere(door: Door, path: str) -> None:
    response = await door.client.get(path)

    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "://" not in response.text.replace("http://gateway/", "")
    assert "default-src 'self'" in response.headers["content-security-policy"]


async def test_the_scripts_of_the_pages_are_bundled(door: Door) -> None:
    for page, script in (("/docs", "swagger-ui-bundle.js"), ("/redoc", "redoc.standalone.js")):
        assert script in (await door.client.get(page)).text
        response = await door.client.get(f"/static-offline-docs/{script}")
        assert response.status_code == 200
        assert len(response.content) > 100_000


async def test_the_asyncapi_page_shows_every_channel_and_message(door: Door) -> None:
    document = (await door.client.get("/asyncapi.json")).json()
    text = (await door.client.get("/asyncapi")).text

    assert document["asyncapi"] == "3.0.0"
    for name in (*document["channels"], *document["components"]["messages"]):
        assert name in text
    assert "<script" not in text


async def test_every_route_has_an_example_and_documents_its_problems(door: Door) -> None:
    paths = (await door.client.get("/openapi.json")).json()["paths"]

    assert len(paths) == 12
    for path, methods in paths.items():
        for operation in methods.values():
            success = next(iter(operation["responses"]["200"]["content"].values()))
            assert "example" in success, path
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"]["examples"], path
            for status, response in operation["responses"].items():
                if status != "200" and not path.startswith("/health"):
                    assert list(response["content"]) == ["application/problem+json"], path


async def test_every_request_example_can_be_pasted(door: Door) -> None:
    paths = (await door.client.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        content = methods.get("post", {}).get("requestBody", {}).get("content", {})
        for example in content.get("application/json", {}).get("examples", {}).values():
            response = await door.post(path, example["value"])
            assert response.status_code == 200, response.text
