"""One repetition of one row: what a row is given, and what becomes of what the ledger held."""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from aiokafka.errors import KafkaError

from contracts.channels import AUDIT_EVENTS
from services.embedded.processes import tail
from tests.faults.asking import Asker, WitnessedRequester
from tests.faults.entries import Checked, Healed, Measured, read
from tests.faults.invariants import Allowed, Verdict, judge
from tests.faults.ledger import READ, Ledger, keeping
from tests.faults.scene import Broker, Scene
from tests.support.bus import read_all

QUIET_SECONDS = 60.0
"""How long a run waits for the system to be well again before it says that it is not."""
SHORT_BOUND_SECONDS = 20.0


class Run:
    """What a row works with: the scene, requests that are witnessed, and a source of chance."""

    def __init__(
        self, scene: Scene, ledger: Ledger, asker: Asker, *, seed: int, repetition: int, is_short: bool
    ) -> None:
        """Made by `repeat`."""
        self.scene = scene
        self.ledger = ledger
        self.asker = asker
        self.draw = random.Random(seed)
        self.repetition = repetition
        self.is_short = is_short
        self.prefix = asker.prefix
        self.since: dict[str, list[int]] = {topic: [] for topic in READ}
        """Where the ledger begins to read each topic, by partition; from its begin where nothing is said."""
        self.ids = [asker.prefix]
        """Begins of the ids that the ledger reads; a row adds those that others gave."""
        self.audited_since: list[int] = []

    def scaled(self, short: float, real: float) -> float:
        """A duration or a count, by the form of the run."""
        return short if self.is_short else real

    def real_only(self, bar: float) -> float | None:
        """A bar of time; the short form runs beside other tests, whose time it would measure."""
        return None if self.is_short else bar

    @property
    def requests(self) -> int:
        """How many requests a swept repetition asks: 20 of them are more than 10,000."""
        return 150 if self.is_short else 600

    def check(self, holds: bool, text: str) -> None:
        """Something that must hold besides the invariants; `text` says what is wrong when it does not."""
        self.ledger.tell(Checked(bool(holds), text))

    def measure(
        self, what: str, value: float, *, at_least: float | None = None, at_most: float | None = None
    ) -> None:
        """A figure that is published with the result, and what it must be; `what` names it and its unit."""
        self.ledger.tell(Measured(what, round(value, 3)))
        if at_least is not None:
            self.check(value >= at_least, f"{what}: {value:.3g}, less than {at_least:g}")
        if at_most is not None:
            self.check(value <= at_most, f"{what}: {value:.3g}, more than {at_most:g}")

    async def collect(self) -> None:
        """Let the ledger read the topics and the log now; it is done once more when the row has ended."""
        scene = self.scene
        await self.ledger.collect(scene.kafka.bootstrap, scene.database_url, self.ids, self.since)

    async def audited(self) -> list[bytes]:
        """The audit events since this repetition began."""
        events = await read_all(self.scene.kafka.bootstrap, AUDIT_EVENTS.name)
        return [one.value for one in events if one.offset >= self.audited_since[one.partition]]

    @asynccontextmanager
    async def on(self, broker: Broker) -> AsyncIterator[Asker]:
        """The whole system on another broker, with a requester; the ledger reads it before it ends."""
        async with self.scene.on(broker):
            async with self.asking_through(broker.bootstrap) as asker:
                yield asker
            usual, self.since = self.since, {topic: [] for topic in READ}
            await self.collect()
            self.since = usual

    @asynccontextmanager
    async def asking_through(self, bootstrap: str) -> AsyncIterator[Asker]:
        """A requester that reaches the broker at another address."""
        requester = WitnessedRequester(self.scene.settings(kafka_bootstrap=bootstrap), self.ledger)
        await requester.start()
        try:
            yield Asker(requester, self.ledger, f"{self.prefix}through-", self.draw)
            self.check(requester.pending == 0, f"{requester.pending} calls are still pending")
        finally:
            await requester.stop()

    async def heal(self, bound_s: float, since: float | None = None) -> None:
        """Wait until all members are ready and nothing lags; tell how long that took since the fault.

        Bounds are those of the real form; the short one runs beside what keeps the machine busy.
        """
        if self.is_short:
            bound_s = max(bound_s, SHORT_BOUND_SECONDS)
        started = time.monotonic() if since is None else since
        deadline = time.monotonic() + max(QUIET_SECONDS, bound_s)
        while not await self._is_well():
            if time.monotonic() > deadline:
                break
            await asyncio.sleep(0.1)
        self.ledger.tell(Healed(time.monotonic() - started, bound_s, started))

    async def _is_well(self) -> bool:
        members = self.scene.members.values()
        if not all(await asyncio.gather(*(member.is_ready() for member in members))):
            return False
        try:
            return await self.scene.lag() == 0
        except (KafkaError, OSError, TimeoutError):
            return False


@asynccontextmanager
async def in_background(work: Awaitable[Any]) -> AsyncIterator[asyncio.Task[Any]]:
    """Run `work` beside the body and wait for it after; a failure of either ends both."""
    async with asyncio.TaskGroup() as group:
        yield group.create_task(_awaited(work))


async def _awaited(work: Awaitable[Any]) -> Any:
    return await work


async def until(condition: Callable[[], bool | Awaitable[bool]], what: str, timeout_s: float = 30.0) -> None:
    """Wait until `condition` holds; fails naming `what`."""
    deadline = time.monotonic() + timeout_s
    while True:
        outcome = condition()
        if outcome if isinstance(outcome, bool) else await outcome:
            return
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        await asyncio.sleep(0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table of guarantees; `number` is its number there."""

    number: int
    title: str
    expected: str
    kind: Literal["swept", "fixed"]
    run: Callable[[Run], Awaitable[None]]
    allowed: Allowed = Allowed()  # noqa: RUF009 - frozen
    needs: Callable[[], str] = str
    """What this machine lacks for it, empty when nothing."""
    variants: int = 1
    """How many faults it has; a repetition takes the next."""
    times: int = 0
    """How often `dex faults` runs it, when not as its kind says."""

    @property
    def repetitions(self) -> int:
        """How often `dex faults` runs it."""
        return self.times or (20 if self.kind == "swept" else 3 * self.variants)


async def repeat(
    row: Row, scene: Scene, folder: Path, *, seed: int, repetition: int, is_short: bool
) -> Verdict:
    """Run `row` once and judge its ledger, which stays in `folder`."""
    await scene.mend()
    prefix = f"r{row.number}-{secrets.token_hex(4)}-"
    file = folder / f"{prefix}{repetition}.ledger"
    ends = await scene.ends(*READ, AUDIT_EVENTS.name)
    async with keeping(file) as ledger:
        requester = WitnessedRequester(scene.settings(), ledger)
        await requester.start()
        try:
            run = Run(
                scene,
                ledger,
                Asker(requester, ledger, prefix, random.Random(seed)),
                seed=seed,
                repetition=repetition,
                is_short=is_short,
            )
            run.audited_since = ends.pop(AUDIT_EVENTS.name)
            run.since = ends
            try:
                await row.run(run)
            except Exception as error:
                error.add_note(_logs(scene))
                raise
            run.check(requester.pending == 0, f"{requester.pending} calls are still pending")
            await run.collect()
        finally:
            await requester.stop()
    verdict = judge(read(file), row.allowed)
    if not verdict.holds:
        verdict.wrong.append(_logs(scene))
    return verdict


def _logs(scene: Scene) -> str:
    return "\n".join(tail(member.log_file, 6) for member in scene.members.values())
