"""Stopping in order: services drain first, then what they stand on."""

import contextlib
import time
from collections.abc import Callable
from typing import Final

import typer

from services.embedded.layout import DataDirectory
from services.embedded.leftovers import processes_of, stop_leftovers
from services.embedded.processes import PartFailed
from services.embedded.stack import FOUNDATION
from services.embedded.supervisor import Supervisor

SERVICES_SECONDS: Final = 7.0
FOUNDATION_SECONDS: Final = 5.0
END_SECONDS: Final = 2.0
POLL_SECONDS: Final = 0.1


def stop(directory: DataDirectory, supervisor: Supervisor) -> int:
    """Stop all parts of this directory, within 15 seconds; returns how many had to be killed."""
    with contextlib.suppress(PartFailed):
        _stop_in_order(supervisor)
    deadline = time.monotonic() + END_SECONDS
    _until(lambda: not processes_of(directory.id), deadline)
    return stop_leftovers(directory.id, polite_seconds=0)


def wipe(directory: DataDirectory, supervisor: Supervisor, yes: bool) -> None:
    """Stop all parts and remove their data, the database of root in its own place too; asks first."""
    if not directory.exists:
        return
    question = f"Remove all data in {directory.root}: records, database, models, keys and logs?"
    if not yes and not typer.confirm(question):
        raise typer.Exit(1)
    with directory.lock():
        stop(directory, supervisor)
        directory.wipe()


def _stop_in_order(supervisor: Supervisor) -> None:
    programs = list(supervisor.states())
    foundation = [name for name in programs if name in FOUNDATION]
    services = [name for name in programs if name not in FOUNDATION]
    for name in services:
        supervisor.stop_program(name)
    _until(lambda: not _alive(supervisor, services), time.monotonic() + SERVICES_SECONDS)
    for name in foundation:
        supervisor.stop_program(name)
    _until(lambda: not _alive(supervisor, foundation), time.monotonic() + FOUNDATION_SECONDS)
    supervisor.shutdown()


def _alive(supervisor: Supervisor, names: list[str]) -> bool:
    states = supervisor.states()
    return any(states[name].is_alive for name in names if name in states)


def _until(condition: Callable[[], bool], deadline: float) -> None:
    while not condition() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
