"""Once a second: close what can be closed, send what is to be sent, look for changes. One owned task."""

import asyncio
import time
from typing import Final, Protocol

from aiokafka import TopicPartition

from contracts.drift import DriftWindowClosed
from services.drift.change_watch import ChangeWatch
from services.drift.closing import WindowCloser
from services.drift.outbox import Outbox
from services.drift.window_store import WindowStore
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.metrics import DriftMetrics
from shared.tasks import end_task

TICK_SECONDS: Final = 1.0
_STATES: Final = {"ok": 0, "warn": 1, "alarm": 2}
_log = get_logger(__name__)


class ReadsToEnd(Protocol):
    """The consumer, asked what of its partitions is done up to their ends."""

    async def read_to_end(self) -> frozenset[TopicPartition]: ...


class WindowTicker:
    """Runs from start to stop; what fails is tried again at the next tick, and readiness says so."""

    def __init__(
        self,
        store: WindowStore,
        closer: WindowCloser,
        outbox: Outbox,
        watch: ChangeWatch,
        metrics: DriftMetrics,
    ) -> None:
        """`consumer` is set once it is declared."""
        self._store = store
        self._closer = closer
        self._outbox = outbox
        self._watch = watch
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None
        self._failure: str | None = None
        self.consumer: ReadsToEnd | None = None

    async def start(self) -> None:
        """Begin to tick."""
        self._task = asyncio.create_task(self._run(), name="close drift windows")

    async def stop(self) -> None:
        """End; a transaction under way is rolled back."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def check(self) -> str | None:
        """The readiness check: the last tick did its work."""
        return self._failure

    async def tick(self) -> None:
        """One turn. Raises TransientFailure, also for windows that wait while others were closed."""
        waiting: tuple[str, ...] = ()
        if await self._closer.has_open():
            now_ms = int(time.time() * 1000)
            if self.consumer is not None:
                reached = await self.consumer.read_to_end()
                await self._store.mark_read_to_end(reached, now_ms)
            is_more = True
            while is_more:
                closed = await self._closer.close()
                is_more = closed.is_more
                waiting = closed.waiting
                for event in closed.events:
                    self._tell(event)
        await self._outbox.send()
        if waiting:
            raise TransientFailure("; ".join(waiting))

    async def _run(self) -> None:
        while True:
            try:
                await self.tick()
                self._failure = None
            except TransientFailure as error:
                self._failure = f"windows wait: {error}"
                _log.warning("windows wait", error=str(error))
            except Exception as error:  # noqa: BLE001 - said, and tried again
                self._failure = f"windows cannot be closed: {error!r}"
                _log.exception("windows cannot be closed")
            await self._watch.look()
            await asyncio.sleep(TICK_SECONDS)

    def _tell(self, event: DriftWindowClosed) -> None:
        if event.revision > 1:
            self._metrics.revisions.labels(event.family).inc()
        else:
            self._metrics.windows.labels(event.family, event.level).inc()
        self._metrics.share.labels(event.family).set(event.share_drifting)
        self._metrics.state.labels(event.family).set(_STATES[event.state])
        log = _log.warning if event.state == "alarm" else _log.info
        log(
            "window closed",
            window=event.window_id,
            revision=event.revision,
            release=f"{event.family}/{event.model_version}",
            events=event.events,
            level=event.level,
            state=event.state,
            reason=event.reason,
        )
