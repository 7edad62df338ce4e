"""Commands whose code lies in `tests/`: they run from a checkout alone, in a process of their own."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import typer

from services.embedded.layout import CHECKOUT
from shared.errors import Misconfigured


def run_program(
    package: Path, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> NoReturn:
    """Run `tests/…` as a module and exit with its code; `environment` stands in place of ours.

    Raises Misconfigured where there is no checkout.
    """
    if not package.is_dir():
        raise Misconfigured(f"There is no {package}: this command runs from a checkout.")
    module = ".".join(package.relative_to(CHECKOUT).parts)
    outcome = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", module, *arguments], cwd=CHECKOUT, env=environment, check=False
    )
    raise typer.Exit(outcome.returncode)
