"""Rates and cross-origin calls at the door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from contracts.access import Scope
from services.gateway.access import HEADER
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.gateway import fake_ports
from tests.support.gateway_door import DUEL, UNLIMITED, Door, assert_problem

ORIGIN = "https://pokemon.example"


@asynccontextmanager
async def gateway(address: str = "10.0.0.1", **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    ports, fakes = fake_ports()
    app = create_app(Settings.model_validate(UNLIMITED | settings), ports)
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, client=(address, 123)),
        base_url="http://gateway",
        headers={HEADER: fakes.keys.grant(*Scope)},
    )
    async with running(app), client as opened:
        yield opened


async def test_a_key_above_its_rate_is_told_when_to_come_back_and_others_are_answered(door: Door) -> None:
    door.limit(key_rate=0.5, key_burst=2)
    hasty, calm = (door.keys.grant(Scope.PREDICT, owner=owner) for owner in ("hasty", "calm"))

    answers = [await door.post("/predict/battle", DUEL, **{HEADER: hasty}) for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    document = assert_problem(answers[2], 429)
    assert (document["field"], document["value"]) == ("key", hasty.split("_")[1])
    assert answers[2].headers["retry-after"] == "2"
    assert len(door.requester.asked) == 2
    assert (await door.post("/predict/battle", DUEL, **{HEADER: calm})).status_code == 200


async def test_many_questions_in_one_request_cost_as_many(door: Door) -> None:
    door.limit(key_rate=0.5, key_burst=3)
    side = {"pokemon": "pikachu"}
    for path, body in (
        ("/predict/batch", {"battles": [DUEL] * 9}),
        ("/predict/matchups", {"a": [side] * 3, "b": [side] * 3}),
    ):
        key = {HEADER: door.keys.grant(Scope.PREDICT)}
        assert (await door.post(path, body, **key)).status_code == 200
        refused = await door.post("/predict/battle", DUEL, **key)
        assert_problem(refused, 429)
        assert 10 <= int(refused.headers["retry-after"]) <= 14


@pytest.mark.parametrize("path", ["/jobs", "/predict/batch"])
async def test_a_large_body_is_read_for_a_key_in_force_alone(door: Door, path: str) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b" " * 1_000

    door.limit(key_rate=0.5, key_burst=1)
    assert_problem(await door.client.post(path, content=body(), headers={HEADER: "pdx_1_2"}), 401)
    assert read == []
    key = {HEADER: door.keys.grant(Scope.PREDICT)}
    # Counted once, at the door.
    assert (await door.post(path, {"battles": [DUEL]}, **key)).is_success
    assert_problem(await door.client.post(path, content=body(), headers=key), 429)
    assert read == []


async def test_an_address_above_its_rate_is_refused_whatever_key_it_shows() -> None:
    async with gateway(address_rate=0.01, address_burst=3) as client:
        for key in ("", "pdx_1_2", "pdx_3_4"):
            assert_problem(await client.post("/predict/battle", json=DUEL, headers={HEADER: key}), 401)
        refused = await client.post("/predict/battle", json=DUEL)
        document = assert_problem(refused, 429)
        assert (document["field"], document["value"]) == ("address", "10.0.0.1")
        assert int(refused.headers["retry-after"]) > 0
        assert_problem(await client.get("/pokemon", headers={"x-forwarded-for": "10.9.9.9"}), 429)


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics"])
async def test_probers_are_never_refused(path: str) -> None:
    async with gateway(address_rate=0.01, address_burst=1) as client:
        assert (await client.get("/pokemon")).status_code == 200
        for _ in range(5):
            assert (await client.get(path)).status_code == 200


async def test_no_page_of_another_site_may_call_unless_it_is_named() -> None:
    async with gateway() as client:
        response = await client.get("/pokemon", headers={"origin": ORIGIN})
        assert "access-control-allow-origin" not in response.headers
        asked = {"origin": ORIGIN, "access-control-request-method": "POST"}
        assert (await client.options("/predict/battle", headers=asked)).status_code == 405


async def test_a_page_of_a_named_site_may_call_with_a_key() -> None:
    async with gateway(cors_origins=f"https://other.example, {ORIGIN}") as client:
        asked = {
            "origin": ORIGIN,
            "access-control-request-method": "POST",
            "access-control-request-headers": HEADER,
        }
        allowed = await client.options("/predict/battle", headers=asked)
        assert allowed.status_code == 200
        assert HEADER.lower() in allowed.headers["access-control-allow-headers"].lower()
        answered = await client.post("/predict/battle", json=DUEL, headers={"origin": ORIGIN})
        assert answered.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in answered.headers
        problem = await client.post("/predict/battle", content="{", headers={"origin": ORIGIN})
        assert_problem(problem, 400)
        assert problem.headers["access-control-allow-origin"] == ORIGIN
        other = await client.get("/pokemon", headers={"origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers


async def test_a_page_of_a_named_site_may_use_every_method_and_read_every_header_of_ours() -> None:
    async with gateway(cors_origins=ORIGIN) as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
        methods = {method.upper() for path in paths.values() for method in path}
        assert {"GET", "POST", "DELETE"} <= methods
        for method in methods:
            asked = {"origin": ORIGIN, "access-control-request-method": method}
            assert (await client.options("/jobs", headers=asked)).status_code == 200, method
        named = {
            one["name"]
            for path in paths.values()
            for method in path.values()
            for one in method.get("parameters", ())
            if one["in"] == "header"
        }
        for name in named:
            asked = {
                "origin": ORIGIN,
                "access-control-request-method": "POST",
                "access-control-request-headers": name,
            }
            assert (await client.options("/jobs", headers=asked)).status_code == 200, name
        assert named
        read = await client.get("/pokemon?limit=1", headers={"origin": ORIGIN})
        exposed = {name.strip().lower() for name in read.headers["access-control-expose-headers"].split(",")}
        refused = await client.get("/predictions", headers={"origin": ORIGIN, HEADER: "none"})
        assert_problem(refused, 401)
        told = {"location", *read.headers, *refused.headers}
        assert {name for name in told if name.startswith("x-")} - {"x-content-type-options"} <= exposed
        assert told & {"link", "location", "etag", "retry-after", "www-authenticate"} <= exposed
        assert "www-authenticate" in told
