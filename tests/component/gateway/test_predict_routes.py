"""Battles asked over REST: what is published, and the answer that comes back."""

import json
from typing import Any

import msgspec
import pytest

from contracts.battle import BattleAnswer, BattleRequested, Combatant, NotScored
from contracts.channels import BATTLE_REQUESTED
from services.gateway.answers import BattlePrediction
from services.gateway.examples.prediction import PREDICTION
from tests.support.explanations import explanation
from tests.support.gateway import answer, predicted
from tests.support.gateway_door import DUEL, EARLIER, Door, assert_problem, refusing


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
    in_french = {dropped["move"]: dropped["reason_fr"] for dropped in body["not_scored"]}
    assert in_french["rage"] == "Bulbizarre ne peut pas apprendre Frénésie"
    assert "attaque de statut" in in_french["growl"]


async def test_what_the_service_did_not_score_stays_in_the_list(door: Door) -> None:
    said = answer(not_scored=(NotScored("b", "splash", "It does nothing."),))
    door.requester.responder = lambda _, request_id: predicted(request_id, said)

    body = (await door.post("/predict/best-move", EARLIER)).json()

    assert [dropped["move"] for dropped in body["not_scored"]] == ["splash", "growl", "rage"]


async def test_what_an_older_service_did_not_score_is_told_in_its_words(door: Door) -> None:
    older = b'{"side":"b","move":"splash","reason":"It does nothing."}'
    said = answer(not_scored=(msgspec.json.decode(older, type=NotScored),))
    assert msgspec.json.encode(said.not_scored[0]) == older
    door.requester.responder = lambda _, request_id: predicted(request_id, said)
    [dropped] = (await door.post("/predict/battle", DUEL)).json()["not_scored"]
    assert (dropped["reason"], dropped["reason_fr"]) == ("It does nothing.", "It does nothing.")


async def test_why_no_move_is_left_is_told_in_the_language_of_the_caller(door: Door) -> None:
    body = {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [45, 99]}
    told = {
        language: assert_problem(
            await door.post("/predict/battle", body, **{"accept-language": language}), 422
        )["detail"]
        for language in ("en", "fr")
    }
    assert "growl: a status move deals no damage" in told["en"]
    assert "growl : une attaque de statut" in told["fr"]
    assert "rage : Bulbizarre ne peut pas apprendre Frénésie" in told["fr"]
    assert "cannot" not in told["fr"]


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
