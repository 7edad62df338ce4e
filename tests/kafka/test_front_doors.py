"""The REST door and the command line on a real broker, with an answering service of ours behind."""

import asyncio
import csv
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from contracts.access import Scope
from contracts.battle import BattleRequested
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.api_keys import grant_key
from tests.support.asgi import running
from tests.support.battle_answerer import SILENT_NAME, answering
from tests.support.bus import eventually, settings_for
from tests.support.pokedex import load_snapshot_records
from tests.support.pokedex_topics import publish_packaged_pokedex

pytestmark = pytest.mark.timeout(180)

Asked = list[tuple[str, BattleRequested]]


@pytest.fixture
def settings(kafka_bootstrap: str, tmp_path: Path) -> Settings:
    return settings_for(kafka_bootstrap, data_dir=tmp_path)


@pytest.fixture
async def asked(settings: Settings) -> AsyncIterator[Asked]:
    async with answering(settings) as requests:
        yield requests


@pytest.fixture
async def client(settings: Settings, asked: Asked) -> AsyncIterator[httpx.AsyncClient]:
    await publish_packaged_pokedex(settings)
    app = create_app(settings)
    _, key = await grant_key(settings, Scope.PREDICT)
    made = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url="http://gateway", headers={"X-API-Key": key}
    )
    async with running(app), made as opened:

        async def has_pokedex() -> bool:
            checks = (await opened.get("/health/ready")).json()["checks"]
            return bool(checks["pokedex"] == checks["keys"] == "ok")

        await eventually(has_pokedex, "the Pokédex and the keys to arrive from their topics")
        yield opened


async def test_an_http_request_is_published_and_answered(client: httpx.AsyncClient, asked: Asked) -> None:
    body = {"a": {"pokemon": "pikachu", "move": "thunderbolt"}, "b": {"pokemon": "squirtle"}}

    response = await client.post("/predict/battle", json=body)

    assert response.status_code == 200, response.text
    assert response.json()["win_probability"] == 0.97
    [(key, request)] = asked
    assert key == response.json()["request_id"] == response.headers["x-request-id"]
    assert request.a.moves == ("thunderbolt",)


async def test_a_request_that_is_sent_again_under_its_id_is_published_once(
    client: httpx.AsyncClient, asked: Asked
) -> None:
    body = {"a": {"pokemon": "pikachu", "move": "thunderbolt"}, "b": {"pokemon": "squirtle"}}
    named = {"X-Request-ID": "order-2026-000417"}

    together = await asyncio.gather(
        *(client.post("/predict/battle", json=body, headers=named) for _ in range(3))
    )
    again = await client.post("/predict/battle", json=body, headers=named)
    other = await client.post("/predict/battle", json={**body, "explain": True}, headers=named)

    assert {response.text for response in together} == {again.text}
    assert again.json()["request_id"] == again.headers["x-request-id"] == "order-2026-000417"
    assert [key for key, _ in asked] == ["order-2026-000417"]
    assert (other.status_code, other.json()["field"]) == (409, "X-Request-ID")


async def test_many_requests_at_once_each_get_their_own_answer(
    client: httpx.AsyncClient, asked: Asked
) -> None:
    body = {"pokemon_a_id": 1, "pokemon_b_id": 4, "available_moves": [33, 45, 99]}

    responses = await asyncio.gather(*(client.post("/predict/best-move", json=body) for _ in range(100)))

    assert {response.status_code for response in responses} == {200}
    assert {response.json()["request_id"] for response in responses} == {key for key, _ in asked}
    assert len(asked) == 100


async def test_a_refusal_a_silence_and_the_next_request(client: httpx.AsyncClient) -> None:
    def body(name: str) -> dict[str, object]:
        return {"a": {"pokemon": name}, "b": {"pokemon": "squirtle"}}

    refused = await client.post("/predict/battle", json=body("pikachuu"))
    silent = await client.post("/predict/battle", json=body(SILENT_NAME))
    good = await client.post("/predict/battle", json=body("pikachu"))

    assert refused.status_code == 422
    assert refused.json()["suggestions"] == ["Pikachu"]
    assert silent.status_code == 504
    assert silent.json()["type"].endswith(":reply-timeout")
    assert good.status_code == 200


async def test_the_pokedex_of_the_topics_is_served(client: httpx.AsyncClient) -> None:
    response = await client.get("/pokemon")
    assert len(response.json()) == len(load_snapshot_records().pokemon)
    assert response.headers["x-pokedex-hash"] == load_snapshot_records().pokedex_hash


async def dex(settings: Settings, *arguments: str, bootstrap: str | None = None) -> tuple[int, str, str]:
    """Run the command line as a process of its own: exit code, stdout, stderr."""
    environment = {
        **os.environ,
        "PDX_KAFKA_BOOTSTRAP": bootstrap or settings.kafka_bootstrap,
        "PDX_DATA_DIR": str(settings.data_dir),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "services.cli", *arguments),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_the_command_line_predicts(settings: Settings, asked: Asked) -> None:
    code, out, err = await dex(settings, "predict", "pikachu:thunderbolt", "squirtle:water-gun", "--json")

    assert (code, err) == (0, "")
    body = json.loads(out)
    assert body["win_probability"] == 0.97
    assert [key for key, _ in asked] == [body["request_id"]]


async def test_the_command_line_shows_a_refusal(settings: Settings, asked: Asked) -> None:
    code, out, err = await dex(settings, "best-move", "pikachuu", "squirtle")

    assert (code, out) == (1, "")
    assert "Try one of: Pikachu" in err
    assert len(asked) == 1


async def test_the_command_line_looks_up_the_pokedex(settings: Settings) -> None:
    await publish_packaged_pokedex(settings)

    code, out, err = await dex(settings, "pokedex", "pokemon", "raichu d'alola", "--json")

    assert (code, err) == (0, "")
    body = json.loads(out)
    assert (body["slug"], len(body["moves"])) == (
        "raichu-alola",
        len({learned.move for learned in load_snapshot_records().pokemon["raichu-alola"].learnset}),
    )
    code, out, err = await dex(settings, "pokedex", "moves", "--left-out")
    assert (code, err) == (0, "")
    assert "Pika Papow" in out


async def test_a_file_of_battles_goes_row_by_row_over_the_bus(
    settings: Settings, asked: Asked, tmp_path: Path
) -> None:
    source, target = tmp_path / "battles.csv", tmp_path / "answers.csv"
    rows = [
        f"{'pikachuu' if number % 10 == 9 else 'pikachu'},{number + 1},thunderbolt," for number in range(150)
    ]
    source.write_text("a,b,move_a,move_b\n" + "\n".join(rows) + "\n")

    code, out, err = await dex(settings, "predict", "--file", str(source), "--out", str(target))

    assert (code, out) == (0, "")
    assert "135 answered, 15 refused, 0 without a reply" in err
    answers = list(csv.DictReader(target.read_text().splitlines()))
    assert [row["b"] for row in answers] == [str(number + 1) for number in range(150)]
    assert [row["error"].split(" ")[0] for row in answers[8:11]] == ["", "unknown", ""]
    assert {key for key, _ in asked} == {row["request_id"] for row in answers}


async def test_without_a_broker_the_command_line_says_so(settings: Settings) -> None:
    code, out, err = await dex(settings, "predict", "pikachu", "squirtle", bootstrap="127.0.0.1:1")

    assert (code, out) == (3, "")
    assert "127.0.0.1:1" in err
    assert "./dex up" in err
    assert "Traceback" not in err


async def test_battles_are_played_on_the_pokedex_of_the_topics(settings: Settings) -> None:
    await publish_packaged_pokedex(settings)
    duel = ("battle", "pikachu:thunderbolt", "squirtle:water-gun", "--seed", "1")

    code, out, err = await dex(settings, *duel, "--n", "500", "--json")
    assert (code, err) == (0, "")
    rate = json.loads(out)
    assert rate["win_rate"] > 0.99
    assert rate["pokedex_hash"] == load_snapshot_records().pokedex_hash

    code, out, _ = await dex(settings, *duel, "--log")
    assert code == 0
    assert "Pikachu wins in turn" in out


async def test_without_a_broker_no_battle_is_played(settings: Settings) -> None:
    code, out, err = await dex(
        settings, "battle", "pikachu:thunderbolt", "squirtle:water-gun", bootstrap="127.0.0.1:1"
    )
    assert (code, out) == (3, "")
    assert "./dex up" in err
