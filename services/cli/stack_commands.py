"""Commands that start, stop and look at the local stack."""

import json
import os
import signal
import time
from types import FrameType
from typing import Annotated, Final

import typer

from services.cli import browser, doctoring, logs, psql, topics
from services.cli.console import Steps, output, plain_table
from services.cli.reaching import DataOption, running_stack, use_data
from services.cli.starting import Waiting, clear_leftovers, start
from services.cli.status import GOOD, PartStatus, stack_status
from services.cli.stopping import stop
from services.embedded.layout import Busy, DataDirectory
from services.embedded.processes import PartFailed
from services.embedded.stack import PARTS, Stack
from services.embedded.supervisor import Supervisor
from shared.errors import Misconfigured, PredictionDexError

NAMES: Final = frozenset({"up", "down", "status", "logs", "restart", "psql", "open", "topics", "doctor"})
WATCH_SECONDS: Final = 1.0
PORT_SETTING: Final = "PDX_PORT_"
BUSY_SECONDS: Final = 20.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(down)
    app.command()(status)
    app.command()(restart)
    app.command("logs")(logs.command)
    app.command("psql")(psql.command)
    app.command("open")(browser.command)
    app.command("topics")(topics.command)
    app.command("doctor")(doctoring.command)


def up(
    detach: Annotated[bool, typer.Option(help="Return when everything is ready.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the web app.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Wipe the data of this stack first; asks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    port: Annotated[
        list[str] | None,
        typer.Option(help="PART=NUMBER, also PDX_PORT_<PART>; parts: kafka, database, ui, gateway, …"),
    ] = None,
    data: DataOption = None,
) -> None:
    """Start the whole stack; the first time, also train the first model."""
    directory = use_data(data)
    _fix_ports(port or [])
    supervisor = Supervisor(directory)
    if reset:
        _reset(directory, supervisor, yes)
    directory.create()
    steps = Steps()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    with directory.lock():
        was_running = supervisor.is_alive
        if not was_running:
            clear_leftovers(directory, steps)
        stack = Stack.load(directory) if was_running else Stack.plan(directory)
        if was_running and all(part.state in GOOD for part in stack_status(stack, supervisor).values()):
            steps.note(f"PredictionDex is already running in {directory.root}.")
            _show_addresses(stack)
            return
        steps.note(f"PredictionDex in {directory.root}")
        try:
            start(stack, supervisor, steps)
        except (KeyboardInterrupt, PredictionDexError):
            _stop_and_say(directory, supervisor)
            raise
    steps.note(f"Ready after {steps.seconds:.1f} s.\n")
    _show_addresses(stack)
    if not no_browser:
        browser.open_quietly(stack.url_of("ui"))
    if not detach:
        _watch(directory, supervisor)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fix_ports(settings: list[str]) -> None:
    for setting in settings:
        part, _, number = setting.partition("=")
        if part not in PARTS or not number:
            raise Misconfigured(
                f"--port {setting}: write PART=NUMBER, as --port ui=8081. Parts: {', '.join(PARTS)}."
            )
        os.environ[PORT_SETTING + part.upper()] = number


def _reset(directory: DataDirectory, supervisor: Supervisor, yes: bool) -> None:
    if not directory.exists:
        directory.create()
        return
    question = f"Remove all data in {directory.root}: records, database, models, keys and logs?"
    if not yes and not typer.confirm(question):
        raise typer.Exit(1)
    with directory.lock():
        stop(directory, supervisor)
        directory.wipe()


def _stop_and_say(directory: DataDirectory, supervisor: Supervisor) -> None:
    # a second Ctrl-C must not leave half of it running
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    console = output()
    begin = time.monotonic()
    console.print("\nStopping …")
    killed = stop(directory, supervisor)
    detail = f", {killed} processes had to be killed" if killed else ""
    console.print(f"Stopped after {time.monotonic() - begin:.1f} s{detail}.")


def _watch(directory: DataDirectory, supervisor: Supervisor) -> None:
    steps = Steps()
    steps.note("Ctrl-C stops everything.")
    known = supervisor.states()
    try:
        while True:
            time.sleep(WATCH_SECONDS)
            try:
                states = supervisor.states()
            except PartFailed:
                break
            for name, state in states.items():
                if state.has_failed and not known[name].has_failed:
                    steps.note(f"  {name} ended ({state.state.lower()}): see `./dex logs {name}`")
                elif state.state == "RUNNING" and state.pid != known[name].pid:
                    steps.note(f"  {name} runs again")
            known = states
    except KeyboardInterrupt:
        with directory.lock():
            _stop_and_say(directory, supervisor)
        return
    steps.note("The stack was stopped by another command.")


def _show_addresses(stack: Stack) -> None:
    api = stack.url_of("gateway")
    table = plain_table("", "")
    table.show_header = False
    for name, address in (
        ("Web app", stack.url_of("ui")),
        ("REST API", f"{api}/docs"),
        ("AsyncAPI", f"{api}{browser.ASYNCAPI_PATH}"),
        ("MLflow", stack.parts()["mlflow"].address),
        ("Kafka", stack.kafka_bootstrap),
        ("PostgreSQL", f"{stack.parts()['database'].address}  (./dex psql)"),
        ("Data", str(stack.directory.root)),
        ("Logs", "./dex logs -f [PART]"),
        ("State", "./dex status"),
        ("Stop", "./dex down"),
    ):
        table.add_row(f"[bold]{name}[/]", address)
    output().print(table)


def down(data: DataOption = None) -> None:
    """Stop the stack; its data stays."""
    directory = use_data(data)
    console = output()
    if not directory.exists:
        console.print(f"Nothing runs in {directory.root}.")
        return
    supervisor = Supervisor(directory)
    _interrupt_other_command(directory)
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
    chosen = stack.parts().get(part)
    if chosen is None:
        raise Misconfigured(f"There is no part {part!r}. Parts: {', '.join(PARTS)}.")
    if chosen.is_external:
        raise Misconfigured(f"{part} at {chosen.address} is not ours to restart.")
    steps = Steps()
    with directory.lock(), Waiting(stack, supervisor, steps) as waiting:
        supervisor.stop_program(part)
        while supervisor.states()[part].is_alive:
            time.sleep(0.1)
        waiting.start([chosen])
        waiting.until_ready([part])
