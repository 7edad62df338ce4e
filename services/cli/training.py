"""`dex dataset`, `dex train`, `dex evaluate`, `dex models`: asked for on the bus, followed on the bus."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol, TypeVar

import typer
from aiokafka.errors import KafkaError
from rich.table import Table

from contracts.models import ModelReleased, TrainingCompleted, TrainingRequested, TrainingStep
from services.cli import texts
from services.cli.answers import print_json
from services.cli.asking import await_broker
from services.cli.console import errors, output, plain_table, say_error
from services.cli.first_model import READ_SECONDS, train
from services.cli.following import SilentService
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from shared.battle.bars import BARS, judge
from shared.errors import TransientFailure
from shared.families import families
from shared.model_reader import ModelReader
from shared.settings import Settings

FAMILY: Final = "battle"
DEFAULT_SEED: Final = 20260
MOST_TRIALS: Final = 500
Result = TypeVar("Result")

FamilyOption = Annotated[str, typer.Option(help="Which family of models.")]
SizeOption = Annotated[
    Literal["first", "full"], typer.Option(help="first: 200,000 match-ups to train on; full: 898,612.")
]
JobsOption = Annotated[
    int, typer.Option(min=0, max=256, help="Workers; 0: as many as cores and free memory carry.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same dataset and model.")]


class Order(Protocol):
    """Has a training done and returns how it ended."""

    def __call__(self, request: TrainingRequested) -> TrainingCompleted: ...


def register(
    app: typer.Typer,
    order: Order | None = None,
    read: Callable[[], "Models"] | None = None,
    report: Callable[[str], int] | None = None,
) -> None:
    """Add the commands to `app`; the others stand for the stack in tests."""
    ordered, read_of, reported = order or _order, read or read_models, report or _print_report

    @app.command()
    def dataset(
        size: SizeOption = "full",
        jobs: JobsOption = 0,
        seed: SeedOption = DEFAULT_SEED,
        fresh: Annotated[
            bool,
            typer.Option(
                "--fresh",
                help="Play every match-up again, and compare the hashes; after an interruption, too.",
            ),
        ] = False,
    ) -> None:
        """Build the dataset, or finish what an interrupted run left; nothing is trained.

        It is left as Parquet files with a card, and where is printed. The training service works on it:
        ending this command ends the waiting alone.
        """
        request = TrainingRequested(
            family=FAMILY, seed=seed, size=size, jobs=jobs, until="dataset", fresh=fresh
        )
        _say_completed(ordered(request))

    @app.command("train")
    def train_model(
        family: FamilyOption = FAMILY,
        size: SizeOption = "full",
        trials: Annotated[
            int, typer.Option(min=0, max=MOST_TRIALS, help="Trials of a search for parameters.")
        ] = 0,
        grid: Annotated[bool, typer.Option("--grid", help="Try the eight fixed combinations.")] = False,
        everything: Annotated[
            bool, typer.Option("--all", help="Dataset, grid, training and report in one go.")
        ] = False,
        show_report: Annotated[
            bool, typer.Option("--report", help="Print each bar and figure afterwards.")
        ] = False,
        jobs: JobsOption = 0,
        seed: SeedOption = DEFAULT_SEED,
        assign: Annotated[
            bool, typer.Option(help="Make it champion if it wins on the same held-out duels.")
        ] = True,
    ) -> None:
        """Train a model, release it, and make it champion when it wins.

        The training service works on it: ending this command (Ctrl-C) ends the waiting alone. A training
        that `dex down` interrupts goes on at the next `dex up`, with what it had simulated and tried.
        Exit code 1: no model came of it, or with --report a bar is not met; 3: the stack went away.
        """
        if family not in families():
            say_error(f"--family {family}: there is no such family. Families: {', '.join(families())}.")
            raise typer.Exit(2)
        request = TrainingRequested(
            family=family, seed=seed, size=size, jobs=jobs, assign=assign, trials=trials,
            grid=(grid or everything) and not trials,
        )  # fmt: skip
        completed = ordered(request)
        _say_completed(completed)
        if (show_report or everything) and completed.version is not None:
            raise typer.Exit(reported(completed.version))

    @app.command()
    def evaluate(
        model: Annotated[
            str | None, typer.Option("--model", help="A version; the champion by default.")
        ] = None,
    ) -> None:
        """Print the figures of a model from its stored predictions: each bar, parts, classes, forms.

        Exit code 1: a bar is not met, or there are no stored predictions.
        """
        models = read_of()
        version = models.champion if model is None else model
        if version not in [release.version for release in models.releases]:
            known = ", ".join(release.version for release in models.releases) or "none"
            say_error(f"--model {version}: no such release. Releases: {known}.")
            raise typer.Exit(2)
        raise typer.Exit(reported(version))

    models_app = typer.Typer(help="The released models.", no_args_is_help=True)
    app.add_typer(models_app, name="models")

    @models_app.command()
    def compare(
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Put the releases beside each other: the figure of each bar, and whether it is met."""
        models = read_of()
        if as_json:
            print_json({one.version: one.metrics for one in models.releases})
        elif not models.releases:
            output().print("No model is released yet: `./dex train`, or `./dex up` for the first one.")
        else:
            output().print(comparison(models.releases, models.champion))


class Models:
    """The releases of a family, oldest first, and which one is champion."""

    def __init__(self, releases: Sequence[ModelReleased], champion: str | None) -> None:
        self.releases = sorted(releases, key=lambda release: release.released_at_ms)
        self.champion = champion


def comparison(releases: Sequence[ModelReleased], champion: str | None) -> Table:
    """One row a bar, one column a release: its figure, and whether it meets the bar."""
    names = [f"{one.version}{' (champion)' if one.version == champion else ''}" for one in releases]
    table = plain_table("bar", *names)
    verdicts = [judge(one.metrics) for one in releases]
    for position, bar in enumerate(BARS):
        row = [own[position] for own in verdicts]
        cells = [
            "–" if one.value is None else f"{one.value:.4g} {'met' if one.is_met else 'missed'}"
            for one in row
        ]
        table.add_row(bar.words, *cells)
    return table


def _say_completed(completed: TrainingCompleted) -> None:
    if completed.outcome == "failed":
        say_error(f"Training failed: {completed.message}\nSee `./dex logs training`.")
        raise typer.Exit(1)
    words = f"{completed.outcome if completed.version else 'done'} after {completed.seconds:.0f} s"
    version = f": {completed.version}" if completed.version else ""
    output().print(f"{words}{version}\n{completed.message}", markup=False, highlight=False)
    if completed.workers:
        output().print(completed.workers, markup=False)
    if completed.steps:
        output().print(_step_table(completed.steps))


def _step_table(steps: Sequence[TrainingStep]) -> Table:
    table = plain_table("step", "seconds", "peak memory")
    for one in steps:
        table.add_row(one.name, f"{one.seconds:.1f}", f"{one.peak_memory_mb:,.0f} MB")
    return table


def _order(request: TrainingRequested) -> TrainingCompleted:
    """Ask and wait. An interrupt ends the waiting alone, and says so."""
    asked: list[str] = []

    async def follow() -> TrainingCompleted:
        return await train(Settings(), request, on_asked=asked.append)

    try:
        return _on_bus(follow)
    except (SilentService, KafkaError, TransientFailure) as error:
        raise NotRunning(f"{error}\n{say(texts.START_REMEDY)}") from error
    except KeyboardInterrupt:
        if asked:
            errors().print(say(texts.GOES_ON.of(service="training", work=asked[0])), markup=False)
        raise


def read_models() -> Models:
    """The releases on the bus. Raises NotRunning when it cannot be reached."""

    async def read() -> Models:
        reader = ModelReader(Settings())
        await reader.start()
        try:
            await reader.wait_caught_up(READ_SECONDS)
        finally:
            await reader.stop()
        releases = [release for (family, _), release in reader.releases.items() if family == FAMILY]
        assigned = reader.assignments.get(FAMILY)
        return Models(releases, assigned.champion if assigned else None)

    return _on_bus(read)


def _on_bus(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    async def reach() -> Result:
        await await_broker(Settings())
        return await work()

    return asyncio.run(reach())


def _print_report(version: str) -> int:
    """In a process of its own: reading predictions takes libraries that the command line does without."""
    folder: Path = Settings().data_dir / "trainings" / version
    command = [sys.executable, "-m", "services.training.report", str(folder)]
    return subprocess.run(command, check=False).returncode  # noqa: S603 - a program of ours, no shell
