"""Wrong methods, and HEAD."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.access import HEADER
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.gateway import fake_ports
from tests.support.gateway_door import DUEL, UNLIMITED, Door, assert_problem
from tests.support.loopback import serving


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/predict/battle", "POST"),
        ("HEAD", "/predict/battle", "POST"),
        ("PUT", "/predict/battle", "POST"),
        ("POST", "/predictions", "GET, HEAD"),
        ("POST", "/jobs/7", "GET, DELETE, HEAD"),
        ("PATCH", "/jobs", "GET, POST, HEAD"),
        ("DELETE", "/jobs", "GET, POST, HEAD"),
        ("OPTIONS", "/jobs", "GET, POST, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("POST", "/static-offline-docs/swagger-ui.css", "GET, HEAD"),
    ],
)
@pytest.mark.parametrize("headers", [{HEADER: "none"}, {"content-type": "image/png"}])
async def test_a_wrong_method_is_told_before_key_and_body_are_judged(
    door: Door, method: str, path: str, allow: str, headers: dict[str, str]
) -> None:
    read: list[int] = []

    async def body() -> AsyncIterator[bytes]:
        for number in range(100):
            read.append(number)
            yield b"{" * 1_000

    content = None if method in ("GET", "HEAD") else body()
    response = await door.client.request(method, path, content=content, headers=headers)
    assert response.status_code == 405, response.text
    assert response.headers["allow"] == allow
    assert read == []
    if method != "HEAD":
        assert_problem(response, 405)


async def test_a_path_of_no_route_is_told_before_the_body_is_judged(door: Door) -> None:
    assert_problem(await door.client.post("/predict/nothing", content="{", headers={HEADER: "none"}), 404)


async def test_head_is_answered_as_get_without_the_body_wherever_get_is(door: Door) -> None:
    job_id = (await door.post("/jobs", {"battles": [DUEL]})).json()["job_id"]
    paths = (await door.client.get("/openapi.json")).json()["paths"]
    named = {"job_id": job_id, "request_id": "7", "attacking": "fire", "defending": "ice"}
    asked = ["/docs", "/static-offline-docs/swagger-ui.css"]
    asked += [
        path.format_map(
            named
            | {"name": "fire" if path.startswith("/types") else "cut" if path.startswith("/moves") else "mew"}
        )
        for path, methods in paths.items()
        if "get" in methods and not path.endswith("/events")
    ]
    assert len(asked) > 20
    for path in asked:
        got, head = await door.client.get(path), await door.client.head(path)
        assert (head.status_code, head.content) == (got.status_code, b""), path
        same = ("content-type", "content-length", "etag", "link", "x-total-count", "content-language")
        if path not in ("/metrics",):
            assert [head.headers.get(name) for name in same] == [got.headers.get(name) for name in same], path
    assert_problem(await door.client.get("/predictions", headers={HEADER: "none"}), 401)
    refused = await door.client.head("/predictions", headers={HEADER: "none"})
    assert (refused.status_code, refused.content) == (401, b"")


async def test_the_head_of_a_stream_ends_at_once_and_gives_its_place_back(door: Door) -> None:
    door.jobs.is_held = True
    job_id = (await door.post("/jobs", {"battles": [DUEL]})).json()["job_id"]
    head = await asyncio.wait_for(door.client.head(f"/jobs/{job_id}/events"), 10)
    assert head.status_code == 200
    assert head.headers["content-type"].startswith("text/event-stream")
    assert head.content == b""
    assert door.streams.open_of(door.key_id) == 0


async def test_the_server_keeps_a_connection_after_a_head() -> None:
    """On a real port: nothing that is sent may be taken for the next answer."""
    ports, _ = fake_ports()
    with serving(create_app(Settings.model_validate(UNLIMITED), ports), lifespan="on") as url:
        async with httpx.AsyncClient(base_url=url) as client:
            for path in ("pokemon", "health", "nothing"):
                head, got = await client.head(path), await client.get(path)
                assert (head.status_code, head.content) == (got.status_code, b"")
                assert head.headers["content-length"] == str(len(got.content))
            counted = (await client.get("metrics")).text
    assert 'pdx_http_requests_total{method="HEAD",route="/pokemon",status="200"}' in counted
