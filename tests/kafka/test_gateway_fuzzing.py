"""The OpenAPI document, fuzzed against a gateway on a real database and a real broker.

Here what PostgreSQL refuses (NUL, halves of surrogate pairs, numbers that are too large) is found, which
stores in memory take.
"""

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import httpx
import pytest
import schemathesis

from contracts.access import Scope
from services.gateway.access import HEADER
from services.gateway.app import create_app
from services.gateway.history import log
from services.recorder.prediction_log import PredictionLog
from shared.database.pool import Database
from shared.settings import Settings
from tests.support.api_keys import grant_key
from tests.support.battle_answerer import answering
from tests.support.bus import settings_for
from tests.support.fuzzing import PATIENCE_SECONDS, Operation, fuzz, operations
from tests.support.gateway_door import UNLIMITED
from tests.support.loopback import serving
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.predictions import a_prediction

pytestmark = pytest.mark.timeout(180)

EXAMPLES: Final = 8
BEGINNINGS: Final = ("/predict", "/jobs", "/outcomes", "/drift")
"""Of the paths whose routes look into the database."""


def on_the_database() -> list[Operation]:
    """All but streams, which do not end."""
    return [one for one in operations() if one[1].startswith(BEGINNINGS) and not one[1].endswith("/events")]


def ask_all(settings: Settings, key: str) -> dict[Operation, list[int]]:
    app = create_app(settings)
    app.openapi()  # it is kept; who asks for it first on a busy machine would wait long
    with serving(app, lifespan="on") as url:
        wait_until_answered(f"{url}predictions", key)
        wait_until_answered(f"{url}pokemon/mew", key)
        schema = schemathesis.openapi.from_url(f"{url}openapi.json", timeout=PATIENCE_SECONDS)
        return {one: fuzz(schema, key, one, EXAMPLES) for one in on_the_database()}


def wait_until_answered(url: str, key: str) -> None:
    """The keys, the Pokédex and the schema of the database arrive a moment after the start."""
    deadline = time.monotonic() + 60
    while True:
        answered = httpx.get(url, headers={HEADER: key})
        if answered.status_code == 200:
            return
        assert time.monotonic() < deadline, answered.text
        time.sleep(0.05)


# what draws at random beside it, in the loop of the stand-in for the services, is taken for its own
@pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)
async def test_no_route_on_the_database_answers_500(
    kafka_bootstrap: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # each unknown id would wait for a row that may still come
    monkeypatch.setattr(log, "PATIENCE_SECONDS", 0.0)
    settings = settings_for(kafka_bootstrap, database_url=database_url, data_dir=tmp_path, **UNLIMITED)
    await publish_packaged_pokedex(settings)
    grant, key = await grant_key(settings, *Scope)
    await keep_a_prediction(settings, grant.key_id)
    async with answering(settings):
        answered = await asyncio.to_thread(ask_all, settings, key)
    assert set(answered) == set(on_the_database())
    # it was the routes that answered, not what stands before them
    statuses = {path: statuses for (_, path, mode), statuses in answered.items() if mode.is_positive}
    for path in ("/predictions", "/drift/windows", "/jobs", "/predict/battle", "/predict/batch"):
        assert {200, 202} & set(statuses[path]), (path, statuses[path])
    assert 404 in statuses["/predictions/{request_id}"]


async def keep_a_prediction(settings: Settings, key_id: str) -> None:
    """So that a page has a row."""
    database = Database(settings)
    await database.start()
    made = a_prediction(f"fuzzed-{key_id}", requester=key_id)
    record: Any = SimpleNamespace(partition=0, offset=0, timestamp=int(time.time() * 1_000))
    await PredictionLog(database).record([(record, made)])
    await database.stop()
