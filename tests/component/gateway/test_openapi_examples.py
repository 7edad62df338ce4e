"""Every example of the OpenAPI document is sent, and what comes back is compared with the example."""

import json
from typing import Any

import msgspec
import pytest

from contracts.battle import BattleRequested, Combatant, ResolvedBattle
from shared.battle.facts import facts_of, order_of
from shared.battle.resolving import resolve_battle
from tests.support.gateway_door import POKEDEX_FIXED, POKEDEX_LISTS, Door
from tests.support.openapi import (
    EXCERPT,
    ask,
    assert_schema,
    assert_shown,
    bodies,
    documented_answer,
    documented_prediction,
    forms,
    keep_documented_job,
    keep_documented_past,
    operation,
    operations,
    parameters,
    release_documented_model,
    success,
)
from tests.support.pokedex import load_snapshot_pokedex


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
