"""Tells how far a run is: the latest word of each step, a few times a second."""

import asyncio
from typing import Final, Self

from contracts.channels import POKEDEX_REFRESH_PROGRESSED
from contracts.pokedex import IngestStep, PokedexRefreshProgressed
from shared.bus import publish
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.service_app import ServiceBuilder
from shared.tasks import end_task

PAUSE_SECONDS: Final = 0.2
PUBLISH_SECONDS: Final = 2.0
REPEAT_SECONDS: Final = 20.0
_log = get_logger(__name__)


class ProgressTeller:
    """Publishes `pokedex.refresh.progressed` while it is entered. Losing one costs a picture, no more."""

    def __init__(
        self,
        service: ServiceBuilder,
        refresh_id: str,
        pause_s: float = PAUSE_SECONDS,
        repeat_s: float = REPEAT_SECONDS,
    ) -> None:
        """`pause_s`: between events; of what a step says meanwhile, the last is told.

        `repeat_s`: after as much silence the last word is told again, for a source may let a run wait
        for longer than who follows it waits for a word.
        """
        self._service = service
        self._refresh_id = refresh_id
        self._pause_s = pause_s
        self._repeat_s = repeat_s
        self._last: dict[IngestStep, PokedexRefreshProgressed] = {}
        self._pending: dict[IngestStep, PokedexRefreshProgressed] = {}
        self._said = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Begin to publish."""
        self._task = asyncio.create_task(self._tell(), name="ingest progress")
        return self

    async def __aexit__(self, *_: object) -> None:
        """Publish the last word of each step and end."""
        if self._task is not None:
            await end_task(self._task)
        await self._publish_pending()

    def __call__(self, step: IngestStep, done: int, total: int, detail: str) -> None:
        """Note how far the run is; does not block."""
        progressed = PokedexRefreshProgressed(
            refresh_id=self._refresh_id, step=step, done=done, total=total, detail=detail
        )
        self._last = {step: progressed}
        self._pending |= self._last
        self._said.set()

    async def _tell(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._repeat_s):
                    await self._said.wait()
            except TimeoutError:
                self._pending |= self._last
            self._said.clear()
            await self._publish_pending()
            await asyncio.sleep(self._pause_s)

    async def _publish_pending(self) -> None:
        for step, progressed in list(self._pending.items()):
            try:
                await publish(
                    self._service.producer,
                    POKEDEX_REFRESH_PROGRESSED,
                    progressed,
                    key=self._refresh_id,
                    timeout_s=PUBLISH_SECONDS,
                )
            except TransientFailure as error:
                _log.warning("progress not published", refresh_id=self._refresh_id, error=str(error))
            if self._pending.get(step) is progressed:
                del self._pending[step]
