"""What goes with --file, and what does not: each mistake has its own message."""

from pathlib import Path

import typer


def check_file_options(file: Path | None, out: Path | None, beside: dict[str, bool]) -> None:
    """`beside`: what cannot stand beside --file, and whether it was given. Raises BadParameter."""
    if file is None:
        if out is not None:
            raise typer.BadParameter(
                "it is where --file writes: name the file of battles, or leave it out", param_hint="--out"
            )
        return
    for name, is_given in beside.items():
        if is_given:
            raise typer.BadParameter(f"{name} cannot stand beside it: leave one out", param_hint="--file")
    if out is None:
        raise typer.BadParameter(
            "say where the rows are written, with --out answers.csv", param_hint="--file"
        )


def both_sides(a: str | None, b: str | None) -> tuple[str, str]:
    """The two sides of a battle. Raises BadParameter when one is missing."""
    if a is None or b is None:
        raise typer.BadParameter("give two sides, or --file with --out", param_hint="A:MOVE B:MOVE")
    return a, b
