"""A bar for work that goes row by row."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.console import errors


def duration(seconds: float) -> str:
    """With its unit, never as nothing."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{max(seconds * 1000, 1):.0f} ms"


@contextmanager
def row_bar(verb: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, gone at the end; call what it gives with the rows done so far.

    Nothing where no terminal is.
    """
    started = time.monotonic()
    console = errors()
    if not console.is_terminal:
        yield lambda _rows: None
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as progress:
        bar = progress.add_task(verb, total=total)

        def show(rows: int) -> None:
            rate = rows / max(time.monotonic() - started, 1e-9)
            progress.update(bar, completed=rows, description=f"{rate:,.0f} rows a second")

        yield show
