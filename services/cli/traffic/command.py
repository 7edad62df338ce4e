"""`dex traffic`: visitors ask battles and pages at their own pace, and the answers are measured."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Annotated, Final

import httpx
import typer

from services.cli import texts
from services.cli.answers import print_json
from services.cli.asking import connect
from services.cli.console import errors, output
from services.cli.outcomes import NO, reach
from services.cli.pokedex_reading import Read, read_pokedex
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from services.cli.traffic.advice import drift_lines
from services.cli.traffic.calls import Aspect, Caller
from services.cli.traffic.driving import TIMEOUT_SECONDS, Doors, Send, drive
from services.cli.traffic.plan import PROFILES, Mode, Plan, schedule
from services.cli.traffic.showing import show_while, summary_lines, summary_table
from services.cli.traffic.tally import Tally
from shared.settings import Settings
from shared.tasks import end_task

LEAST_RATE: Final = 0.5
MOST_RATE: Final = 2_000.0
LONGEST_SECONDS: Final = 7 * 86_400
CONNECTIONS: Final = 100

OpenDoors = Callable[[str | None], AbstractAsyncContextManager[Send]]
"""Opens what calls go through; the argument is the address of the REST API, if one was given."""


@asynccontextmanager
async def open_doors(gateway: str | None) -> AsyncIterator[Send]:
    """The bus and the REST API. Raises NotRunning when one of them cannot be reached."""
    address = gateway or Settings().gateway_url
    if address is None:
        raise NotRunning(
            "The address of the REST API is not known.\nGive it with --gateway, or PDX_GATEWAY_URL."
        )
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    client = httpx.AsyncClient(base_url=address, timeout=TIMEOUT_SECONDS, limits=limits)
    async with client, connect() as asks:
        try:
            await client.get("/health/live")
        except httpx.HTTPError as error:
            raise NotRunning(
                f"No REST API answers at {address}: {error!r}\n{say(texts.START_REMEDY)}"
            ) from error
        yield Doors(asks, client)


def register(app: typer.Typer, read: Read = read_pokedex, doors: OpenDoors = open_doors) -> None:
    """Add the command; `read` brings the Pokédex, `doors` opens what calls go through."""

    @app.command()
    def traffic(
        mode: Annotated[Mode, typer.Option(help="How visitors behave.")] = Mode.REALISTIC,
        rate: Annotated[
            float | None,
            typer.Option(min=LEAST_RATE, max=MOST_RATE, help="Calls a second, about, without the peaks."),
        ] = None,
        duration: Annotated[
            int | None, typer.Option(min=1, max=LONGEST_SECONDS, help="Seconds; Ctrl-C ends it sooner.")
        ] = None,
        seed: Annotated[
            int | None, typer.Option(min=0, help="The same seed asks the same; else one is drawn.")
        ] = None,
        clean: Annotated[bool, typer.Option("--clean", help="Leave the bad requests out.")] = False,
        shift: Annotated[
            list[Aspect] | None,
            typer.Option(help="What --mode drift shifts, repeatable; everything if not given."),
        ] = None,
        shift_after: Annotated[
            float | None, typer.Option(min=0, help="Seconds until --mode drift shifts; half of --duration.")
        ] = None,
        gateway: Annotated[
            str | None, typer.Option(help="Address of the REST API (PDX_GATEWAY_URL).")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    ) -> None:
        """Ask like visitors: battles on the bus, the Pokédex over REST, some mistakes; then what came of it.

        realistic: 60 % battles, 30 % pages, 10 % bad requests, 0.5 to 3 s between two of a visitor;
        burst: 80/15/5, 0.1 s; spike: realistic, and 50 at once every 2 to 5 minutes; drift: realistic,
        and after a time all attackers are Fire, levels 5, one Pokémon attacks in 80 % of the battles.
        Exit code 1: something ended otherwise than it should; 3: the stack cannot be reached.
        """
        if mode is not Mode.DRIFT and (shift or shift_after is not None):
            raise typer.BadParameter("only --mode drift shifts", param_hint="--shift")
        profile = PROFILES[mode]
        seconds = profile.duration_s if duration is None else duration
        after = seconds / 2 if shift_after is None else shift_after
        if mode is Mode.DRIFT and after >= seconds:
            raise typer.BadParameter(
                f"{after:g} s is not before the end, {seconds} s", param_hint="--shift-after"
            )
        plan = Plan(
            mode=mode,
            seed=secrets.randbelow(2**31) if seed is None else seed,
            rate=profile.rate if rate is None else rate,
            duration_s=seconds,
            is_clean=clean,
            shift_after_s=after if mode is Mode.DRIFT else None,
        )
        if plan.mode is Mode.DRIFT and not as_json:
            for line in drift_lines(plan, Settings()):
                errors().print(line, markup=False, highlight=False, soft_wrap=True)
        tally = reach(as_json, lambda: run(plan, frozenset(shift or Aspect), gateway, read, doors))
        if as_json:
            document = {
                "mode": plan.mode,
                "seed": plan.seed,
                "visitors": plan.visitors,
                "planned": plan.shares,
                "shift_after_s": plan.shift_after_s,
            }
            print_json({**document, **tally.as_json()})
        else:
            output().print(summary_table(tally, plan))
            for line in summary_lines(tally, plan):
                output().print(line, markup=False)
        if tally.errors or tally.held_back:
            raise typer.Exit(NO)


async def run(
    plan: Plan, shifted: frozenset[Aspect], gateway: str | None, read: Read, doors: OpenDoors
) -> Tally:
    """Send what is planned and return the figures; SIGINT and SIGTERM end it early, in order."""
    pokedex = await read()
    tally = Tally(pokedex)
    calls = schedule(plan, Caller(pokedex, shifted, plan.seed))
    async with doors(gateway) as send:
        with stop_on_signals() as stop:
            showing = asyncio.create_task(show_while(tally, plan), name="showing")
            try:
                await drive(calls, send, tally, stop, duration_s=plan.duration_s)
            finally:
                await end_task(showing)
    return tally


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that SIGINT and SIGTERM set instead of ending the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
