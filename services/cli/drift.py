"""`dex drift`: how far the predictions of each release lie from what it was judged on."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec
import typer
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.drift import DriftLevel
from services.cli import drift_text
from services.cli.answers import print_json
from services.cli.console import output, say_error
from services.cli.drift_full import show_full
from services.cli.reaching import NotRunning, dex
from services.cli.training import read_models
from shared.artefacts import ArtefactStore
from shared.database.drift_changes import StoredChange, last_changes
from shared.database.drift_performance import performances
from shared.database.drift_windows import (
    StoredWindow,
    WindowFilters,
    change_document,
    find_window,
    newest_windows,
)
from shared.database.engine import create_engine
from shared.database.failures import transient_when_passing
from shared.drift.performance import Performance
from shared.drift.reference import decode_reference
from shared.errors import ModelRejected, TransientFailure
from shared.families import families
from shared.settings import Settings

NO: Final = 1
LATEST: Final = "latest"
MOST_SHOWN: Final = 1_000
STATUS_WINDOWS: Final = 500
"""So many of the newest are looked at for the last one of each release."""
Result = TypeVar("Result")
Judged = tuple[Sequence[StoredWindow], Mapping[str, Performance]]
"""Windows, and by window id how good their answers were."""

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
    """The state of each release and its last change. Exit code 1: one drifts (state alarm)."""

    async def find(connection: AsyncConnection) -> tuple[Judged, Mapping[tuple[str, str], StoredChange]]:
        newest = await newest_windows(connection, WindowFilters(), STATUS_WINDOWS)
        judged = await _judged(connection, drift_text.latest_of_each(newest))
        return judged, await last_changes(connection)

    (latest, judged), changes = _read(find)
    if json:
        print_json(
            [
                _with_performance(one.summary(), one, judged)
                | {"last_change": None if change is None else change_document(change)}
                for one in latest
                for change in (changes.get(one.release),)
            ]
        )
    elif not latest:
        output().print(
            f"No window is closed yet; see `{dex('status')}` and `{dex('traffic')}`.", markup=False
        )
    else:
        output().print(drift_text.status_table(latest, judged, changes))
    if any(one.window.standing.state == "alarm" for one in latest):
        raise typer.Exit(NO)


def windows(
    family: Annotated[str | None, typer.Option(help="Those of one family.")] = None,
    model: Annotated[str | None, typer.Option(help="Those of one version.")] = None,
    level: Annotated[DriftLevel | None, typer.Option(help="Those of one level.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=MOST_SHOWN, help="So many of the newest.")] = 20,
    json: JsonOption = False,
) -> None:
    """The windows that were closed, newest first."""
    filters = WindowFilters(family=family, model_version=model, level=level)

    async def find(connection: AsyncConnection) -> Judged:
        return await _judged(connection, await newest_windows(connection, filters, limit))

    found, judged = _read(find)
    if json:
        print_json([_with_performance(one.summary(), one, judged) for one in found])
    elif not found:
        output().print("No window.")
    else:
        output().print(drift_text.windows_table(found, judged))


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

    async def find(connection: AsyncConnection) -> Judged:
        window_id = window
        if window == LATEST:
            newest = await newest_windows(connection, WindowFilters(), 1)
            if not newest:
                return (), {}
            window_id = newest[0].window_id
        one = await find_window(connection, window_id)
        return await _judged(connection, () if one is None else (one,))

    shown, judged = _read(find)
    if not shown:
        say_error(f"There is no window {window}: see `{dex('drift windows')}`.")
        raise typer.Exit(NO)
    found = shown[0]
    if full:
        show_full(found, out, json=json)
        return
    if json:
        print_json(_with_performance(found.document(), found, judged))
        return
    for line in drift_text.report_lines(found, judged.get(found.window_id)):
        output().print(line, markup=False)
    output().print(drift_text.columns_table(found.window.columns))


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


async def _judged(connection: AsyncConnection, windows: Sequence[StoredWindow]) -> Judged:
    return windows, await performances(connection, windows, families())


def _with_performance(
    document: dict[str, Any], one: StoredWindow, judged: Mapping[str, Performance]
) -> dict[str, Any]:
    return {**document, "performance": msgspec.to_builtins(judged.get(one.window_id))}


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
