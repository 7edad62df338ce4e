"""How a command finds the stack that it is to act on."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from services.cli import texts
from services.cli.speaking import say
from services.embedded.layout import CHECKOUT, DataDirectory, default_data_directory
from services.embedded.stack import Stack
from services.embedded.supervisor import Supervisor
from shared.errors import Misconfigured, PredictionDexError

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data directory (PDX_DATA_DIR); default .pdx in the checkout.")
]


def use_data(data: Path | None) -> DataDirectory:
    """The data directory that an option or the environment names."""
    if data is not None:
        os.environ["PDX_DATA_DIR"] = str(data.expanduser().absolute())
    return DataDirectory(default_data_directory())


def dex(command: str) -> str:
    """`command` as it is to be typed for the stack of this process."""
    directory = default_data_directory()
    words = ["./dex", command]
    if directory != CHECKOUT / ".pdx":
        words += ["--data", shlex.quote(str(directory))]
    return " ".join(words)


class NotRunning(PredictionDexError):
    """No stack runs in this data directory."""


def use_running_stack() -> None:
    """Point this process at the stack of the data directory, where the environment says nothing else.

    Raises NotRunning when neither names a broker: another stack on the usual ports is not this one.
    """
    directory = DataDirectory(default_data_directory())
    try:
        stack = Stack.load(directory)
    except Misconfigured:
        if "PDX_KAFKA_BOOTSTRAP" in os.environ:
            return
        raise NotRunning(say(texts.NO_STACK.of(root=directory.root, up=dex("up")))) from None
    for name, value in stack.environment().items():
        os.environ.setdefault(name, value)


def running_stack() -> tuple[Stack, Supervisor]:
    """The stack that runs in the data directory. Raises NotRunning."""
    directory = DataDirectory(default_data_directory())
    supervisor = Supervisor(directory)
    if not supervisor.is_alive:
        raise NotRunning(say(texts.NOT_RUNNING.of(root=directory.root, up=dex("up"))))
    return Stack.load(directory), supervisor
