"""Problem documents in the language that the client prefers, from one catalogue."""

from typing import Any

import pytest

from services.gateway.access import HEADER
from shared.errors import CallFailed, NotReady, Overloaded, ReplyTimeout, ShuttingDown
from tests.component.gateway.test_bad_input import BAD_VALUES, MALFORMED
from tests.support.gateway_door import DUEL, Door, assert_problem, refusing

TOLD = ("title", "detail", "remedy")


async def in_both(door: Door, method: str, path: str, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The problem in English and in French, its other members compared."""
    said = []
    for language in ("en", "fr"):
        headers = {**how.get("headers", {}), "accept-language": language}
        response = await door.client.request(method, path, **{**how, "headers": headers})
        document = assert_problem(response, response.status_code)
        assert response.headers["content-language"] == language
        assert "accept-language" in response.headers["vary"].lower()
        said.append(document)
    english, french = said
    for name in english.keys() - {*TOLD, "request_id", "errors", "suggestions"}:
        assert english[name] == french[name], name
    assert len(english.get("suggestions", ())) == len(french.get("suggestions", ()))
    return english, french


def assert_translated(english: dict[str, Any], french: dict[str, Any]) -> None:
    for name in TOLD:
        assert english[name] != french[name], (name, english[name])


@pytest.mark.parametrize(("body", "field", "value"), BAD_VALUES)
async def test_every_violation_of_a_body_is_said_in_french(
    door: Door, body: Any, field: str, value: str
) -> None:
    how = {"content": body} if isinstance(body, str) else {"json": body}
    english, french = await in_both(door, "post", "/predict/battle", **how)

    assert_translated(english, french)
    assert "n’est pas admise" not in french["detail"]
    for one, other in zip(english.get("errors", ()), french.get("errors", ()), strict=True):
        assert one["field"] == other["field"]
        assert one["message"] != other["message"]


@pytest.mark.parametrize("body", MALFORMED)
async def test_what_is_no_json_is_said_in_french(door: Door, body: str | bytes) -> None:
    assert_translated(*await in_both(door, "post", "/predict/battle", content=body))


@pytest.mark.parametrize(
    ("method", "path", "how"),
    [
        ("get", "/no/such/path", {}),
        ("delete", "/predict/battle", {}),
        ("get", "/pokemon/pikachuu", {}),
        ("get", "/moves/tonere", {}),
        ("get", "/moves/pika-papow", {}),
        ("get", "/types/electro", {}),
        ("get", "/types/water/against/grass,fire,ice", {}),
        ("get", "/types/water/against/grass,grass", {}),
        ("get", "/pokemon?type=shadow", {}),
        ("get", "/pokemon?form=galar", {}),
        ("get", "/pokemon?limit=0", {}),
        ("get", "/pokemon?limit=many", {}),
        ("get", "/pokemon?search=" + "x" * 65, {}),
        ("get", "/pokemon?min_speed=100&max_speed=50", {}),
        ("get", "/pokemon?limit=1&limit=2", {}),
        ("get", "/types?limit=1", {}),
        ("get", "/moves?tm=perhaps", {}),
        ("get", "/models/current?family=chess", {}),
        ("post", "/predict/battle", {"content": "<a/>", "headers": {"content-type": "application/xml"}}),
        ("post", "/predict/battle", {"content": " " * 70_000}),
        ("post", "/predict/battle", {"content": "{}", "headers": {"x": "y" * 17_000}}),
        ("post", "/predict/battle", {"json": DUEL, "headers": {HEADER: ""}}),
        ("post", "/predict/battle", {"json": DUEL, "headers": {HEADER: "pdx_1_2"}}),
        (
            "post",
            "/predict/best-move",
            {"json": {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [99_999]}},
        ),
        (
            "post",
            "/predict/best-move",
            {"json": {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [33, 22, 75, 36, 38]}},
        ),
    ],
)
async def test_every_other_problem_is_said_in_french(
    door: Door, method: str, path: str, how: dict[str, Any]
) -> None:
    assert_translated(*await in_both(door, method, path, **how))


@pytest.mark.parametrize("failure", [NotReady, Overloaded, ReplyTimeout, ShuttingDown, CallFailed])
async def test_no_reply_is_said_in_french(door: Door, failure: type[CallFailed]) -> None:
    door.requester.failure = failure("the bus says so")
    assert_translated(*await in_both(door, "post", "/predict/battle", json=DUEL))


async def test_before_the_pokedex_and_after_a_defect_it_is_said_in_french(door: Door) -> None:
    door.requester.failure = ZeroDivisionError("planted")
    response = await door.post("/predict/battle", DUEL, **{"accept-language": "fr"})
    assert assert_problem(response, 500)["detail"].startswith("La passerelle")
    door.pokedex.pokedex = None
    assert_translated(*await in_both(door, "get", "/pokemon"))
    door.models.assignments.clear()
    assert_translated(*await in_both(door, "get", "/models/current"))


async def test_the_refusal_of_a_service_is_told_in_its_own_french_or_by_its_reason(door: Door) -> None:
    door.requester.responder = refusing("unknown", message_fr="Aucun.", remedy_fr="Prenez-en un.")
    english, french = await in_both(door, "post", "/predict/battle", json=DUEL)
    assert (english["detail"], french["detail"]) == ("There is no Pokémon pikachuu.", "Aucun.")
    assert french["remedy"] == "Prenez-en un."

    door.requester.responder = refusing("unknown")
    english, french = await in_both(door, "post", "/predict/battle", json=DUEL)
    assert french["detail"] == "Nom inconnu : There is no Pokémon pikachuu."
