"""`dex drift report --full`: has the full report of a window made, and hands it over."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec
import typer

from contracts.channels import DRIFT_REPORT_REQUESTED
from contracts.drift import DriftReportRequested
from services.cli import drift_text
from services.cli.console import errors, output, say_error
from services.cli.reaching import NotRunning, dex
from shared.artefacts import SCHEME, ArtefactStore
from shared.bus import create_producer, publish
from shared.database.drift_windows import StoredReport, StoredWindow, find_window
from shared.database.engine import create_engine
from shared.database.failures import transient_when_passing
from shared.errors import ModelRejected, TransientFailure
from shared.settings import Settings

NO: Final = 1
POLL_SECONDS: Final = 0.3
WAIT_SECONDS: Final = 60.0
"""Longer than a report may take: another may be under way."""


def show_full(found: StoredWindow, out: Path | None, *, json: bool) -> None:
    """Have the report made, unless there is one of this revision, and hand it over."""
    settings = Settings()
    store = ArtefactStore(settings.artifacts)
    try:
        numbers, page = _files(store, found)
    except (ModelRejected, TransientFailure):
        made = asyncio.run(have_made(settings, found))
        try:
            numbers, page = _files(store, replace(found, report=made))
        except (ModelRejected, TransientFailure) as error:
            say_error(str(error))
            raise typer.Exit(NO) from None
    target = out or Path(f"drift-{found.window_id}.html")
    if json:
        if out is not None:
            target.write_bytes(page)
        output().print(numbers.decode(), markup=False)
        return
    target.write_bytes(page)
    for line in drift_text.full_lines(found, msgspec.json.decode(numbers)):
        output().print(line, markup=False)
    output().print(f"Evidently's page: {target}", markup=False)


def _files(store: ArtefactStore, found: StoredWindow) -> tuple[bytes, bytes]:
    """Numbers and page of the last revision's report. Raises TransientFailure, ModelRejected without."""
    made = found.report
    if made is None or made.html_sha256 is None or made.json_sha256 is None:
        raise TransientFailure(f"window {found.window_id} has no report")
    if made.window_sha256 != found.sha256:
        raise TransientFailure(f"the report of window {found.window_id} is of an earlier revision")
    return (
        store.get(SCHEME + made.json_sha256, made.json_sha256),
        store.get(SCHEME + made.html_sha256, made.html_sha256),
    )


def _is_answer(before: StoredReport | None, now: StoredReport) -> bool:
    """Whether a report was wanted since, or already on its way."""
    return before is None or before.state == "wanted" or before.wanted_at != now.wanted_at


async def have_made(settings: Settings, found: StoredWindow) -> StoredReport:
    """Ask for it on the bus and wait for it. Exits with 1 when it cannot be made."""
    producer = create_producer(settings)
    engine = create_engine(settings)
    before = found.report
    try:
        await producer.start()
        request = DriftReportRequested(window_id=found.window_id)
        await publish(producer, DRIFT_REPORT_REQUESTED, request, key=found.window_id)
        with errors().status(f"Drift makes the report of window {found.window_id}"):
            async with asyncio.timeout(settings.drift_report_seconds + WAIT_SECONDS):
                while True:
                    with transient_when_passing():
                        async with engine.connect() as connection:
                            now = await find_window(connection, found.window_id)
                    stored = None if now is None else now.report
                    if stored is not None and _is_answer(before, stored):
                        if stored.state == "made":
                            return stored
                        if stored.state == "failed":
                            say_error(f"The report of window {found.window_id} was not made: {stored.error}")
                            raise typer.Exit(NO)
                    await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise NotRunning(
            f"no report within {settings.drift_report_seconds + WAIT_SECONDS:g} s; see `{dex('logs drift')}`"
        ) from None
    except TransientFailure as error:
        raise NotRunning(f"{error}; see `{dex('status')}`") from error
    finally:
        await engine.dispose()
        await producer.stop()
