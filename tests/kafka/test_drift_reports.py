"""Full reports of windows: made in a process of their own, from the window's own rows in the log."""

import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest

from contracts.channels import DRIFT_REPORT_REQUESTED, TRAINING_REQUESTED
from contracts.drift import DriftReportRequested
from services.cli.drift_full import have_made
from services.drift.app import create_app
from services.drift.report_worker import run_report
from shared.artefacts import SCHEME, ArtefactStore
from shared.bus import create_producer, publish
from shared.database.drift_windows import StoredWindow, find_window
from shared.database.engine import create_engine
from shared.database.migrate import migrate
from shared.drift.report_task import ReportFailed, ReportTask
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for
from tests.support.drift import FORMS, a_reference, observed_rows, stored_windows
from tests.support.drift_family import (
    FAMILY,
    DriftingFamily,
    begin_at_the_end,
    prediction,
    release,
    send,
    signed,
)

pytestmark = pytest.mark.timeout(240)
JOB = "tests.support.drifting_report_job"
MADE_SECONDS = 180.0


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Settings:
    made = settings_for(
        kafka_bootstrap,
        database_url=database_url,
        data_dir=tmp_path,
        drift_window_records=250,
        drift_grace_seconds=0.1,
        drift_least_records=50,
        drift_alarm_windows=1,
        drift_retrain=True,
    )
    ensure_keys(made.signing_key_file, made.verify_key_file)
    return made


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    await migrate(settings.database_url)
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    await connection.execute("truncate drift_reports, outcomes")
    yield connection
    await connection.close()


async def ask_for(settings: Settings, *window_ids: str) -> None:
    producer = create_producer(settings)
    await producer.start()
    try:
        for window_id in window_ids:
            request = DriftReportRequested(window_id=window_id)
            await publish(producer, DRIFT_REPORT_REQUESTED, request, key=window_id)
    finally:
        await producer.stop()


async def stored_window(settings: Settings, window_id: str) -> StoredWindow:
    engine = create_engine(settings)
    try:
        async with engine.connect() as connection:
            found = await find_window(connection, window_id)
    finally:
        await engine.dispose()
    assert found is not None
    return found


async def until_made(database: asyncpg.Connection, reason: str) -> asyncpg.Record:
    async def is_made() -> bool:
        state = await database.fetchval("select state || reason || coalesce(error, '') from drift_reports")
        assert "failed" not in str(state), state
        return bool(state == "made" + reason)

    await eventually(is_made, f"a report made after an {reason}", timeout_s=MADE_SECONDS)
    made = await database.fetchrow("select * from drift_reports")
    assert made is not None
    return made


def report_of(store: ArtefactStore, row: asyncpg.Record) -> bytes:
    """The JSON form; the page lies beside it."""
    assert b"<html" in store.get(SCHEME + row["html_sha256"], row["html_sha256"])[:2_000]
    return store.get(SCHEME + row["json_sha256"], row["json_sha256"])


async def test_an_alarm_has_a_report_from_the_rows_of_its_window_and_asks_for_a_training(
    settings: Settings, database: asyncpg.Connection
) -> None:
    version = secrets.token_hex(4)
    await begin_at_the_end(settings, database)
    await release(settings, version, a_reference(), assign=True)
    shifted = observed_rows(300, seed=41, level=5.0, forms=FORMS[:2])
    first = [prediction(row, version) for row in shifted]
    again = [prediction(row, version, one.request_id) for row, one in zip(shifted, first[:20], strict=False)]
    for one in first[:100]:
        await database.execute(
            "insert into outcomes (request_id, reporter, outcome, source_partition, source_offset,"
            " reported_at) values ($1, 'key', 'yes', 0, 0, $2)",
            one.request_id,
            datetime.now(UTC),
        )
    app = create_app(settings, {FAMILY: DriftingFamily()}, report_job=JOB)
    store = ArtefactStore(settings.artifacts)
    async with running(app):
        await send(settings, first[:280])
        await send(settings, again)
        await send(settings, first[280:])
        by_alarm = await until_made(database, "alarm")
        # the next report takes the place of this one
        full: dict[str, Any] = json.loads(report_of(store, by_alarm))
        await ask_for(settings, "0" * 16)
        asked_for = await have_made(settings, await stored_window(settings, by_alarm["window_id"]))
        by_request = await until_made(database, "request")
        assert asked_for.html_sha256 == by_request["html_sha256"]
        letters = await read_all(settings.kafka_bootstrap, DRIFT_REPORT_REQUESTED.dead_letter_name)
    window = await database.fetchrow("select * from drift_windows where not is_withdrawn")
    assert window is not None
    assert json.loads(report_of(store, by_request))["window"]["window_id"] == window["window_id"]
    for row in (by_alarm, by_request):
        assert (row["window_id"], row["window_sha256"]) == (window["window_id"], window["sha256"])
    assert full["predictions_left"] == full["rows"] == window["events"]
    assert (full["drifting"], full["differs"]) == (["level", "pokemon"], [])
    assert full["window"]["window_id"] == window["window_id"]
    assert full["performance"]["known"] == 100
    named = {one["config"].get("column") for one in full["evidently"]["metrics"]}
    assert {"level", "speed", "pokemon", "win_probability"} <= named
    requested = await read_all(settings.kafka_bootstrap, TRAINING_REQUESTED.name)
    asked = [one for one in requested if one.key.decode() == f"drift-{window['window_id']}"]
    assert [json.loads(one.value)["family"] for one in asked] == [FAMILY]
    assert "no window" in dict(letters[-1].headers)["x-error"].decode()


async def test_a_report_process_that_dies_or_takes_too_long_says_so(settings: Settings) -> None:
    (stored,) = stored_windows(1)
    task = ReportTask(
        settings=settings.model_dump_json(),
        window=msgspec.structs.replace(stored.window, family=FAMILY),
        sha256=stored.sha256,
        document={},
        offsets=[],
        release=signed(settings, "v"),
        cell_ms=1_000,
    )
    died = await run_report(task, 60, "tests.support.no_such_job")
    assert isinstance(died, ReportFailed)
    assert died.may_succeed
    assert "no_such_job" in died.reason
    late = await run_report(task, 0.01, JOB)
    assert isinstance(late, ReportFailed)
    assert "PDX_DRIFT_REPORT_SECONDS" in late.reason
    bare = await run_report(task, MADE_SECONDS, JOB)
    assert bare == ReportFailed(reason="the release has no drift reference: train it again to get one")
