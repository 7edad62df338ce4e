"""What the commands print: short lines, no colours where there is no terminal."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.table import Table

from services.cli import texts
from services.cli.speaking import say

NAME_WIDTH: Final = 12
PIPE_WIDTH: Final = 240


def output() -> Console:
    """Standard output, never folding a line that a script may read."""
    return Console(soft_wrap=True, highlight=False, width=None if is_terminal() else PIPE_WIDTH)


def errors() -> Console:
    """Standard error."""
    return Console(stderr=True, soft_wrap=True, highlight=False)


def say_error(message: str) -> None:
    """One clear message on standard error; the text is shown as it is."""
    console = errors()
    console.print(f"[bold red]{say(texts.ERROR)}[/] ", end="")
    console.print(message, markup=False)


class Steps:
    """Steps of a longer work: one line each with the seconds it took."""

    def __init__(self) -> None:
        self._console = output()
        self.started_at = time.monotonic()

    def done(self, name: str, seconds: float, detail: str = "") -> None:
        """A step is through."""
        line = f"  {name:<{NAME_WIDTH}} [green]ready[/] {seconds:6.1f} s"
        self._console.print(line, end="")
        self._console.print(f"  {detail}" if detail else "", markup=False)

    def note(self, text: str) -> None:
        """A line that is not a step."""
        self._console.print(text, markup=False)

    @contextmanager
    def step(self, name: str, detail: str = "") -> Iterator[None]:
        """Time the body and print the line when it succeeds."""
        begin = time.monotonic()
        yield
        self.done(name, time.monotonic() - begin, detail)

    @property
    def seconds(self) -> float:
        """Since the first step began."""
        return time.monotonic() - self.started_at


def plain_table(*headings: str) -> Table:
    """A table without frames, to be filled with `add_row`."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return sys.stdout.isatty()
