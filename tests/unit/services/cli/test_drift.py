"""`dex drift`: what is printed of windows and references, and with which exit code."""

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.drift import DriftLevel
from contracts.models import DriftReferenceStored
from services.cli import drift
from services.cli.training import Models
from shared.artefacts import ArtefactStore
from shared.database.drift_changes import StoredChange
from shared.database.drift_windows import StoredReport, StoredWindow
from shared.drift.performance import Performance, grouped, performance
from shared.drift.reference import encode_reference
from tests.support.drift import a_change, a_reference, stored_windows
from tests.support.releases import a_release


def judged(chances: dict[str, float], truths: dict[str, float]) -> Performance:
    found = performance(grouped(chances, truths))
    assert found is not None
    return found


def dex(*arguments: str) -> Result:
    app = typer.Typer()
    drift.register(app)
    return CliRunner().invoke(app, ["drift", *arguments])


A_CHANGE = a_change(signal="confidence", before=0.78, after=0.91, recent=1_280)
IN_WORDS = "confidence 0.780 to 0.910 in the last 1,280 predictions, 1970-01-01T00:00:31.000Z"
CHANCES = {"a": 0.9, "b": 0.8, "c": 0.3, "d": 0.6}
HOW = defaultdict(
    lambda: judged(CHANCES, {}),
    {1: judged(CHANCES, {"a": 1.0, "b": 0.0, "d": 0.5}), 2: judged(CHANCES, {"d": 0.5})},
)
"""By minute: outcomes, none but a draw, and in the others only the chances themselves."""


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], StoredChange]:
    """The last one of each release, as the database is said to hold them."""
    found: dict[tuple[str, str], StoredChange] = {}

    async def last(_: Any) -> dict[tuple[str, str], StoredChange]:
        return found

    monkeypatch.setattr(drift, "last_changes", last)
    return found


@pytest.fixture
def stored(
    monkeypatch: pytest.MonkeyPatch, changes: dict[tuple[str, str], StoredChange]
) -> list[StoredWindow]:
    """What the database is said to hold, newest first."""
    rows: list[StoredWindow] = []

    async def newest(_: Any, filters: Any, limit: int) -> list[StoredWindow]:
        return [one for one in rows if filters.level in (None, one.window.level)][:limit]

    async def find(_: Any, window_id: str) -> StoredWindow | None:
        return next((one for one in rows if one.window_id == window_id), None)

    def read(work: Any) -> Any:
        try:
            work(None).send(None)
        except StopIteration as done:
            return done.value
        raise AssertionError("it waits for something")

    async def judge(_: Any, windows: Sequence[StoredWindow], __: Any) -> dict[str, Performance]:
        return {one.window_id: HOW[one.window.start_ms // 60_000] for one in windows}

    monkeypatch.setattr(drift, "performances", judge)
    monkeypatch.setattr(drift, "newest_windows", newest)
    monkeypatch.setattr(drift, "find_window", find)
    monkeypatch.setattr(drift, "_read", read)
    return rows


def test_a_misspelt_level_is_refused_with_the_levels_there_are(stored: list[StoredWindow]) -> None:
    refused = dex("windows", "--level", "alram")
    assert refused.exit_code == 2
    for said in ("--level", "'alram'", *(f"'{level}'" for level in get_args(DriftLevel))):
        assert said in refused.output


def test_status_ends_with_one_when_a_release_drifts(stored: list[StoredWindow]) -> None:
    none = dex("status")
    assert (none.exit_code, "No window is closed yet" in none.stdout) == (0, True)
    stored += stored_windows(3)
    well = dex("status")
    assert well.exit_code == 0
    assert "battle/v1" in well.stdout
    stored[:] = stored_windows(4, shift_from=3)
    assert re.search(r"1 of 5 columns drift.* level +level\b", dex("status").stdout), "the column is named"
    drifting = dex("status", "--json")
    assert drifting.exit_code == 1
    (one,) = json.loads(drifting.stdout)
    assert (one["state"], one["drifting"], one["model_version"]) == ("alarm", ["level"], "v1")


def test_status_and_report_tell_the_changes_that_adwin_saw(
    stored: list[StoredWindow], changes: dict[tuple[str, str], StoredChange]
) -> None:
    """Beside the state, which stays what the windows say."""
    stored += [replace(one, changes=[A_CHANGE]) for one in stored_windows(1)]
    assert "confidence" not in dex("status").stdout
    changes["battle", "v1"] = A_CHANGE
    told = dex("status")
    assert told.exit_code == 0
    assert IN_WORDS in " ".join(told.stdout.split())
    (one,) = json.loads(dex("status", "--json").stdout)
    assert one["last_change"] == {
        "signal": "confidence",
        "at": "1970-01-01T00:00:31.000Z",
        "partition": 2,
        "offset": 4_711,
        "before": 0.78,
        "after": 0.91,
        "recent": 1_280,
    }
    assert f"ADWIN: {IN_WORDS}" in dex("report").stdout
    assert json.loads(dex("report", "--json").stdout)["changes"] == [one["last_change"]]


def test_windows_are_listed_newest_first(stored: list[StoredWindow]) -> None:
    assert "No window." in dex("windows").stdout
    stored += stored_windows(3, shift_from=2)
    lines = dex("windows", "--limit", "2").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [one.window_id for one in stored[:2]]
    assert "level" in lines[1]
    (alarmed,) = json.loads(dex("windows", "--level", "alarm", "--json").stdout)
    assert alarmed["window_id"] == stored[0].window_id


def test_a_window_that_warns_of_unseen_values_alone_says_so(stored: list[StoredWindow]) -> None:
    (calm,) = stored_windows(1)
    reason = "0 of 3 columns drift; missing, out of range or unseen values in pokemon"
    stored.append(replace(calm, window=msgspec.structs.replace(calm.window, level="warn", reason=reason)))
    assert "unseen values in pokemon" in " ".join(dex("windows").stdout.split())


def test_how_good_the_answers_were_is_shown_with_what_it_rests_on(stored: list[StoredWindow]) -> None:
    stored += stored_windows(3)
    drawn, outcomes, estimate = dex("windows").stdout.splitlines()[1:]
    assert "–, 0.010 (1 outcome)" in drawn
    assert "0.500, 0.220 (3 outcomes)" in outcomes
    assert "0.750, 0.175 (estimate)" in estimate
    assert "–, 0.010 (1 outcome)" in dex("status").stdout
    told = [one["performance"] for one in json.loads(dex("windows", "--json").stdout)]
    assert [(one["basis"], one["known"]) for one in told] == [
        ("outcomes", 1),
        ("outcomes", 3),
        ("estimate", 0),
    ]
    assert [one["performance"]["known"] for one in json.loads(dex("status", "--json").stdout)] == [1]
    said = dex("report", stored[1].window_id).stdout
    assert "By 3 reported outcomes: accuracy 0.500 (0.095 to 0.905), Brier 0.220" in said
    assert "; the chances promised 0.750 and 0.175" in said
    assert "no battle was decided, Brier 0.010" in dex("report").stdout
    assert (
        "By an estimate (CBPE), no outcomes: accuracy 0.750, Brier 0.175\n"
        in dex("report", stored[2].window_id).stdout
    )
    assert json.loads(dex("report", stored[1].window_id, "--json").stdout)["performance"] == told[1]


def test_a_report_has_the_columns_that_differ_most_first(stored: list[StoredWindow]) -> None:
    stored += stored_windows(2, shift_from=1)
    report = dex("report").stdout
    assert f"Window {stored[0].window_id}" in report
    assert "300 predictions, 2 duplicates left out" in report
    table = report[report.index("\ncolumn ") + 1 :].splitlines()
    assert table[1].split()[:2] == ["level", "yes"]
    assert json.loads(dex("report", stored[1].window_id, "--json").stdout)["level"] == "ok"
    unknown = dex("report", "nowhere")
    assert (unknown.exit_code, "There is no window nowhere" in unknown.stderr) == (1, True)


def test_the_reference_of_a_release_is_shown_or_said_to_be_absent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", str(tmp_path))
    artefact = ArtefactStore(str(tmp_path / "artifacts")).put(encode_reference(a_reference()))
    reference = DriftReferenceStored(
        uri=artefact.uri, sha256=artefact.sha256, sample_uri="", sample_sha256=""
    )
    releases = [a_release(version="old"), a_release(version="new", drift_reference=reference)]
    monkeypatch.setattr(drift, "read_models", lambda: Models(releases, "new"))
    shown = dex("reference")
    assert f"Release new: 2,000 rows of its test part, sha256 {artefact.sha256}" in shown.stdout
    assert [line.split()[:3] for line in shown.stdout.splitlines() if "pokemon" in line] == [
        ["pokemon", "category", "5"]
    ]
    assert json.loads(dex("reference", "--json").stdout)["reference"]["rows"] == 2_000
    for version, words in (("old", "has no drift reference"), ("none", "There is no release none")):
        absent = dex("reference", "--model", version)
        assert (absent.exit_code, words in absent.stderr) == (1, True)
    (tmp_path / "artifacts" / artefact.sha256[:2] / artefact.sha256).write_bytes(b"{}")
    assert "was altered" in dex("reference").stderr


def test_the_full_report_is_handed_over_as_a_page_and_in_words(
    stored: list[StoredWindow], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PDX_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    store = ArtefactStore(str(tmp_path / "artifacts"))
    (window,) = stored_windows(1)
    numbers = {
        "rows": 300,
        "columns": [{}] * 5,
        "drifting": ["level"],
        "differs": ["speed"],
        "performance": {
            "basis": "outcomes",
            "known": 40,
            "accuracy": 0.75,
            "brier": 0.2,
            "calibration_error": 0.05,
        },
    }
    page, figures = store.put(b"<html>"), store.put(json.dumps(numbers).encode())
    report = StoredReport(
        state="made",
        reason="alarm",
        wanted_at=window.closed_at,
        window_sha256=window.sha256,
        html_sha256=page.sha256,
        json_sha256=figures.sha256,
    )
    stored += [replace(window, report=report)]
    shown = dex("report", "--full")
    assert shown.exit_code == 0
    assert "300 of 300 predictions read again" in shown.stdout
    assert "1 of 5 columns drift: level" in shown.stdout
    assert "Judged otherwise than by the histograms: speed" in shown.stdout
    assert "40 reported outcomes: accuracy 0.750, Brier 0.200, calibration error 0.050" in shown.stdout
    assert (tmp_path / f"drift-{window.window_id}.html").read_bytes() == b"<html>"
    assert json.loads(dex("report", window.window_id, "--full", "--json").stdout) == numbers
