"""Model, health, metrics, and the pages that show the interface."""

import pytest

from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.gateway import Fakes
from tests.support.gateway_door import Door, assert_problem


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
        "checks": {"replies": "ok", "pokedex": "ok", "model": "ok", "keys": "ok", "jobs": "ok"},
        "notes": {},
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
    fakes = Fakes()
    async with running(create_app(Settings(), fakes.ports())):
        assert fakes.requester.is_open
    assert not fakes.requester.is_open


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
