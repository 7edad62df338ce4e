"""`dex ingest`: asks for a run of ingest, follows it, and tells how it ended."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final, get_args

import typer
from aiokafka.errors import KafkaError

from contracts.channels import (
    POKEDEX_REFRESH_COMPLETED,
    POKEDEX_REFRESH_PROGRESSED,
    POKEDEX_REFRESH_REQUESTED,
)
from contracts.pokedex import (
    IngestStep,
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
    SourceName,
)
from services.cli import texts
from services.cli.answers import print_json
from services.cli.asking import await_broker
from services.cli.console import errors
from services.cli.following import Seen, SilentService, Work, ask_and_follow, no_display, progress_display
from services.cli.ingest_report import completion_json, print_completion, write_disagreements
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from shared.errors import Misconfigured, TransientFailure
from shared.settings import Settings

NO: Final = 1
INTERRUPTED: Final = 130
SILENCE_SECONDS: Final = 120.0
STEPS: Final[tuple[IngestStep, ...]] = get_args(IngestStep)
SOURCES: Final[tuple[SourceName, ...]] = get_args(SourceName)


Follow = Callable[
    [PokedexRefreshRequested, str, bool, Callable[[], None]], Awaitable[PokedexRefreshCompleted]
]
"""Request, refresh id, whether progress is shown, what to call once the request is on the bus."""


def register(app: typer.Typer, follow: Follow | None = None) -> None:
    """Add the command to `app`; `follow` asks for the run and waits for its end."""
    ask = follow or follow_on_bus

    @app.command()
    def ingest(
        source: Annotated[
            str, typer.Option(help="snapshot (offline), pokeapi or pokepedia (both fetch pages).")
        ] = "snapshot",
        force: Annotated[
            bool, typer.Option("--force", help="Write tables and publish every record, changed or not.")
        ] = False,
        disagreements: Annotated[
            Path | None,
            typer.Option(metavar="FILE", help="CSV that is written with what the sources disagree on."),
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Bring the Pokédex up to date from a source: tables, then topics, behind a quality gate.

        The ingest service works on it: ending this command (Ctrl-C) ends the waiting alone.
        Exit code 1: a step failed, and nothing was published; 3: the stack cannot be reached.
        """
        request = PokedexRefreshRequested(source=_source(source), force=force)
        if disagreements is not None:
            _refuse_unwritable(disagreements)
        completed = _wait(ask, request, is_shown=not as_json)
        if disagreements is not None:
            write_disagreements(disagreements, completed)
        if as_json:
            print_json(completion_json(completed))
        else:
            print_completion(completed, disagreements)
        if completed.outcome == "failed":
            raise typer.Exit(NO)


def _wait(ask: Follow, request: PokedexRefreshRequested, *, is_shown: bool) -> PokedexRefreshCompleted:
    """Ask and wait; an interrupt leaves the run going, and says so."""
    refresh_id = f"cli-{secrets.token_hex(6)}"
    asked: list[str] = []

    async def waiting() -> PokedexRefreshCompleted:
        return await ask(request, refresh_id, is_shown, lambda: asked.append(refresh_id))

    try:
        return asyncio.run(waiting())
    except SilentService as error:
        raise NotRunning(str(error)) from error
    except KeyboardInterrupt:
        if asked:
            errors().print(say(texts.GOES_ON.of(service="ingest", work=refresh_id)), markup=False)
        raise typer.Exit(INTERRUPTED) from None


def _source(name: str) -> SourceName:
    for source in SOURCES:
        if source == name:
            return source
    raise Misconfigured(f"--source {name}: write {', '.join(SOURCES)}.")


def _refuse_unwritable(file: Path) -> None:
    try:
        file.open("a").close()
    except OSError as error:
        raise Misconfigured(
            f"--disagreements {file}: {error.strerror}. Name a file in a folder that you may write to."
        ) from error


async def follow_on_bus(
    request: PokedexRefreshRequested, refresh_id: str, is_shown: bool, on_asked: Callable[[], None]
) -> PokedexRefreshCompleted:
    """Ask the ingest service of the running stack. Raises NotRunning and SilentService."""
    settings = Settings()
    await await_broker(settings)
    show = progress_display() if is_shown else no_display()
    try:
        completed = await ask_and_follow(settings, INGEST, request, refresh_id, show=show, on_asked=on_asked)
    except (KafkaError, TransientFailure) as error:
        raise NotRunning(
            f"Kafka at {settings.kafka_bootstrap}: {error}\n{say(texts.START_REMEDY)}"
        ) from error
    assert isinstance(completed, PokedexRefreshCompleted)
    return completed


def _seen(progressed: PokedexRefreshProgressed) -> Seen:
    done = progressed.done / progressed.total if progressed.total else 0.0
    fraction = (STEPS.index(progressed.step) + done) / len(STEPS)
    counted = f"{progressed.done} of {progressed.total}" if progressed.total > 1 else ""
    return Seen(progressed.step, fraction, f"{counted} {progressed.detail}".strip())


INGEST: Final = Work(
    service="ingest",
    requested=POKEDEX_REFRESH_REQUESTED,
    progressed=POKEDEX_REFRESH_PROGRESSED,
    completed=POKEDEX_REFRESH_COMPLETED,
    see=_seen,
    silence_s=SILENCE_SECONDS,
)
