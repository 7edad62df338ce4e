"""Asks a service for a longer work on the bus, and shows it until it is completed on the bus."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import msgspec
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from contracts.channels import Channel
from services.cli import texts
from services.cli.bus_watch import AWAY_SECONDS, BusWatch
from services.cli.console import NAME_WIDTH, is_terminal, output
from services.cli.speaking import say
from services.embedded.processes import PartFailed
from shared.bus import create_producer, publish
from shared.compacted import CompactedReader
from shared.settings import Settings
from shared.tasks import end_task

POLL_SECONDS: Final = 0.2
PLAIN_STEP: Final = 0.1
PLAIN_SECONDS: Final = 60.0


class SilentService(PartFailed):
    """The service that was asked says nothing any more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a work is: its step, the share of the whole (0 to 1), what is being done."""

    step: str
    fraction: float
    detail: str = ""
    part: str = ""
    """Of a step that takes long: what is worth a line of its own, such as a trial of a search."""

    def __str__(self) -> str:
        """Step and detail."""
        return f"{self.step} {self.detail}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a service does on request. `see` turns its progress into what is shown."""

    service: str
    requested: Channel
    progressed: Channel
    completed: Channel
    see: Callable[[Any], Seen]
    silence_s: float
    """Longest time without a word from the service."""


Show = Callable[[str, Seen | None], None]
"""Called a few times a second with the name of the service; None before its first word."""


async def ask_and_follow(
    settings: Settings,
    work: Work,
    request: msgspec.Struct,
    key: str,
    *,
    show: AbstractContextManager[Show],
    check: Callable[[], None] = lambda: None,
    on_asked: Callable[[], None] = lambda: None,
    away_s: float = AWAY_SECONDS,
) -> Any:
    """Publish `request` under `key` and return the completion that has this key.

    `check` is called again and again and may raise to end the wait; `on_asked` once the request is
    on the bus. Raises SilentService, and NotRunning when the stack is stopped meanwhile or the broker
    is away for `away_s`.
    """
    follower = _Follower(work, key)
    reader = CompactedReader(
        settings, (work.progressed, work.completed), follower.take, on_caught_up=follower.catch_up
    )
    producer = create_producer(settings)
    await reader.start()
    try:
        await producer.start()
        try:
            await publish(producer, work.requested, request, key=key)
        finally:
            await producer.stop()
        on_asked()
        async with _watched(BusWatch.of(settings, work.service, away_s)) as watch:
            await _show(work, follower, show, check, watch)
        return follower.completed
    finally:
        await reader.stop()


@asynccontextmanager
async def _watched(watch: BusWatch) -> AsyncIterator[asyncio.Task[NoReturn]]:
    task = asyncio.create_task(watch.run(), name="bus watch")
    try:
        yield task
    finally:
        await end_task(task)


async def _show(
    work: Work,
    follower: "_Follower",
    show: AbstractContextManager[Show],
    check: Callable[[], None],
    watch: asyncio.Task[NoReturn],
) -> None:
    with show as display:
        while follower.completed is None:
            check()
            if watch.done():
                watch.result()
            if time.monotonic() - follower.heard_at > work.silence_s:
                raise SilentService(
                    f"{work.service} said nothing for {work.silence_s:g} s: "
                    f"see `./dex status` and `./dex logs {work.service}`"
                )
            display(work.service, follower.seen)
            await asyncio.sleep(POLL_SECONDS)


class _Follower:
    def __init__(self, work: Work, key: str) -> None:
        self._work = work
        self._key = key
        self.seen: Seen | None = None
        self.completed: Any = None
        self.heard_at = time.monotonic()
        self._is_caught_up = False
        self._is_ours = False

    def catch_up(self) -> None:
        """From here on, what is read was not there before."""
        self._is_caught_up = True

    def take(self, channel: Channel, key: str, message: Any) -> None:
        if key != self._key:
            self._take_other(channel)
            return
        self._is_ours = True
        self.heard_at = time.monotonic()
        if channel is self._work.progressed:
            self.seen = self._work.see(message)
        else:
            self.completed = message

    def _take_other(self, channel: Channel) -> None:
        """A sign of life: another work may stand before ours in the queue, and is not told as ours.

        What the topics keep of works that are over is none.
        """
        if self._is_ours or not self._is_caught_up:
            return
        self.heard_at = time.monotonic()
        is_running = channel is self._work.progressed
        self.seen = (
            Seen(say(texts.WAITING_BEHIND.of(service=self._work.service)), 0.0) if is_running else None
        )


def progress_display(clock: Callable[[], float] = time.monotonic) -> AbstractContextManager[Show]:
    """A bar for a person; a line at each new step, part, tenth and minute for logs and pipes."""
    return _bar() if is_terminal() else _lines(clock)


@contextmanager
def no_display() -> Iterator[Show]:
    """Shows nothing."""
    yield lambda _service, _seen: None


@contextmanager
def _bar() -> Iterator[Show]:
    progress = Progress(
        TextColumn(f"  {{task.fields[service]:<{NAME_WIDTH}}}"),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        console=output(),
        transient=True,
    )
    waiting = say(texts.WAITING_FOR)
    task = progress.add_task(waiting, total=1.0, service="")

    def show(service: str, seen: Seen | None) -> None:
        progress.update(task, service=service)
        if seen is not None:
            progress.update(task, completed=seen.fraction, description=str(seen))

    with progress:
        yield show


@contextmanager
def _lines(clock: Callable[[], float]) -> Iterator[Show]:
    console = output()
    last: tuple[str, int, str] = ("", 0, "")
    told_at = clock()

    def show(service: str, seen: Seen | None) -> None:
        nonlocal last, told_at
        now = clock()
        state = ("", 0, "") if seen is None else (seen.step, int(seen.fraction / PLAIN_STEP), seen.part)
        if state == last and now - told_at < PLAIN_SECONDS:
            return
        last, told_at = state, now
        shown = Seen(say(texts.WAITING_FOR), 0.0) if seen is None else seen
        console.print(f"  {service:<{NAME_WIDTH}} {shown.fraction:6.0%}  {shown}", markup=False)

    yield show
