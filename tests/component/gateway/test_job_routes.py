"""Jobs over REST: accepted, worked on beside other requests, followed, fetched, removed."""

import asyncio
import csv
import json
import time
from typing import Any

import httpx
import pytest

from contracts.access import Scope
from services.gateway.access import HEADER
from services.gateway.jobs.answers import CutShort, written
from services.gateway.jobs.job import MAXIMUM_BATTLES
from services.gateway.jobs.repeats import HEADER as IDEMPOTENCY_KEY
from services.gateway.jobs.runner import PART
from services.gateway.negotiation import CSV, JSON, LINES
from shared.api_keys import revoke
from shared.errors import ReplyTimeout
from shared.tasks import end_task
from tests.support.bus import eventually
from tests.support.gateway import predicted
from tests.support.gateway_door import DUEL, Door, assert_problem, refusing


async def start(door: Door, body: Any) -> str:
    response = await door.post("/jobs", body)
    assert response.status_code == 202, response.text
    job_id = str(response.json()["job_id"])
    assert response.headers["location"] == f"/jobs/{job_id}"
    return job_id


async def finished(door: Door, job_id: str) -> dict[str, Any]:
    async def is_finished() -> bool:
        return bool((await door.client.get(f"/jobs/{job_id}")).json()["status"] == "finished")

    await eventually(is_finished, "the job to finish")
    status: dict[str, Any] = (await door.client.get(f"/jobs/{job_id}")).json()
    return status


def answers(door: Door, job_id: str, accept: str = "application/json") -> Any:
    return door.client.get(f"/jobs/{job_id}/answers", headers={"accept": accept})


async def test_a_job_is_answered_in_the_order_of_its_battles(door: Door) -> None:
    wrong = {"a": {"pokemon": "mew", "level": 0}, "b": {"pokemon": "mew"}}
    job_id = await start(door, {"battles": [DUEL, wrong, {**DUEL, "explain": True}]})
    status = await finished(door, job_id)
    assert (status["total"], status["done"], status["answered"], status["refused"]) == (3, 3, 2, 1)

    items = (await answers(door, job_id)).json()
    assert [item["index"] for item in items] == [0, 1, 2]
    assert [item["request_id"] for item in items] == [f"{job_id}-{index}" for index in range(3)]
    assert items[0]["prediction"]["request_id"] == f"{job_id}-0"
    assert items[0]["prediction"]["words"]["en"]
    assert items[1]["problem"]["field"] == "a.level"
    assert items[1]["problem"]["request_id"] == f"{job_id}-1"
    asked = {request_id: request for _, request, request_id in door.requester.asked}
    assert sorted(asked) == [f"{job_id}-0", f"{job_id}-2"]
    assert asked[f"{job_id}-2"].explain
    assert set(door.requester.requesters) == {door.key_id}


async def test_answers_come_as_a_table_and_as_lines(door: Door) -> None:
    door.requester.responder = lambda request, request_id: (
        refusing("unknown")(request, request_id) if request.a.pokemon == "=x" else predicted(request_id)
    )
    response = await door.client.post(
        "/jobs", content="a,b\n25,squirtle\n=x,squirtle\n", headers={"content-type": "text/csv"}
    )
    job_id = response.json()["job_id"]
    await finished(door, job_id)
    rows = list(csv.DictReader((await answers(door, job_id, "text/csv")).text.splitlines()))
    assert [(row["index"], row["winner"], row["win_probability"]) for row in rows] == [
        ("0", "a", "0.97"),
        ("1", "", ""),
    ]
    assert rows[1]["error"] == "a: There is no Pokémon pikachuu."
    assert [row["request_id"] for row in rows] == [f"{job_id}-0", f"{job_id}-1"]
    lines = (await answers(door, job_id, "application/x-ndjson")).text.splitlines()
    assert list(map(json.loads, lines)) == (await answers(door, job_id)).json()
    assert_problem(await answers(door, job_id, "image/png"), 406)


async def test_more_battles_than_one_part_are_all_answered(door: Door) -> None:
    table = "a,b\n" + "".join(f"{1 + number % 151},7\n" for number in range(1_300))
    response = await door.client.post("/jobs", content=table, headers={"content-type": "text/csv"})
    job_id = response.json()["job_id"]
    assert (await finished(door, job_id))["answered"] == 1_300
    items = (await answers(door, job_id)).json()
    assert [item["index"] for item in items] == list(range(1_300))
    assert len({request_id for _, _, request_id in door.requester.asked}) == 1_300


async def test_silence_is_asked_again_and_a_defect_ends_no_other_job(door: Door) -> None:
    silent = 3

    def responder(request: Any, request_id: str) -> Any:
        nonlocal silent
        if silent:
            silent -= 1
            raise ReplyTimeout("planted") if silent else ZeroDivisionError("planted")
        return predicted(request_id)

    door.requester.responder = responder
    job_id = await start(door, {"battles": [DUEL]})
    assert (await finished(door, job_id))["answered"] == 1
    assert {request_id for _, _, request_id in door.requester.asked} == {f"{job_id}-0"}


async def test_a_job_that_cannot_be_read_holds_up_no_other_and_expires_unread(door: Door) -> None:
    door.jobs.is_held = True
    spoilt = await start(door, {"battles": [DUEL]})
    door.jobs.spoilt.add(spoilt)
    others = [await start(door, {"battles": [DUEL]}) for _ in range(2)]
    door.jobs.is_held = False
    for job_id in others:
        assert (await finished(door, job_id))["answered"] == 1
    door.jobs.too_old.add(spoilt)
    assert (await finished(door, spoilt))["expired"] == 1


async def test_battles_that_nobody_answers_keep_none_of_the_rest_from_being_asked(door: Door) -> None:
    """More than one part at the front is refused for now, and is asked again after the rest."""
    is_away = True

    def responder(request: Any, request_id: str) -> Any:
        is_front = int(request_id.rpartition("-")[2]) < PART + 10
        if is_front and is_away:
            return refusing("unavailable", retryable=True)(request, request_id)
        return predicted(request_id)

    door.requester.responder = responder
    table = "a,b\n" + "25,7\n" * (PART + 40)
    response = await door.client.post("/jobs", content=table, headers={"content-type": "text/csv"})
    job_id = response.json()["job_id"]

    async def answered() -> bool:
        return bool((await door.client.get(f"/jobs/{job_id}")).json()["answered"] == 30)

    await eventually(answered, "the rest to be answered")
    is_away = False
    assert (await finished(door, job_id))["answered"] == PART + 40


async def test_a_new_job_is_not_held_up_by_the_pause_of_one_that_nobody_answers(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough that a test that waits for it fails.
    monkeypatch.setattr("services.gateway.jobs.runner.SHORTEST_PAUSE_SECONDS", 120.0)
    monkeypatch.setattr("services.gateway.jobs.runner.LONGEST_PAUSE_SECONDS", 120.0)
    door.requester.responder = lambda request, request_id: (
        refusing("unavailable", retryable=True)(request, request_id)
        if request_id.startswith(silent)
        else predicted(request_id)
    )
    door.jobs.is_held = True
    silent = await start(door, {"battles": [DUEL]})
    door.jobs.is_held = False

    async def is_asked() -> bool:
        return bool(door.requester.asked)

    # The runner looks by itself, or is woken by another job.
    await start(door, {"battles": [DUEL]})
    await eventually(is_asked, "the silent job to be asked")
    assert (await finished(door, await start(door, {"battles": [DUEL]})))["answered"] == 1


async def test_a_running_job_has_no_answers_yet_and_tells_how_far_it_is(door: Door) -> None:
    door.jobs.is_held = True
    job_id = await start(door, {"battles": [DUEL]})
    response = await answers(door, job_id)
    assert assert_problem(response, 409)["detail"] == "0 of 1 battles are done."
    assert "retry-after" in response.headers
    following = asyncio.create_task(door.client.get(f"/jobs/{job_id}/events"))
    await eventually(lambda: door.streams.open_of(door.key_id) == 1, "the stream to be open")
    door.jobs.is_held = False
    told = (await asyncio.wait_for(following, 20)).text
    assert told.startswith("id: 0\nevent: progress\n")
    assert "event: finished" in told.rpartition("\n\n")[0].rpartition("\n\n")[2]
    assert door.streams.open_of(door.key_id) == 0


async def test_a_job_that_is_removed_is_gone_and_its_stream_ends(door: Door) -> None:
    door.jobs.is_held = True
    job_id = await start(door, {"battles": [DUEL]})
    following = asyncio.create_task(door.client.get(f"/jobs/{job_id}/events"))
    await eventually(lambda: door.streams.open_of(door.key_id) == 1, "the stream to be open")
    assert (await door.client.delete(f"/jobs/{job_id}")).status_code == 204
    assert "event: removed" in (await asyncio.wait_for(following, 20)).text
    assert_problem(await door.client.delete(f"/jobs/{job_id}"), 404)


async def test_a_post_that_is_repeated_with_its_key_is_answered_with_the_same_job(door: Door) -> None:
    body, named = {"battles": [DUEL]}, {IDEMPOTENCY_KEY: "order 7"}
    first = await door.post("/jobs", body, **named)
    job_id = first.json()["job_id"]
    await finished(door, job_id)
    # Before the body is looked at: the names of the first request may be unknown by now.
    door.pokedex.pokedex = None
    again = await door.post("/jobs", body, **named)
    assert (again.status_code, again.headers["location"]) == (202, first.headers["location"])
    assert again.json()["status"] == "finished"
    assert [request_id for _, _, request_id in door.requester.asked] == [f"{job_id}-0"]
    next_key = {HEADER: door.keys.grant(Scope.PREDICT)}
    assert (await door.post("/jobs", body, **named, **next_key)).json()["job_id"] == job_id
    assert len(door.jobs.kept) == 1


async def test_another_owner_key_or_none_makes_another_job(door: Door) -> None:
    body, named = {"battles": [DUEL]}, {IDEMPOTENCY_KEY: "order 7"}
    strange = {HEADER: door.keys.grant(Scope.PREDICT, owner="stranger")}
    made = [
        (await door.post("/jobs", body, **headers)).json()["job_id"]
        for headers in (named, named | strange, {IDEMPOTENCY_KEY: "order 8"}, {}, {})
    ]
    assert len(set(made)) == len(made)


async def test_a_key_that_comes_with_another_body_is_refused(door: Door) -> None:
    named = {IDEMPOTENCY_KEY: "order 7"}
    job_id = (await door.post("/jobs", {"battles": [DUEL]}, **named)).json()["job_id"]
    for body in ({"battles": [DUEL, DUEL]}, {"battles": "none"}):
        refused = assert_problem(await door.post("/jobs", body, **named), 422)
        assert refused["field"] == IDEMPOTENCY_KEY
        assert job_id in refused["detail"]
    assert (await door.client.delete(f"/jobs/{job_id}")).status_code == 204
    assert (await door.post("/jobs", {"battles": [DUEL, DUEL]}, **named)).status_code == 202


@pytest.mark.parametrize("keys", [[""], ["x" * 201], ["é"], ["a\tb"], ["one", "two"]])
async def test_a_key_that_is_none_is_refused(door: Door, keys: list[str]) -> None:
    headers = [(IDEMPOTENCY_KEY.encode(), key.encode()) for key in keys]
    refused = assert_problem(await door.client.post("/jobs", json={"battles": [DUEL]}, headers=headers), 422)
    assert refused["field"] == IDEMPOTENCY_KEY
    assert door.jobs.kept == {}


async def test_jobs_of_another_key_are_not_found(door: Door) -> None:
    job_id = await start(door, {"battles": [DUEL]})
    job = door.jobs.kept[job_id]
    door.jobs.kept[job_id] = type(job)(type(job.job)(**{**vars_of(job.job), "requester": "you"}), job.rows)
    assert (await door.client.get("/jobs")).json() == []
    for path in ("", "/answers", "/events"):
        assert_problem(await door.client.get(f"/jobs/{job_id}{path}"), 404)
    assert_problem(await door.client.delete(f"/jobs/{job_id}"), 404)


async def test_jobs_of_the_key_before_are_found_with_the_next(door: Door) -> None:
    job_id = await start(door, {"battles": [DUEL]})
    await finished(door, job_id)
    next_key = {HEADER: door.keys.grant(Scope.PREDICT)}
    [listed] = (await door.client.get("/jobs", headers=next_key)).json()
    assert listed["job_id"] == job_id
    assert (await door.client.get(f"/jobs/{job_id}/answers", headers=next_key)).status_code == 200
    strange = {HEADER: door.keys.grant(Scope.PREDICT, owner="stranger")}
    assert_problem(await door.client.get(f"/jobs/{job_id}", headers=strange), 404)
    assert (await door.client.delete(f"/jobs/{job_id}", headers=next_key)).status_code == 204


async def test_a_job_is_followed_through_an_outage_of_the_database(door: Door) -> None:
    door.jobs.is_held = True
    job_id = await start(door, {"battles": [DUEL]})
    following = asyncio.create_task(door.client.get(f"/jobs/{job_id}/events"))
    await eventually(lambda: door.streams.open_of(door.key_id) == 1, "the stream to be open")
    looked = door.jobs.failed
    door.jobs.is_away = True
    await eventually(lambda: door.jobs.failed >= looked + 2, "the stream to look in vain")
    assert not following.done()
    door.jobs.is_away = door.jobs.is_held = False
    assert "event: finished" in (await asyncio.wait_for(following, 20)).text


async def test_the_stream_of_a_job_ends_with_the_key_and_the_job_goes_on(door: Door) -> None:
    door.jobs.is_held = True
    job_id = await start(door, {"battles": [DUEL]})
    following = asyncio.create_task(door.client.get(f"/jobs/{job_id}/events"))
    await eventually(lambda: door.streams.open_of(door.key_id) == 1, "the stream to be open")
    door.keys.grants[door.key_id] = revoke(door.keys.grants[door.key_id], int(time.time() * 1_000))
    told = (await asyncio.wait_for(following, 20)).text
    assert "event: finished" not in told
    door.jobs.is_held = False
    await eventually(lambda: door.jobs.kept[job_id].job.finished_at is not None, "the job to finish")


@pytest.mark.parametrize("form", [JSON, CSV, LINES])
async def test_answers_that_are_not_all_there_break_the_transfer(door: Door, form: str) -> None:
    job_id = await start(door, {"battles": [DUEL, DUEL]})
    await finished(door, job_id)
    whole = b"".join([part async for part in written(door.jobs, job_id, 2, form, "en")])
    assert whole.count(b"pikachu") >= 2
    del door.jobs.kept[job_id].settled[1]
    with pytest.raises(CutShort, match="1 of 2"):
        async for _ in written(door.jobs, job_id, 2, form, "en"):
            pass


def vars_of(job: Any) -> dict[str, Any]:
    return {name: getattr(job, name) for name in job.__slots__}


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        ("", "application/json", 400),
        ("{", "application/json", 400),
        ('{"battles":[NaN]}', "application/json", 400),
        ("pikachu,squirtle", "text/csv", 400),
        ("a,b\n", "text/csv", 422),
        ("a,b\n" + "7,7\n" * (MAXIMUM_BATTLES + 1), "text/csv", 422),
        ("a: b", "application/yaml", 415),
        ("a,b\n" + " " * 4_200_000, "text/csv", 413),
    ],
)
async def test_an_upload_that_is_none_is_refused_and_nothing_kept(
    door: Door, content: str, media_type: str, status: int
) -> None:
    response = await door.client.post("/jobs", content=content, headers={"content-type": media_type})
    assert_problem(response, status)
    assert door.jobs.kept == {}


async def test_a_table_is_taken_for_jobs_only(door: Door) -> None:
    response = await door.client.post(
        "/predict/batch", content="a,b\n1,2\n", headers={"content-type": "text/csv"}
    )
    assert_problem(response, 415)


async def test_readiness_sees_that_jobs_are_not_worked_on(door: Door) -> None:
    async def checks() -> dict[str, str]:
        response: httpx.Response = await door.client.get("/health/ready")
        return dict(response.json()["checks"])

    assert (await checks())["jobs"] == "ok"
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == "jobs"]
    await end_task(task)
    assert (await checks())["jobs"] == "jobs are not worked on"
