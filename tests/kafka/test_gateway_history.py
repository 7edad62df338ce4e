"""The gateway's history on a real database and a real broker, written by the recorder."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
import uvicorn
from fastapi import FastAPI

from contracts import headers as names
from contracts.access import Scope
from contracts.channels import OUTCOMES_REPORTED, PREDICTIONS_MADE
from contracts.serving import OutcomeReported, PredictionMade
from services.gateway.access import Access
from services.gateway.database import LogDatabase
from services.gateway.history.events import event_routes
from services.gateway.history.log import PATIENCE_SECONDS, PredictionLog
from services.gateway.history.stored import Filters, Position
from services.gateway.limits import Limits
from services.recorder.app import create_app as create_recorder
from shared.bus import create_producer, publish
from shared.errors import TransientFailure
from shared.prediction_tail import MAXIMUM_WAITING, Heard, Missed, PredictionTail
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import eventually, settings_for
from tests.support.gateway import Fakes
from tests.support.gateway_door import KEY_ID
from tests.support.predictions import a_prediction

pytestmark = pytest.mark.timeout(180)

Send = Callable[..., Any]


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str) -> Settings:
    return settings_for(kafka_bootstrap, database_url=database_url)


@pytest.fixture
async def send(settings: Settings) -> AsyncIterator[Send]:
    producer = create_producer(settings)
    await producer.start()

    async def sending(*made: PredictionMade) -> None:
        for one in made:
            marked = {names.REQUESTER: one.requester} if one.requester else {}
            await publish(producer, PREDICTIONS_MADE, one, key=one.request_id, extra_headers=marked)

    async def reporting(report: OutcomeReported) -> None:
        await publish(producer, OUTCOMES_REPORTED, report, key=report.request_id)

    sending.report = reporting  # type: ignore[attr-defined]
    yield sending
    await producer.stop()


@pytest.fixture
async def log(settings: Settings) -> AsyncIterator[PredictionLog]:
    database = LogDatabase(settings)
    await database.start()
    await database.wait_until_current()
    yield PredictionLog(database)
    await database.stop()


@pytest.fixture
async def recorder(settings: Settings) -> AsyncIterator[None]:
    async with running(create_recorder(settings)):
        yield


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def battle(request_id: str, key: str, **said: Any) -> PredictionMade:
    answer = {"winner": "a", "pokemon_a": "mew", "pokemon_b": "eevee", "moves": [1], **said}
    return a_prediction(request_id, requester=key, answer=raw(answer))


@pytest.mark.usefixtures("recorder")
async def test_what_was_just_answered_is_found_by_its_key_alone(log: PredictionLog, send: Send) -> None:
    key, one = f"key-{secrets.token_hex(4)}", secrets.token_hex(6)
    await send(battle(one, key))
    # The recorder is at work meanwhile: the look-up waits for it.
    await eventually(lambda: _is_found(log, one, key), "the prediction to be recorded")
    found = await log.find(one, {key})
    assert found is not None
    assert (found.requester, found.answer["moves"], found.outcome) == (key, [1], None)
    assert found.made_at.tzinfo is not None
    assert await log.find(one, {"another"}) is None
    assert await log.find(one, {"another"}, of_anyone=True) == found

    await send.report(OutcomeReported(request_id=one, reporter=key, outcome="b"))  # type: ignore[attr-defined]

    async def is_reported() -> bool:
        again = await log.find(one, {key})
        return again is not None and again.outcome == "b"

    await eventually(is_reported, "the outcome to be recorded")
    others = await log.find(one, {"another"}, of_anyone=True)
    assert others is not None
    assert others.outcome is None


@pytest.mark.usefixtures("recorder")
async def test_what_is_kept_under_ids_is_enough_to_answer_again(log: PredictionLog, send: Send) -> None:
    key, one, other = (secrets.token_hex(6) for _ in range(3))
    made = battle(one, key, win_probability=0.1234567890123)
    await send(made, battle(other, ""))
    await eventually(lambda: _is_found(log, one, key), "the prediction to be recorded")

    async def both_are_kept() -> bool:
        return len(await log.kept([one, other, "nowhere", "a\0b"])) == 2

    await eventually(both_are_kept, "the other to be recorded")
    kept = await log.kept([one, other])
    assert (kept[one].requester, kept[other].requester) == (key, None)
    assert kept[one].body_hash == made.body_hash
    again = kept[one].prediction
    assert json.loads(bytes(again.answer)) == json.loads(bytes(made.answer))
    assert (again.request_id, again.model_version, again.feature_set) == (one, "v1", "battle-v2")
    assert await log.kept([]) == {}


@pytest.mark.usefixtures("recorder")
async def test_keys_of_one_owner_are_read_together(log: PredictionLog, send: Send) -> None:
    old, new = (f"key-{secrets.token_hex(4)}" for _ in range(2))
    await send(*(battle(f"{old}-{number}", (old, new)[number % 2]) for number in range(6)), battle(new, "x"))

    async def all_are_there() -> bool:
        return len(await log.page({old, new}, Filters(), 100)) == 6

    await eventually(all_are_there, "six predictions")
    whole = await log.page({old, new}, Filters(), 100)
    assert sorted(whole, key=lambda one: (one.made_at, one.request_id), reverse=True) == whole
    first = await log.page({old, new}, Filters(), 2)
    after = Position(first[-1].made_at, first[-1].request_id)
    assert first + await log.page({old, new}, Filters(), 4, after) == whole
    assert {one.requester for one in await log.page({old}, Filters(), 100)} == {old}

    one = f"{old}-0"
    await send.report(OutcomeReported(request_id=one, reporter=old, outcome="b"))  # type: ignore[attr-defined]

    async def is_reported() -> bool:
        found = await log.find(one, {new, old})
        return found is not None and found.outcome == "b"

    await eventually(is_reported, "the outcome to be recorded")
    assert await log.find(one, {new}) is None


async def _is_found(log: PredictionLog, request_id: str, key: str) -> bool:
    return await log.find(request_id, {key}) is not None


@pytest.mark.parametrize("request_id", ["nowhere", "", "a\0b", "x" * 1_000])
async def test_an_unknown_id_is_not_found_within_its_time(log: PredictionLog, request_id: str) -> None:
    started = time.monotonic()
    assert await log.find(request_id, {"key"}, of_anyone=True) is None
    assert time.monotonic() - started < PATIENCE_SECONDS + 5


@pytest.mark.usefixtures("recorder")
async def test_pages_filters_and_order(log: PredictionLog, send: Send) -> None:
    key = f"key-{secrets.token_hex(4)}"
    made = [
        battle(f"{key}-{number}", key, winner="ab"[number % 2], pokemon_b="mewtwo" if number < 3 else "eevee")
        for number in range(11)
    ]
    await send(*made, battle(f"{key}-other", f"{key}-other"))

    async def all_are_there() -> bool:
        return len(await log.page({key}, Filters(), 100)) == 11

    await eventually(all_are_there, "eleven predictions")
    whole = await log.page({key}, Filters(), 100)
    assert sorted(whole, key=lambda one: (one.made_at, one.request_id), reverse=True) == whole
    assert all("moves" not in one.answer for one in whole)
    pages, after = [], None
    while page := await log.page({key}, Filters(), 4, after):
        pages += page
        after = Position.of_cursor(Position(page[-1].made_at, page[-1].request_id).cursor())
    assert pages == whole

    async def count(**filters: Any) -> int:
        return len(await log.page({key}, Filters(**filters), 100))

    assert await count(winner="b") == 5
    assert await count(pokemon="mewtwo") == 3
    assert await count(pokemon="mew", winner="a") == 6
    assert await count(family="iris") == 0
    assert await count(model_version="v1") == 11
    assert await count(since=whole[4].made_at) >= 5
    assert await count(until=datetime.now(UTC) - timedelta(days=1)) == 0


async def test_without_a_database_the_log_says_so_at_once(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://pdx@127.0.0.1:1/pdx"})
    database = LogDatabase(away)
    await database.start()
    try:
        started = time.monotonic()
        with pytest.raises(TransientFailure, match="database"):
            await PredictionLog(database).find("one", {"key"})
        assert time.monotonic() - started < 1
    finally:
        await database.stop()


async def test_a_tail_tells_each_listener_its_own_from_now_on(settings: Settings, send: Send) -> None:
    key = f"key-{secrets.token_hex(4)}"
    tail = PredictionTail(settings)
    await send(battle("before", key))
    async with tail.listening(key) as mine, tail.listening(f"{key}-2") as yours:
        await send(*(battle(f"{key}-{number}", key) for number in range(8)), battle("theirs", f"{key}-2"))
        await send(battle("nobodys", ""))
        heard = [await mine.take(20) for _ in range(8)]
        assert {one.made.request_id for one in heard if isinstance(one, Heard)} == {
            f"{key}-{number}" for number in range(8)
        }
        theirs = await yours.take(20)
        assert isinstance(theirs, Heard)
        assert theirs.made.request_id == "theirs"
        assert abs(theirs.made_at_ms - time.time() * 1000) < 60_000
        assert await mine.take(0.05) is None
    await eventually(lambda: tail._consumer is None, "the consumer to be closed")
    async with tail.listening(key) as again:
        await send(battle("after", key))
        heard_again = await again.take(20)
        assert isinstance(heard_again, Heard)
        assert heard_again.made.request_id == "after"
        await tail.stop()
        with pytest.raises(EOFError):
            await again.take(20)


async def test_a_prediction_whose_header_has_no_value_harms_no_listener(
    settings: Settings, send: Send
) -> None:
    key = f"key-{secrets.token_hex(4)}"
    tail = PredictionTail(settings)
    producer = create_producer(settings)
    await producer.start()
    try:
        async with tail.listening(key) as listener:
            for partition in range(PREDICTIONS_MADE.partitions):
                await producer.send_and_wait(
                    PREDICTIONS_MADE.name,
                    b"{}",
                    partition=partition,
                    headers=[(names.REQUESTER, None)],
                )
            await send(battle(f"{key}-1", key))
            heard = await listener.take(20)
            assert isinstance(heard, Heard)
            assert heard.made.request_id == f"{key}-1"
    finally:
        await producer.stop()
        await tail.stop()


async def test_who_does_not_keep_up_is_told_how_many_were_missed(settings: Settings, send: Send) -> None:
    key = f"key-{secrets.token_hex(4)}"
    tail = PredictionTail(settings)
    async with tail.listening(key) as listener:
        heard = Heard(battle("one", key), 0, 1)
        for _ in range(MAXIMUM_WAITING + 7):
            listener.hear(heard)
        taken = [await listener.take(1) for _ in range(MAXIMUM_WAITING + 1)]
        assert taken[:-1] == [heard] * MAXIMUM_WAITING
        assert taken[-1] == Missed(7)
        await send(battle("next", key))
        following = await listener.take(20)
        assert isinstance(following, Heard)
        assert following.made.request_id == "next"
    await tail.stop()


async def test_results_stream_over_http_while_the_gateway_runs_and_end_with_it(
    settings: Settings, send: Send
) -> None:
    fakes = Fakes()
    tail = fakes.tail = PredictionTail(settings)  # type: ignore[assignment]
    headers = {"X-API-Key": fakes.keys.grant(Scope.READ, key_id=KEY_ID)}
    app = FastAPI()
    app.state.access = Access(fakes.keys, Limits(Settings()))
    app.include_router(event_routes(fakes.ports()))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await eventually(lambda: server.started, "the server")
    port = server.servers[0].sockets[0].getsockname()[1]
    told: list[tuple[str, Any]] = []
    try:
        async with (
            httpx.AsyncClient(timeout=30, headers=headers) as client,
            client.stream("GET", f"http://127.0.0.1:{port}/predictions/events") as response,
        ):
            name = ""
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    told.append((name, json.loads(line.removeprefix("data: "))))
                    if name == "ready":
                        await send(battle("streamed", KEY_ID), battle("other", "you"))
                    else:
                        break
        assert [name for name, _ in told] == ["ready", "prediction"]
        assert told[1][1]["request_id"] == "streamed"
        await eventually(lambda: fakes.streams.open_of(KEY_ID) == 0, "the place to be given back")
        await eventually(lambda: tail._consumer is None, "the consumer to be closed")
    finally:
        server.should_exit = True
        await serving
        await tail.stop()
