"""Bad input: a problem that names field and value, nothing published, and the next request is answered."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.gateway_door import DUEL, Door, assert_problem


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
    pytest.param(side(pokemon="pika\0chu"), "a.pokemon", "pika\0chu", id="NUL in a name"),
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
    pytest.param({**DUEL, "explain": "yes"}, "explain", "yes", id="text as explain"),
    pytest.param({**DUEL, "explain": 1}, "explain", "1", id="number as explain"),
    pytest.param({**DUEL, "explain": None}, "explain", "null", id="null as explain"),
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
    ["👻", "‮uhcakip", "'; drop table pokemon; --", "<script>alert(1)</script>", "é" * 64],
)
async def test_odd_names_reach_the_service_as_they_are(door: Door, name: str) -> None:
    assert (await door.post("/predict/battle", side(pokemon=name))).status_code == 200
    assert door.requester.asked[0][1].a.pokemon == name


MALFORMED = [
    pytest.param("", id="empty"),
    pytest.param("   ", id="blank"),
    pytest.param("{", id="truncated"),
    pytest.param("{'a': 1}", id="single quotes"),
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


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
async def test_a_number_that_json_lacks_is_400_and_its_field_is_named(door: Door, word: str) -> None:
    body = f'{{"a": {{"pokemon": "pikachu", "level": {word}}}, "b": {{"pokemon": "squirtle"}}}}'
    document = assert_problem(await door.post("/predict/battle", body), 400)
    assert (document["field"], document["value"]) == ("a.level", word)
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
