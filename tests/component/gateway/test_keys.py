"""API keys at the door: who may ask what, and what is public."""

import time
from collections.abc import Callable

import httpx
import msgspec
import pytest

from contracts.access import Scope
from services.gateway.access import HEADER
from shared.api_keys import revoke
from tests.support.gateway_door import DUEL, POKEDEX_FIXED, POKEDEX_LISTS, Door, assert_problem

PREDICT = "/predict/battle"
PROTECTED = ("predict", "jobs", "history", "drift")
"""What their routes are tagged."""
PUBLIC = ["/health", "/health/live", "/metrics", "/docs", "/openapi.json", "/asyncapi", "/models/current"]


async def ask(door: Door, key: str) -> httpx.Response:
    return await door.post(PREDICT, DUEL, **{HEADER: key})


async def test_a_key_with_the_scope_is_answered(door: Door) -> None:
    assert (await ask(door, door.keys.grant(Scope.PREDICT))).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: key[:-1],
        lambda key: key[:-1] + ("0" if key[-1] != "0" else "1"),
        lambda key: key.replace("pdx_", "pdy_"),
        lambda key: "pdx_000000000000_" + key.rsplit("_", 1)[1],
        lambda key: key.rsplit("_", 1)[1],
        lambda key: key.upper(),
        lambda key: "x" * 10_000,
        lambda key: "pdx__",
    ],
)
async def test_any_other_key_is_401_and_nothing_is_asked(door: Door, spoil: Callable[[str], str]) -> None:
    response = await ask(door, spoil(door.keys.grant(Scope.PREDICT)))

    document = assert_problem(response, 401)
    assert document["field"] == HEADER
    assert "value" not in document
    assert HEADER in response.headers["www-authenticate"]
    assert door.requester.asked == []


async def test_a_key_in_a_query_or_a_cookie_counts_for_nothing(door: Door) -> None:
    key = door.keys.grant(Scope.PREDICT)
    del door.client.headers[HEADER]
    assert_problem(await door.client.post(PREDICT, json=DUEL, params={HEADER: key}), 401)
    assert_problem(await door.post(PREDICT, DUEL, cookie=f"{HEADER}={key}"), 401)


async def test_who_may_not_ask_is_told_so_before_what_is_wrong_with_the_body(door: Door) -> None:
    del door.client.headers[HEADER]
    assert_problem(await door.post(PREDICT, {"a": 1}), 401)


async def test_an_expired_or_revoked_key_says_so_to_its_holder_alone(door: Door) -> None:
    old, gone = (door.keys.grant(Scope.PREDICT, owner=owner) for owner in ("old", "gone"))
    now = int(time.time() * 1_000)
    for key, edit in (
        (old, lambda grant: msgspec.structs.replace(grant, expires_at_ms=now)),
        (gone, lambda grant: revoke(grant, now)),
    ):
        key_id = key.split("_")[1]
        door.keys.grants[key_id] = edit(door.keys.grants[key_id])

    assert "expired" in assert_problem(await ask(door, old), 401)["detail"]
    assert "revoked" in assert_problem(await ask(door, gone), 401)["detail"]
    assert "not known" in assert_problem(await ask(door, old[:-2] + "zz"), 401)["detail"]


@pytest.mark.parametrize("scope", [Scope.READ, Scope.ADMIN])
async def test_no_scope_holds_another(door: Door, scope: Scope) -> None:
    document = assert_problem(await ask(door, door.keys.grant(scope)), 403)

    assert (document["field"], document["value"]) == (HEADER, scope)
    assert "predict" in document["remedy"]
    assert door.requester.asked == []


async def test_two_keys_of_one_owner_count_at_once(door: Door) -> None:
    for key in [door.keys.grant(Scope.PREDICT) for _ in range(2)]:
        assert (await ask(door, key)).status_code == 200


async def test_before_the_keys_are_read_it_is_not_ready(door: Door) -> None:
    door.keys.reason = "the API keys are not read yet"

    response = await door.post(PREDICT, DUEL)

    assert_problem(response, 503)
    assert int(response.headers["retry-after"]) > 0
    assert (await door.client.get("/health/ready")).status_code == 503


@pytest.mark.parametrize("path", [*PUBLIC, *POKEDEX_LISTS, *POKEDEX_FIXED])
async def test_what_is_public_needs_no_key(door: Door, path: str) -> None:
    del door.client.headers[HEADER]
    assert (await door.client.get(path)).status_code == 200


async def test_every_other_route_names_the_scheme_in_the_openapi_document(door: Door) -> None:
    document = (await door.client.get("/openapi.json")).json()

    [(name, scheme)] = document["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", HEADER)
    for path, methods in document["paths"].items():
        for operation in methods.values():
            is_public = path in PUBLIC or not operation["tags"] or operation["tags"][0] not in PROTECTED
            assert ("security" in operation) != is_public, path
            assert is_public or operation["security"] == [{name: []}]
