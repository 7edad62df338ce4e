"""Jobs on a real database and a real broker: nothing that was accepted is lost with a gateway."""

import asyncio
import json
import secrets
import threading
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from contracts.access import Scope
from contracts.battle import BattleRequested, Combatant
from services.gateway.app import create_app
from services.gateway.database import LogDatabase
from services.gateway.domain import Question
from services.gateway.jobs.job import (
    MAXIMUM_KEPT_OF_KEY,
    MAXIMUM_UNFINISHED_OF_KEY,
    Row,
    Settled,
)
from services.gateway.jobs.repeats import job_id_of
from services.gateway.jobs.store import CLAIMED_AT_ONCE, JobStore
from services.gateway.jobs.uploads import read_upload
from services.gateway.problems import Draft, ProblemError, problem
from shared.settings import Settings
from shared.wording import Language, Words
from tests.support.api_keys import grant_key
from tests.support.asgi import running
from tests.support.battle_answerer import answering
from tests.support.bus import eventually, settings_for
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.pokedex_topics import publish_packaged_pokedex

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Settings:
    return settings_for(kafka_bootstrap, data_dir=tmp_path, database_url=database_url)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


@pytest.fixture
async def jobs(settings: Settings, database: asyncpg.Connection) -> AsyncIterator[JobStore]:
    opened = LogDatabase(settings)
    await opened.start()
    await opened.wait_until_current()
    await database.execute("delete from jobs")
    yield JobStore(opened)
    await database.execute("delete from jobs")
    await opened.stop()


def question(name: str = "pikachu") -> Question:
    return Question(BattleRequested(Combatant(name), Combatant("squirtle")))


def new_id() -> str:
    return secrets.token_hex(8)


def settled(position: int, outcome: Any = "answered") -> Settled:
    return Settled(position, outcome, {"detail": "x"})


WRONG: Row = problem("invalid", "Invalid value", 422, "planted")


async def test_a_job_is_kept_with_what_was_refused_from_the_start(jobs: JobStore) -> None:
    job = await jobs.accept(one := new_id(), "me", [question(), WRONG, question("mew")])
    assert (job.total, job.done, job.refused, job.finished_at) == (3, 1, 1, None)
    assert await jobs.find(one, {"me"}) == job
    assert await jobs.find(one, {"you"}) is None
    assert await jobs.find(one, {"you"}, of_anyone=True) == job
    assert await jobs.find("a\0b", {"me"}) is None
    assert [battle.position for battle in await jobs.open_battles(one, 0, 10)] == [0, 2]
    assert [battle.position for battle in await jobs.open_battles(one, 0, 1)] == [0]
    [last] = await jobs.open_battles(one, 1, 10)
    assert (last.position, last.question) == (2, question("mew"))
    assert await jobs.open_positions(one, 10) == [0, 2]
    [refused] = await jobs.answers(one, 0, 10)
    assert (refused.position, set(refused.document)) == (1, {"en", "fr"})
    assert {document["request_id"] for document in refused.document.values()} == {f"{one}-1"}


async def test_the_same_request_is_kept_once_however_often_it_comes_at_once(
    jobs: JobStore, settings: Settings
) -> None:
    one, other = (job_id_of("me", "order 7", "text/csv", body) for body in (b"a", b"b"))
    kept = await asyncio.gather(*(jobs.accept(one, f"key-{at % 2}", [question()]) for at in range(6)))
    assert {job.job_id for job in kept} == {one}
    assert len({job.requester for job in kept}) == 1
    with pytest.raises(ProblemError, match="another body"):
        await jobs.accept(other, "key-0", [question()])
    # What is kept is found by the next gateway, too, and beyond the number that a key may have.
    for _ in range(MAXIMUM_UNFINISHED_OF_KEY - 1):
        await jobs.accept(new_id(), kept[0].requester, [question()])
    next_gateway = LogDatabase(settings)
    await next_gateway.start()
    await next_gateway.wait_until_current()
    try:
        assert await JobStore(next_gateway).accept(one, kept[0].requester, [question()]) == kept[0]
        assert await JobStore(next_gateway).earlier(one) == kept[0]
    finally:
        await next_gateway.stop()
    await jobs.remove(one, {kept[0].requester})
    assert await jobs.earlier(other) is None


async def test_a_job_of_nothing_but_mistakes_is_finished_at_once(jobs: JobStore) -> None:
    job = await jobs.accept(new_id(), "me", [WRONG])
    assert job.finished_at is not None


async def test_what_was_refused_is_kept_whatever_it_holds(jobs: JobStore) -> None:
    """PostgreSQL keeps NUL in no text; JSON may say it anywhere."""
    side = {"pokemon": "pika\0chu", "le\0vel": "\0"}
    body = json.dumps({"battles": [{"a": side, "b": {"pokemon": "mew", "move": "cut\0"}}, "\0", {"\0": 1}]})
    rows = read_upload("application/json", body.encode(), load_snapshot_pokedex)
    assert all(isinstance(row, Draft) for row in rows)
    await jobs.accept(one := new_id(), "me", rows)
    written = await jobs.answers(one, 0, 10)
    assert len(written) == 3
    assert written[0].document["en"]["value"] == "pika\ufffdchu"


async def test_documents_are_made_beside_the_event_loop(jobs: JobStore) -> None:
    made_in: set[int] = set()

    class Watched(Words):
        def say(self, language: Language) -> str:
            made_in.add(threading.get_ident())
            return "planted"

    await jobs.accept(new_id(), "me", [problem("invalid", "Invalid value", 422, Watched())])
    assert made_in
    assert threading.get_ident() not in made_in


async def test_an_outcome_is_written_and_counted_once_whoever_settles_it(jobs: JobStore) -> None:
    await jobs.accept(one := new_id(), "me", [question()] * 50)
    halves = [[settled(at) for at in range(30)], [settled(at, "refused") for at in range(20, 50)]]
    written_of = await asyncio.gather(*(jobs.settle(one, half) for half in halves * 3))
    job = await jobs.find(one, {"me"})
    assert job is not None
    counted = sum(map(Counter, written_of), Counter[str]())
    assert (counted["answered"], counted["refused"]) == (job.answered, job.refused)
    assert await jobs.settle(new_id(), [settled(0)]) == {}
    assert (job.done, job.expired) == (50, 0)
    assert job.finished_at is not None
    written = await jobs.answers(one, 0, 100)
    assert [battle.position for battle in written] == list(range(50))
    assert sum(battle.outcome == "answered" for battle in written) == job.answered
    assert [battle.position for battle in await jobs.answers(one, 40, 5)] == [40, 41, 42, 43, 44]
    await jobs.settle(one, [])
    assert await jobs.find(one, {"me"}) == job


async def test_a_job_is_claimed_by_one_gateway_until_it_leaves_it(
    jobs: JobStore, database: asyncpg.Connection
) -> None:
    first, second = new_id(), new_id()
    for one in (first, second):
        await jobs.accept(one, "me", [question()])
    claimed = await asyncio.gather(*(jobs.claim(f"gateway-{number}") for number in range(5)))
    assert sorted(job.job_id for jobs_of_one in claimed for job in jobs_of_one) == sorted([first, second])
    owner = next(f"gateway-{number}" for number, own in enumerate(claimed) if own)
    assert {job.job_id for job in await jobs.claim(owner)} == {
        job.job_id for own in claimed for job in own if own in [claimed[int(owner[-1])]]
    }
    assert await jobs.claim("another") == []
    await jobs.release(owner)
    assert await jobs.claim("another") != []
    await database.execute("update jobs set claimed_until = now() - interval '1 second'")
    assert {job.job_id for job in await jobs.claim("a third")} == {first, second}
    await database.execute(
        "update jobs set created_at = now() - interval '25 hours' where job_id = $1", first
    )
    assert {job.job_id: job.is_too_old for job in await jobs.claim("a third")} == {first: True, second: False}


async def test_jobs_are_claimed_in_turn_however_long_the_oldest_are(jobs: JobStore) -> None:
    ids = [new_id() for _ in range(CLAIMED_AT_ONCE * 2 + 1)]
    for number, one in enumerate(ids):
        await jobs.accept(one, f"key-{number % 3}", [question()])

    async def claim(worker: str) -> set[str]:
        return {job.job_id for job in await jobs.claim(worker)}

    at_once = CLAIMED_AT_ONCE
    assert await claim("me") == set(ids[:at_once])
    assert await claim("me") == set(ids[at_once : 2 * at_once])
    # What one gateway is not at work on, another may take.
    assert await claim("you") == {ids[-1], *ids[: at_once - 1]}
    # A job that came later is worked on before those that had a turn have another.
    await jobs.accept(late := new_id(), "another", [question()])
    assert await claim("me") == {ids[at_once - 1], late, *ids[at_once : 2 * at_once - 2]}


async def test_a_key_has_a_bounded_number_of_jobs(jobs: JobStore) -> None:
    accepted = await asyncio.gather(
        *(jobs.accept(new_id(), "me", [question()]) for _ in range(MAXIMUM_UNFINISHED_OF_KEY + 3)),
        return_exceptions=True,
    )
    refused = [one for one in accepted if isinstance(one, ProblemError)]
    assert [one.problem.status for one in refused] == [429] * 3
    assert len(await jobs.newest({"me"})) == MAXIMUM_UNFINISHED_OF_KEY
    await jobs.accept(new_id(), "you", [question()])
    for _ in range(MAXIMUM_KEPT_OF_KEY):
        await jobs.accept(new_id(), "keeper", [WRONG])
    with pytest.raises(ProblemError, match="are kept"):
        await jobs.accept(new_id(), "keeper", [WRONG])
    newest = (await jobs.newest({"keeper"}))[0]
    assert not await jobs.remove(newest.job_id, {"you"})
    assert await jobs.remove(newest.job_id, {"keeper"})
    await jobs.accept(new_id(), "keeper", [WRONG])


async def test_what_was_finished_long_ago_is_forgotten(jobs: JobStore, database: asyncpg.Connection) -> None:
    await jobs.accept(old := new_id(), "me", [WRONG])
    await jobs.accept(new := new_id(), "me", [WRONG])
    await database.execute("update jobs set finished_at = now() - interval '8 days' where job_id = $1", old)
    assert await jobs.forget_old() == 1
    assert [job.job_id for job in await jobs.newest({"me"})] == [new]
    assert await database.fetchval("select count(*) from job_battles where job_id = $1", old) == 0


async def ready(client: httpx.AsyncClient) -> bool:
    checks = (await client.get("/health/ready")).json()["checks"]
    return bool(checks["pokedex"] == checks["keys"] == "ok")


def client_of(app: Any, key: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway", headers={"X-API-Key": key})


async def test_a_job_that_one_gateway_accepted_is_finished_by_the_next(
    settings: Settings, jobs: JobStore
) -> None:
    """The first stops while nobody answers; the second asks under the same ids what is left."""
    await publish_packaged_pokedex(settings)
    _, key = await grant_key(settings, Scope.PREDICT)
    table = "a,b\n" + "".join(f"{'pikachuu' if at % 10 == 9 else 'pikachu'},7\n" for at in range(300))
    first = create_app(settings)
    async with running(first), client_of(first, key) as client:
        await eventually(lambda: ready(client), "the Pokédex")

        async def is_accepted() -> bool:
            response = await client.post("/jobs", content=table, headers={"content-type": "text/csv"})
            return response.status_code == 202

        await eventually(is_accepted, "the job to be accepted")
        [accepted] = (await client.get("/jobs")).json()
        assert (accepted["status"], accepted["total"]) == ("running", 300)
    job_id = accepted["job_id"]

    second_settings = settings.model_copy(update={"instance_id": f"test-{secrets.token_hex(4)}"})
    second = create_app(second_settings)
    async with answering(settings) as asked, running(second), client_of(second, key) as client:

        async def is_finished() -> bool:
            response = await client.get(f"/jobs/{job_id}")
            return response.is_success and bool(response.json()["status"] == "finished")

        await eventually(is_finished, "the job to be finished", 60)
        status = (await client.get(f"/jobs/{job_id}")).json()
        items = (await client.get(f"/jobs/{job_id}/answers")).json()
    assert (status["answered"], status["refused"], status["expired"]) == (270, 30, 0)
    assert [item["index"] for item in items] == list(range(300))
    assert all(item["prediction"]["request_id"] == item["request_id"] for item in items if item["prediction"])
    assert items[9]["problem"]["field"] == "a"
    assert {key for key, _ in asked} == {f"{job_id}-{at}" for at in range(300)}
