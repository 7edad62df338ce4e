"""`dex up`: from nothing to an open web app, and to a clean end by Ctrl-C."""

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Annotated, Final

import typer

from services.cli import browser, texts
from services.cli.console import Steps, output, plain_table
from services.cli.reaching import DataOption, dex, use_data
from services.cli.starting import api_key_file, clear_leftovers, start
from services.cli.status import GOOD, stack_status
from services.cli.stopping import stop, wipe
from services.embedded.layout import DataDirectory
from services.embedded.processes import PartFailed
from services.embedded.scale import read_scale, shown_scale
from services.embedded.stack import PARTS, Stack
from services.embedded.supervisor import ProgramState, Supervisor
from shared.errors import Misconfigured, PredictionDexError

WATCH_SECONDS: Final = 1.0
PORT_SETTING: Final = "PDX_PORT_"
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def command(
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the web app.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Wipe the data of this stack first; asks.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    port: Annotated[
        list[str] | None,
        typer.Option(help="PART=NUMBER, also PDX_PORT_<PART>; parts: kafka, database, ui, gateway, …"),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(help="SERVICE=NUMBER of processes that share the partitions, as inference=2."),
    ] = None,
    data: DataOption = None,
) -> None:
    """Start the whole stack; the first time, also train the first model."""
    directory = use_data(data)
    _fix_ports(port or [])
    wanted = read_scale(scale or [])
    supervisor = Supervisor(directory)
    if reset:
        wipe(directory, supervisor, yes)
    directory.create()
    if scale is not None and supervisor.is_alive:
        _refuse_other_scale(Stack.load(directory).scale, wanted)
    if _already_runs(directory, supervisor):
        output().print(f"PredictionDex is already running in {directory.root}.", markup=False)
        _show_addresses(Stack.load(directory))
        return
    stop_asked = threading.Event()
    stack = _start(directory, supervisor, stop_asked, wanted)
    _show_addresses(stack)
    if not no_browser:
        browser.open_quietly(stack.url_of("ui"))
    if not detach:
        _watch(directory, supervisor, stop_asked)


def _already_runs(directory: DataDirectory, supervisor: Supervisor) -> bool:
    if not supervisor.is_alive:
        return False
    parts = stack_status(Stack.load(directory), supervisor)
    return all(part.state in GOOD for part in parts.values())


def _refuse_other_scale(running: dict[str, int], wanted: dict[str, int]) -> None:
    if running != wanted:
        raise Misconfigured(texts.OTHER_SCALE.of(scale=shown_scale(running), down=dex("down")))


def _start(
    directory: DataDirectory, supervisor: Supervisor, stop_asked: threading.Event, scale: dict[str, int]
) -> Stack:
    """Start what does not run; what ends this early stops it all. Afterwards signals set the event."""
    steps = Steps()
    _on_signals(_interrupt)
    with directory.lock():
        try:
            if supervisor.is_alive:
                stack = Stack.load(directory)
            else:
                clear_leftovers(directory, steps)
                stack = Stack.plan(directory, scale=scale)
            steps.note(f"PredictionDex in {directory.root}")
            start(stack, supervisor, steps)
            steps.note(f"Ready after {steps.seconds:.1f} s.\n")
            # no exception from here on: it could fall between two lines and leave everything running
            _on_signals(lambda *_: stop_asked.set())
        except (KeyboardInterrupt, PredictionDexError):
            _stop_and_say(directory, supervisor)
            raise
    return stack


def _on_signals(handler: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)


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


def _stop_and_say(directory: DataDirectory, supervisor: Supervisor) -> None:
    # a second Ctrl-C must not leave half of it running
    _on_signals(signal.SIG_IGN)
    console = output()
    begin = time.monotonic()
    console.print("\nStopping …")
    killed = stop(directory, supervisor)
    detail = f", {killed} processes had to be killed" if killed else ""
    console.print(f"Stopped after {time.monotonic() - begin:.1f} s{detail}.")


def _watch(directory: DataDirectory, supervisor: Supervisor, stop_asked: threading.Event) -> None:
    steps = Steps()
    steps.note("Ctrl-C stops everything.")
    known: dict[str, ProgramState] = {}
    while not stop_asked.wait(WATCH_SECONDS):
        try:
            states = supervisor.states()
        except PartFailed:
            steps.note("The stack was stopped by another command.")
            return
        for name, before in known.items():
            state = states[name]
            if state.has_failed and not before.has_failed:
                steps.note(f"  {name} ended ({state.state.lower()}): see `{dex(f'logs {name}')}`")
            elif state.state == "RUNNING" and state.pid != before.pid:
                steps.note(f"  {name} runs again")
        known = states
    with directory.lock():
        _stop_and_say(directory, supervisor)


def _show_addresses(stack: Stack) -> None:
    api = stack.url_of("gateway")
    parts = stack.parts()
    table = plain_table("", "")
    table.show_header = False
    for name, address in (
        ("Web app", stack.url_of("ui")),
        ("REST API", f"{api}/docs"),
        ("API key", str(api_key_file(stack.directory))),
        ("AsyncAPI", f"{api}{browser.ASYNCAPI_PATH}"),
        ("MLflow", parts["mlflow"].address),
        ("Kafka", parts["kafka"].address),
        ("PostgreSQL", f"{parts['database'].address}  ({dex('psql')})"),
        ("Data", str(stack.directory.root)),
        ("Logs", dex("logs -f [PART]")),
        ("State", dex("status")),
        ("Stop", dex("down")),
    ):
        table.add_row(f"[bold]{name}[/]", address.replace("[", "\\["))
    output().print(table)
