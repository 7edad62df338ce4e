"""`dex drift`: how far the predictions of each release lie from what it was judged on."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import DRIFT_REPORT_REQUESTED
from contracts.drift import DriftReportRequested
from services.cli import drift_text
from services.cli.answers import print_json
from services.cli.console import errors, output, say_error
from services.cli.reaching import NotRunning, dex
from services.cli.training import read_models
from shared.artefacts import SCHEME, ArtefactStore
from shared.bus import create_producer, publish
from shared.database.drift_windows import (
    StoredReport,
    StoredWindow,
    WindowFilters,
    find_window,
    newest_windows,
)
from shared.database.engine import create_engine
from shared.database.failures import transient_when_passing
from shared.drift.reference import decode_reference
from shared.errors import ModelRejected, TransientFailure
from shared.settings import Settings

NO: Final = 1
LATEST: Final = "latest"
POLL_SECONDS: Final = 0.3
WAIT_SECONDS: Final = 60.0
"""Longer than a report may take: another may be under way."""
MOST_SHOWN: Final = 1_000
STATUS_WINDOWS: Final = 500
"""So many of the newest are looked at for the last one of each release."""
Result = TypeVar("Result")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Drift: windows of predictions against the reference.", no_args_is_help=True)
    app.add_typer(group, name="drift")
    group.command()(status)
    group.command()(windows)
    group.command()(report)
    group.command()(reference)


def status(json: JsonOption = False) -> None:
    """The state of each release. Exit code 1: one drifts (state alarm)."""
    newest = _read(lambda connection: newest_windows(connection, WindowFilters(), STATUS_WINDOWS))
    latest = drift_text.latest_of_each(newest)
    if json:
        print_json([one.summary() for one in latest])
    elif not latest:
        output().print(
            f"No window is closed yet; see `{dex('status')}` and `{dex('traffic')}`.", markup=False
        )
    else:
        output().print(drift_text.status_table(latest))
    if any(one.window.standing.state == "alarm" for one in latest):
        raise typer.Exit(NO)


def windows(
    family: Annotated[str | None, typer.Option(help="Those of one family.")] = None,
    model: Annotated[str | None, typer.Option(help="Those of one version.")] = None,
    level: Annotated[str | None, typer.Option(help="none, ok, warn or alarm.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many of the newest.")] = 20,
    json: JsonOption = False,
) -> None:
    """The windows that were closed, newest first."""
    filters = WindowFilters(family=family, model_version=model, level=level)
    found = _read(lambda connection: newest_windows(connection, filters, limit))
    if json:
        print_json([one.summary() for one in found])
    elif not found:
        output().print("No window.")
    else:
        output().print(drift_text.windows_table(found))


def report(
    window: Annotated[str, typer.Argument(help="A window id, as `dex drift windows` shows it.")] = LATEST,
    full: Annotated[
        bool,
        typer.Option("--full", help="The full report: exact scores, how good the answers were, Evidently."),
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Where the page of the full report goes; drift-WINDOW.html by default."),
    ] = None,
    json: JsonOption = False,
) -> None:
    """One window with the scores of its columns, the last one by default.

    Exit code 1: there is none, or its full report could not be made.
    """

    async def find(connection: AsyncConnection) -> StoredWindow | None:
        window_id = window
        if window == LATEST:
            newest = await newest_windows(connection, WindowFilters(), 1)
            if not newest:
                return None
            window_id = newest[0].window_id
        return await find_window(connection, window_id)

    found = _read(find)
    if found is None:
        say_error(f"There is no window {window}: see `{dex('drift windows')}`.")
        raise typer.Exit(NO)
    if full:
        _show_full(found, out, json=json)
        return
    if json:
        print_json(found.document())
        return
    for line in drift_text.report_lines(found):
        output().print(line, markup=False)
    output().print(drift_text.columns_table(found.window.columns))


def _show_full(found: StoredWindow, out: Path | None, *, json: bool) -> None:
    """Have the report made, unless there is one of this revision, and hand it over."""
    settings = Settings()
    made = _of_now(found)
    if made is None:
        made = asyncio.run(_have_made(settings, found))
    store = ArtefactStore(settings.artifacts)
    try:
        numbers = store.get(SCHEME + str(made.json_sha256), str(made.json_sha256))
        page = store.get(SCHEME + str(made.html_sha256), str(made.html_sha256))
    except (ModelRejected, TransientFailure) as error:
        say_error(
            f"{error}; `{dex(f'drift report {found.window_id} --full')}` after a new revision makes it again"
        )
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


def _of_now(found: StoredWindow) -> StoredReport | None:
    """The report of the window's last revision, if it is made."""
    stored = found.report
    if stored is None or stored.state != "made" or stored.window_sha256 != found.sha256:
        return None
    return stored


def _is_answer(before: StoredReport | None, now: StoredReport) -> bool:
    """Whether a report was wanted since, or already on its way."""
    return before is None or before.state == "wanted" or before.wanted_at != now.wanted_at


async def _have_made(settings: Settings, found: StoredWindow) -> StoredReport:
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


def reference(
    model: Annotated[str | None, typer.Option(help="A version; the champion by default.")] = None,
    json: JsonOption = False,
) -> None:
    """What windows of a release are compared with. Exit code 1: it has no reference."""
    models = read_models()
    version = models.champion if model is None else model
    release = next((one for one in models.releases if one.version == version), None)
    if release is None or release.drift_reference is None:
        say_error(
            f"There is no release {version}: see `{dex('models compare')}`."
            if release is None
            else f"Release {version} has no drift reference: `{dex('train')}` makes a release with one."
        )
        raise typer.Exit(NO)
    stored = release.drift_reference
    try:
        found = decode_reference(ArtefactStore(Settings().artifacts).get(stored.uri, stored.sha256))
    except (ModelRejected, TransientFailure, ValueError) as error:
        say_error(str(error))
        raise typer.Exit(NO) from None
    if json:
        print_json({"version": version, "sha256": stored.sha256, "reference": found})
        return
    output().print(f"Release {version}: {found.rows:,} rows of its test part, sha256 {stored.sha256}")
    output().print(drift_text.reference_table(found))


def _read(work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """What `work` reads of the database. Raises NotRunning when it does not answer."""

    async def reading() -> Result:
        engine = create_engine(Settings())
        try:
            with transient_when_passing():
                async with engine.connect() as connection:
                    return await work(connection)
        except TransientFailure as error:
            raise NotRunning(f"{error}; see `{dex('status')}`") from error
        finally:
            await engine.dispose()

    return asyncio.run(reading())
