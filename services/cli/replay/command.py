"""`dex replay windows|compare`: drift windows made again, and two of their results beside each other."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer

from services.cli.answers import print_json
from services.cli.console import output, plain_table
from services.cli.replay.bounds import parse_bound, parse_window
from services.cli.replay.comparing import compare_files, print_comparison
from services.cli.replay.running import Asked, Outcome, replay
from services.cli.replay.windows import Made
from shared.drift.spans import Definition
from shared.settings import Settings

NO: Final = 1
MOST_WORKERS: Final = 4
BATCH: Final = 5_000
MOST_AT_ONCE: Final = 100_000
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="What the log gives when it is read again.", no_args_is_help=True)
    app.add_typer(group, name="replay")
    group.command()(windows)
    group.command()(compare)


def windows(
    begin: Annotated[
        str | None, typer.Option("--from", help="A time (UTC) or P:OFFSET,…; else all there is.")
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="Up to there, itself left out; else up to now.")
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="60s, 5m, 1h; or 1000 predictions. Else as drift has them.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="Compare with the reference of this version, not of each one's own.")
    ] = None,
    source: Annotated[Literal["kafka", "archive"], typer.Option(help="Where to read.")] = "kafka",
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Processes.")] = 2,
    batch: Annotated[int, typer.Option(min=1, max=MOST_AT_ONCE, help="Records counted at once.")] = BATCH,
    out: Annotated[Path | None, typer.Option(help="Write each window there, a JSON line each.")] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; else an interrupted replay goes on.")
    ] = False,
    json: Json = False,
) -> None:
    """Make the drift windows of a span again: the same bytes as the live ones, which are left alone.

    Bounds are widened to whole windows. Windows at the edges that may lack records are partial, and not
    in the hash. Exit code 3: what is read cannot be reached.
    """
    settings = Settings()
    asked = Asked(
        source=source,
        begin=None if begin is None else parse_bound("--from", begin),
        end=None if end is None else parse_bound("--to", end),
        definition=Definition.of(settings.drift_window_seconds, settings.drift_window_records)
        if window is None
        else parse_window(window),
        reference=reference,
    )
    lines = None if out is None else out.open("wb")
    try:

        def keep(made: Made) -> None:
            if lines is not None:
                lines.write(msgspec.json.encode(made, order="sorted") + b"\n")

        outcome = replay(asked, workers=workers, batch=batch, is_fresh=fresh, on_window=keep)
    finally:
        if lines is not None:
            lines.close()
    if json:
        print_json(_document(outcome))
    else:
        _print(outcome)


def compare(
    left: Annotated[Path, typer.Argument(help="What `dex replay windows --out` wrote.")],
    right: Annotated[Path, typer.Argument(help="Another one.")],
    json: Json = False,
) -> None:
    """Two replays of one span window by window, or two spans column by column.

    Exit code 1: windows of the same span differ.
    """
    found = compare_files(left, right)
    if json:
        print_json(found.as_json())
    else:
        print_comparison(found)
    if found.differing:
        raise typer.Exit(NO)


def _document(outcome: Outcome) -> dict[str, object]:
    return {
        "records": outcome.records,
        "events": outcome.events,
        "duplicates": outcome.duplicates,
        "seconds": round(outcome.seconds, 3),
        "records_per_second": round(outcome.rate, 1),
        "resumed": outcome.is_resumed,
        "planned_at_ms": outcome.planned_at_ms,
        "windows": outcome.windows,
        "windows_sha256": outcome.windows_sha256,
        "partial": outcome.partial,
    }


def _print(outcome: Outcome) -> None:
    table = plain_table("family", "version", "windows", "alarm", "warn", "ok", "no verdict")
    for (family, version), levels in outcome.levels.items():
        counts = [levels.get(level, 0) for level in ("alarm", "warn", "ok", "none")]
        table.add_row(family, version, *(f"{count:,}" for count in (sum(counts), *counts)))
    output().print(table)
    if outcome.is_resumed:
        began = datetime.fromtimestamp(outcome.planned_at_ms / 1_000, UTC)
        output().print(f"Went on with the replay of {began:%Y-%m-%d %H:%M:%S} UTC; --fresh begins anew.")
    output().print(
        f"{outcome.records:,} records in {outcome.seconds:.1f} s, {outcome.rate:,.0f} a second; "
        f"{outcome.events:,} requests counted, {outcome.duplicates:,} duplicates",
        markup=False,
    )
    for one in outcome.partial:
        output().print(
            f"partial: {one['family']}/{one['model_version']} {one['start_ms']} to {one['end_ms']}, "
            f"{one['events']:,} requests: {one['reason']}",
            markup=False,
        )
    output().print(f"{outcome.windows:,} windows, sha256 {outcome.windows_sha256}", markup=False)
