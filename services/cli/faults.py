"""`dex faults`: break a running system row by row and judge it; the code is `tests/faults/`."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.checkout_programs import run_program
from services.embedded.layout import CHECKOUT

PACKAGE: Final = CHECKOUT / "tests" / "faults"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(faults)


def faults(
    rows: Annotated[str, typer.Option(help="Numbers of rows, as in 1,5,9; default all.")] = "",
    repetitions: Annotated[int, typer.Option(min=0, help="Default 20 for swept rows, 3 for others.")] = 0,
    seed: Annotated[int, typer.Option(help="Of the instants and the battles.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one object a row.")] = False,
    short: Annotated[bool, typer.Option("--short", help="Seconds instead of the real durations.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Results file; appended to, and gone on with. Default .faults/.")
    ] = None,
    write_docs: Annotated[
        bool,
        typer.Option(
            "--write-docs", help="Write docs/FAULTS.md and the README's table, once nothing is missing."
        ),
    ] = False,
) -> None:
    """Break a broker, a database and services of its own, row by row; exit code 1 when one is not met."""
    chosen = [f"--rows={rows}", f"--repetitions={repetitions}", f"--seed={seed}"]
    chosen += [option for option, is_set in _flags(as_json, short, write_docs) if is_set]
    chosen += [f"--out={out.absolute()}"] if out else []
    run_program(PACKAGE, chosen, _environment())


def _flags(as_json: bool, short: bool, write_docs: bool) -> tuple[tuple[str, bool], ...]:
    return (("--json", as_json), ("--short", short), ("--write-docs", write_docs))


def _environment() -> dict[str, str]:
    # what points at a live stack would let a fault meet it
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PDX_") and name != "MLFLOW_TRACKING_URI"
    }
    return {**kept, "PYTHONPATH": str(CHECKOUT)}
