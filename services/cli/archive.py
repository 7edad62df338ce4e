"""`dex archive ls|describe|purge`: the Parquet archive of predictions, as its manifest has it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Final, TypeVar

import typer

from services.cli.answers import print_json
from services.cli.archive_report import extents, file_json, summary
from services.cli.console import output, plain_table, say_error
from services.cli.reaching import NotRunning
from shared.archive.address import parse_address
from shared.archive.manifest import ArchivedFile, Manifest, Selection
from shared.database.engine import create_engine
from shared.errors import ArchiveAway, Misconfigured, TransientFailure
from shared.settings import Settings

NO: Final = 1
SHOWN: Final = 50
MEGABYTE: Final = 1_000_000
Result = TypeVar("Result")

Family = Annotated[str | None, typer.Option(help="Of one family: battle.")]
Since = Annotated[str | None, typer.Option(help="From this day on, YYYY-MM-DD (UTC, broker time).")]
Until = Annotated[str | None, typer.Option(help="To this day, included.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(no_args_is_help=True, help="The Parquet archive of predictions.")
    app.add_typer(group, name="archive")
    group.command("ls")(show)
    group.command()(describe)
    group.command()(purge)


def show(
    family: Family = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[
        int, typer.Option(min=1, help="Most files shown, the latest; --json shows all.")
    ] = SHOWN,
    as_json: Json = False,
) -> None:
    """The files that count, with days, families, offsets and sizes. Others that lie there do not."""
    wanted = Selection(family=family, since=_day("--since", since), until=_day("--until", until))
    archive = parse_address(Settings().archive)
    files = _on_manifest(lambda manifest: manifest.files(wanted))
    if as_json:
        print_json({"archive": str(archive), "files": [file_json(file, archive) for file in files]})
        return
    if not files:
        output().print("No files.")
        return
    latest = sorted(files, key=lambda file: (file.last_at, file.path))[-limit:]
    table = plain_table("day", "family", "partition", "offsets", "records", "MB", "file")
    for file in latest:
        table.add_row(
            str(file.day),
            file.family,
            str(file.partition),
            f"{file.first_offset} to {file.last_offset}",
            f"{file.records:,}",
            f"{file.size_bytes / MEGABYTE:.2f}",
            file.path,
        )
    output().print(table)
    if len(files) > len(latest):
        output().print(f"{len(files) - len(latest):,} earlier ones are not shown: --limit {len(files)}.")
    records, size = sum(file.records for file in files), sum(file.size_bytes for file in files)
    output().print(
        f"{len(files):,} files in {archive}, {records:,} records, {size / MEGABYTE:,.1f} MB", markup=False
    )


def describe(
    file: Annotated[
        str | None, typer.Argument(help="A file as `ls` shows it; the whole archive else.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare its sha256.")] = False,
    as_json: Json = False,
) -> None:
    """What the archive holds: days, families, versions of each partition; or the columns of one file.

    Exit code 1: a file is gone or was altered, or does not count.
    """
    # Parquet: half a second that other commands need not wait
    from services.cli.archive_files import describe_file, verify_files
    from shared.archive.purging import find_strays
    from shared.archive.store import ArchiveStore

    store = ArchiveStore(Settings().archive)

    async def read(manifest: Manifest) -> tuple[list[ArchivedFile], list[str], dict[int, int]]:
        files = await manifest.files()
        topics = {one.topic for one in files}
        covered = {key: value for topic in topics for key, value in (await manifest.covered(topic)).items()}
        return files, await find_strays(manifest, store) if file is None else [], covered

    files, strays, covered = _on_manifest(read)
    if file is not None:
        found = [one for one in files if one.path == file]
        if not found:
            say_error(f"{file} is not in the manifest, so it does not count. See `./dex archive ls`.")
            raise typer.Exit(NO)
        described = describe_file(store, found[0])
        if as_json:
            print_json({**file_json(found[0], store.address), **described})
        else:
            for name, value in {**file_json(found[0], store.address), **described}.items():
                output().print(f"{name:<12} {value}", markup=False)
        return
    broken = verify_files(store, files) if verify else []
    report = {
        "archive": str(store.address),
        **summary(files),
        "partitions": [asdict(extent) for extent in extents(files, covered)],
        "strays": strays,
        **({"broken": broken} if verify else {}),
    }
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    if broken:
        raise typer.Exit(NO)


def purge(
    before: Annotated[str | None, typer.Option(help="Files of days before this one, YYYY-MM-DD.")] = None,
    family: Family = None,
    strays: Annotated[bool, typer.Option("--strays", help="Also files that do not count.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be deleted; do nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete files of days that are over, for good, or files that a crash left. Kafka and the log stay.

    `PDX_ARCHIVE_DAYS` does it by itself. Exit code 1: the answer to the question was no.
    """
    from shared.archive.purging import delete_strays, find_strays, remove
    from shared.archive.store import ArchiveStore

    day = _day("--before", before)
    if day is None and not strays:
        raise Misconfigured("Say what: --before YYYY-MM-DD, or --strays.")
    store = ArchiveStore(Settings().archive)
    wanted = Selection(family=family, before=day)

    async def find(manifest: Manifest) -> tuple[list[ArchivedFile], list[str]]:
        files = await manifest.files(wanted) if day is not None else []
        return files, await find_strays(manifest, store) if strays else []

    files, stray = _on_manifest(find)
    records, size = sum(file.records for file in files), sum(file.size_bytes for file in files)
    said = (
        f"{len(files):,} files with {records:,} records, {size / MEGABYTE:,.1f} MB, and {len(stray):,} strays"
    )
    document = {"files": len(files), "records": records, "size_bytes": size, "strays": len(stray)}
    if not dry_run and (files or stray):
        if not yes and not typer.confirm(f"Delete {said} from {store.address}, for good?"):
            raise typer.Exit(NO)

        async def act(manifest: Manifest) -> None:
            if day is not None:
                await remove(manifest, store, wanted)
            await delete_strays(manifest, store, stray)

        _on_manifest(act)
    if as_json:
        print_json({**document, "deleted": not dry_run})
    else:
        output().print(f"{'Would delete' if dry_run else 'Deleted'} {said}.", markup=False)


def _print_report(report: dict[str, Any]) -> None:
    print_line = output().print
    print_line(
        f"{report['archive']}: {report['files']:,} files, {report['records']:,} records, "
        f"{report['size_bytes'] / MEGABYTE:,.1f} MB",
        markup=False,
    )
    if report["files"]:
        print_line(f"days {report['first_day']} to {report['last_day']}", markup=False)
        for family, records in report["families"].items():
            print_line(f"family {family}: {records:,} records", markup=False)
        table = plain_table("partition", "from", "archived up to", "records", "not there")
        for extent in report["partitions"]:
            table.add_row(
                *(f"{extent[key]:,}" for key in ("partition", "first", "covered", "records", "absent"))
            )
        output().print(table)
    if report["strays"]:
        print_line(
            f"{len(report['strays']):,} files do not count: `./dex archive purge --strays` deletes them"
        )
    for line in report.get("broken", []):
        say_error(line)


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misconfigured(f"{option} {text}: write a day as 2026-01-31.") from None


def _on_manifest(work: Callable[[Manifest], Coroutine[Any, Any, Result]]) -> Result:
    async def run() -> Result:
        engine = create_engine(Settings())
        try:
            return await work(Manifest(lambda: engine))
        except ArchiveAway:
            raise  # no part of the stack: its text says the remedy
        except TransientFailure as error:
            raise NotRunning(
                f"{error}\nStart the stack with `./dex up`, or look at `./dex status`."
            ) from error
        finally:
            await engine.dispose()

    return asyncio.run(run())
