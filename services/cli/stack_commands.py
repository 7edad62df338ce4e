"""Commands that start, stop and look at the local stack."""

import json
import os
import signal
import time
from typing import Annotated, Final

import typer

from services.cli import browser, doctoring, logs, psql, topics, up
from services.cli.console import Steps, output, plain_table
from services.cli.reaching import DataOption, running_stack, use_data
from services.cli.starting import Waiting
from services.cli.status import GOOD, PartStatus, stack_status
from services.cli.stopping import stop, wipe
from services.embedded.layout import Busy, DataDirectory
from services.embedded.stack import Stack
from services.embedded.supervisor import Supervisor
from shared.errors import Misconfigured

BUSY_SECONDS: Final = 20.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("up")(up.command)
    app.command()(down)
    app.command()(status)
    app.command()(restart)
    app.command("logs")(logs.command)
    app.command("psql")(psql.command)
    app.command("open")(browser.command)
    app.command("topics")(topics.command)
    app.command("doctor")(doctoring.command)


def down(
    wipe_data: Annotated[bool, typer.Option("--wipe", help="Remove all data afterwards; asks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data: DataOption = None,
) -> None:
    """Stop the stack; its data stays unless --wipe says otherwise."""
    directory = use_data(data)
    console = output()
    if not directory.exists:
        console.print(f"Nothing runs in {directory.root}.", markup=False)
        return
    supervisor = Supervisor(directory)
    _interrupt_other_command(directory)
    if wipe_data:
        wipe(directory, supervisor, yes)
        console.print(f"Stopped; all data of {directory.root} is removed.", markup=False)
        return
    with directory.lock():
        begin = time.monotonic()
        was_running = supervisor.is_alive
        leftovers = stop(directory, supervisor)
    if was_running or leftovers:
        console.print(f"Stopped after {time.monotonic() - begin:.1f} s.")
    else:
        console.print(f"Nothing runs in {directory.root}.")


def _interrupt_other_command(directory: DataDirectory) -> None:
    """A start in another terminal is ended first, as by Ctrl-C there."""
    deadline = time.monotonic() + BUSY_SECONDS
    is_asked = False
    while True:
        try:
            with directory.lock():
                return
        except Busy as busy:
            if time.monotonic() > deadline or not busy.pid:
                raise
            if not is_asked:
                os.kill(busy.pid, signal.SIGTERM)
                is_asked = True
        time.sleep(0.1)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False, data: DataOption = None
) -> None:
    """State, process, memory and address of every part; exit code 1 when one is not ready."""
    directory = use_data(data)
    supervisor = Supervisor(directory)
    is_running = supervisor.is_alive
    try:
        stack = Stack.load(directory)
    except Misconfigured:
        if not as_json:
            raise
        output().print_json(json.dumps({"data": str(directory.root), "ready": False, "parts": {}}))
        raise typer.Exit(1) from None
    parts = stack_status(stack, supervisor if is_running else None)
    is_ready = all(part.state in GOOD for part in parts.values())
    if as_json:
        print(
            json.dumps(
                {
                    "data": str(directory.root),
                    "ready": is_ready,
                    "memory_mb": _total(parts),
                    "parts": {name: part.as_json() for name, part in parts.items()},
                },
                indent=2,
            )
        )
    else:
        _print_status(parts)
    if not is_ready:
        raise typer.Exit(1)


def _total(parts: dict[str, PartStatus]) -> int:
    return sum(part.memory_mb or 0 for part in parts.values())


def _print_status(parts: dict[str, PartStatus]) -> None:
    table = plain_table("part", "state", "process", "memory", "address", "")
    for name, part in parts.items():
        colour = "green" if part.state in GOOD else "red"
        table.add_row(
            name,
            f"[{colour}]{part.state}[/]",
            str(part.pid or ""),
            f"{part.memory_mb} MB" if part.memory_mb is not None else "",
            part.address,
            part.reason[:200].replace("[", "\\["),
        )
    table.add_row("", "", "", f"{_total(parts)} MB", "", "")
    output().print(table)


def restart(
    part: Annotated[str, typer.Argument(help="Name of a part, as in `dex status`.")],
    data: DataOption = None,
) -> None:
    """Stop one part, start it again and wait until it is ready."""
    directory = use_data(data)
    stack, supervisor = running_stack()
    parts = stack.parts()
    chosen = parts.get(part)
    if chosen is None:
        raise Misconfigured(f"There is no part {part!r}. Parts: {', '.join(parts)}.")
    if chosen.is_external:
        raise Misconfigured(f"{part} at {chosen.address} is not ours to restart.")
    steps = Steps()
    with directory.lock(), Waiting(stack, supervisor, steps) as waiting:
        supervisor.stop_program(part)
        while supervisor.states()[part].is_alive:
            time.sleep(0.1)
        waiting.start([chosen])
        waiting.until_ready([part])
