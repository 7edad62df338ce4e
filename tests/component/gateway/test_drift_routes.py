"""Windows of drift over REST."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from contracts.drift import DriftLevel
from services.gateway.drift.log import DriftLog
from services.gateway.drift.routes import Performance
from shared.artefacts import ArtefactStore
from shared.database.drift_windows import StoredReport, StoredWindow, WindowFilters
from shared.drift.performance import grouped, performance
from tests.support.drift import a_change, stored_windows
from tests.support.gateway_door import Door, assert_problem
from tests.support.gateway_stores import NOON


async def test_windows_come_in_pages_newest_first(door: Door) -> None:
    door.drift.rows = stored_windows(5, shift_from=4)
    first = (await door.client.get("/drift/windows?limit=2&level=alarm&family=battle")).json()
    assert [one["start"] for one in first["windows"]] == [
        "1970-01-01T00:04:00.000Z",
        "1970-01-01T00:03:00.000Z",
    ]
    assert door.drift.asked == [WindowFilters(family="battle", level="alarm")]
    newest = first["windows"][0]
    assert (newest["level"], newest["state"], newest["drifting"]) == ("alarm", "alarm", ["level"])
    assert "columns" not in newest
    second = (await door.client.get(f"/drift/windows?limit=3&cursor={first['next_cursor']}")).json()
    assert [one["start"][14:19] for one in second["windows"]] == ["02:00", "01:00", "00:00"]
    assert second["next_cursor"] is None


async def test_a_window_has_the_scores_of_its_columns_and_the_place_of_its_records(door: Door) -> None:
    door.drift.rows = [replace(one, changes=[a_change()]) for one in stored_windows(1)]
    (stored,) = door.drift.rows
    found = (await door.client.get(f"/drift/windows/{stored.window_id}")).json()
    assert found.pop("performance") is None, "the prediction log has nothing of it"
    assert found == json.loads(json.dumps(stored.document(), default=list))
    assert {one["name"] for one in found["columns"]} == {
        "level",
        "speed",
        "always_one",
        "win_probability",
        "pokemon",
    }
    assert found["offsets"] == [{"partition": 0, "first_offset": 5, "last_offset": 9}]
    (seen,) = found["changes"]
    assert (seen["signal"], seen["at"], seen["offset"]) == (
        "win_probability",
        "1970-01-01T00:00:31.000Z",
        4_711,
    )


async def test_a_window_tells_how_good_its_answers_were(door: Door) -> None:
    door.drift.rows = stored_windows(2)
    judged, estimated = door.drift.rows
    chances = {"a": 0.9, "b": 0.8, "c": 0.3}
    for stored, truths in ((judged, {"a": 1.0, "b": 0.0}), (estimated, {})):
        found = performance(grouped(chances, truths))
        assert found is not None
        door.drift.performances[stored.window_id] = found

    async def told(stored: StoredWindow) -> dict[str, Any]:
        window = (await door.client.get(f"/drift/windows/{stored.window_id}")).json()
        assert window["sha256"] == stored.sha256, "what is reported later is no part of it"
        shape: dict[str, Any] = Performance.model_validate(window["performance"]).model_dump()
        assert shape == window["performance"]
        return shape

    by_outcomes, by_chances = await told(judged), await told(estimated)
    assert (by_outcomes["basis"], by_outcomes["known"], by_outcomes["accuracy"]) == ("outcomes", 2, 0.5)
    assert by_outcomes["accuracy_interval"] == pytest.approx([0.0945, 0.9055], abs=1e-3)
    assert (by_chances["basis"], by_chances["known"]) == ("estimate", 0)
    assert by_chances["accuracy"] == by_chances["estimate"]["accuracy"] == pytest.approx(0.8)


async def test_a_report_comes_as_numbers_or_as_a_page_and_says_why_there_is_none(door: Door) -> None:
    (stored,) = stored_windows(1)
    path = f"/drift/windows/{stored.window_id}/report"
    made = StoredReport(
        state="made", reason="alarm", wanted_at=NOON, html_sha256="a", json_sha256="b", window_sha256="c"
    )
    door.drift.files = {"a": b"<html>", "b": b"{}"}
    said = []
    for report in (
        None,
        StoredReport(state="wanted", reason="request", wanted_at=NOON),
        StoredReport(state="failed", reason="request", wanted_at=NOON, error="the log holds none"),
    ):
        door.drift.rows = [replace(stored, report=report)]
        problem = assert_problem(await door.client.get(path), 404)
        said.append(problem["detail"].partition(": ")[2])
        assert f"drift report {stored.window_id} --full" in problem["remedy"]
    assert said == ["nobody wanted one.", "it is being made.", "the log holds none."]
    door.drift.rows = [replace(stored, report=made)]
    page = await door.client.get(path, headers={"accept": "text/html"})
    assert (page.text, page.headers["content-type"]) == ("<html>", "text/html; charset=utf-8")
    assert (await door.client.get(path)).json() == {}
    assert (await door.client.get(f"/drift/windows/{stored.window_id}")).json()["report"]["state"] == "made"
    assert_problem(await door.client.get(path, headers={"accept": "image/png"}), 406)


async def test_a_report_whose_file_is_gone_says_so_and_how_to_have_another(
    door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ArtefactStore(str(tmp_path))
    database: Any = None
    monkeypatch.setattr(door.drift, "report_file", DriftLog(database, store).report_file)
    made = store.put(b"{}")
    (stored,) = stored_windows(1)
    report = StoredReport(
        state="made", reason="alarm", wanted_at=NOON, html_sha256=made.sha256, json_sha256=made.sha256
    )
    door.drift.rows = [replace(stored, report=report)]
    path = f"/drift/windows/{stored.window_id}/report"
    assert (await door.client.get(path)).json() == {}
    file = tmp_path / made.sha256[:2] / made.sha256
    for change, said in ((lambda: file.write_bytes(b"?"), "was altered"), (file.unlink, "is gone")):
        change()
        problem = assert_problem(await door.client.get(path), 404)
        assert problem["detail"] == f"Window {stored.window_id} has no report: its file {said}."
        assert f"drift report {stored.window_id} --full" in problem["remedy"]


@pytest.mark.parametrize("window_id", ["nowhere", "0" * 16, "a%00b", "x" * 300])
async def test_an_unknown_window_is_a_problem(door: Door, window_id: str) -> None:
    assert assert_problem(await door.client.get(f"/drift/windows/{window_id}"), 404)["field"] == "window_id"


@pytest.mark.parametrize("cursor", ["nonsense", "5-zz", "-1-" + "a" * 16, "9" * 15 + "-" + "a" * 16])
async def test_a_cursor_that_no_page_gave_is_a_problem(door: Door, cursor: str) -> None:
    assert assert_problem(await door.client.get(f"/drift/windows?cursor={cursor}"), 422)["field"] == "cursor"


async def test_a_misspelt_level_is_a_problem_that_names_the_levels(door: Door) -> None:
    problem = assert_problem(await door.client.get("/drift/windows?level=alram"), 422)
    assert (problem["field"], problem["value"]) == ("level", "alram")
    for level in get_args(DriftLevel):
        assert level in json.dumps(problem)


async def test_without_the_database_both_routes_say_so(door: Door) -> None:
    door.drift.is_away = True
    for path in ("/drift/windows", "/drift/windows/" + "0" * 16):
        assert (await door.client.get(path)).status_code == 503


async def test_a_key_is_asked_for(door: Door) -> None:
    response = await door.client.get("/drift/windows", headers={"X-API-Key": "pdx_no_key"})
    assert_problem(response, 401)
