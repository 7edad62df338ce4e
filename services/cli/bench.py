"""`dex bench`: measure the goals against their floors and peers, from a checkout."""

from pathlib import Path
from typing import Annotated

import typer

from services.cli.checkout_programs import run_program
from services.embedded.layout import CHECKOUT


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(bench)


def bench(
    goals: Annotated[str, typer.Option(help="P1,P4,…; all by default.")] = "",
    rounds: Annotated[
        int,
        typer.Option(
            min=0, help="Interleaved rounds, 5 by default; with fewer nothing is judged.", show_default=False
        ),
    ] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="Small counts: does it work, not how fast.")] = False,
    scale: Annotated[
        bool, typer.Option("--scale", help="Throughput by partitions and consumers, also with --goals.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="Measure no goal: where the CPU time of a request goes.")
    ] = False,
    model_from: Annotated[
        Path | None,
        typer.Option(
            help="Data directory whose newest release is served; else that of this stack, "
            "else the model of a first start is trained."
        ),
    ] = None,
    kept: Annotated[
        Path | None, typer.Option(help="Measure nothing: take a run that was kept in .cache/benchmarks.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one object a goal.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit code 1 for a missed goal, 3 for one not judged.")
    ] = False,
    write_readme: Annotated[
        bool, typer.Option("--write-readme", help="Put what was judged into README.md and docs.")
    ] = False,
) -> None:
    """Measure the performance goals against floors and peers, side by side; from a checkout."""
    arguments = [f"--goals={goals}"] if goals else []
    arguments += [f"--rounds={rounds}"] if rounds else []
    arguments += [f"--model-from={model_from.absolute()}"] if model_from is not None else []
    arguments += [f"--kept={kept.absolute()}"] if kept is not None else []
    chosen = {
        "--quick": quick,
        "--scale": scale,
        "--profile": profile,
        "--json": json,
        "--strict": strict,
        "--write-readme": write_readme,
    }
    arguments += [name for name, is_set in chosen.items() if is_set]
    run_program(CHECKOUT / "tests" / "benchmarks", arguments)
