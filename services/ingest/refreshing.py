"""Answers `pokedex.refresh.requested`: one run after the other, each told until it is completed."""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from typing import Any, Final

from contracts.channels import POKEDEX_REFRESH_COMPLETED, Channel
from contracts.pokedex import PokedexRefreshCompleted, PokedexRefreshRequested, SourceName
from services.ingest.completion import Order
from services.ingest.pokedex_topics import PokedexTopics
from services.ingest.progress import ProgressTeller
from services.ingest.run import IngestRun
from services.ingest.run_log import RunLog
from services.ingest.sources.port import Source
from services.ingest.store import PokedexStore
from shared.compacted import CompactedReader
from shared.delivery import Delivered, Outgoing
from shared.delivery.outgoing import message
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.service_app import ServiceBuilder
from shared.tasks import end_task

READ_SECONDS: Final = 60.0
OpenSource = Callable[[SourceName], Source]
_log = get_logger(__name__)


class Ingest:
    """Runs orders. Holds what all runs share; it is open while the service runs."""

    def __init__(
        self,
        service: ServiceBuilder,
        folder: Traversable,
        open_source: OpenSource,
        *,
        store: PokedexStore,
        run_log: RunLog,
        topics: PokedexTopics,
    ) -> None:
        """`folder`: the snapshot's files, read anew by each run."""
        self._service = service
        self._folder = folder
        self._open_source = open_source
        self._store = store
        self._run_log = run_log
        self._topics = topics

    async def run(self, order: Order) -> PokedexRefreshCompleted:
        """One run, telling its progress. Raises TransientFailure when Kafka or PostgreSQL is away."""
        _log.info("ingest begins", run_id=order.run_id, source=order.source, force=order.force)
        async with ProgressTeller(self._service, order.refresh_id) as tell:
            completed = await IngestRun(
                order,
                self._open_source(order.source),
                self._folder,
                store=self._store,
                run_log=self._run_log,
                topics=self._topics,
                on_step=tell,
            )()
        _log.info(
            "ingest completed",
            run_id=order.run_id,
            source=order.source,
            outcome=completed.outcome,
            published=completed.published,
            removed=completed.removed,
            disagreements=completed.disagreement_count,
            seconds=completed.seconds,
        )
        return completed


class RefreshWork:
    """The consumer's work: the completion of each request."""

    def __init__(self, service: ServiceBuilder, ingest: Ingest) -> None:
        """Nothing is read before `start`."""
        self._ingest = ingest
        self._job: asyncio.Task[PokedexRefreshCompleted] | None = None
        self._is_interrupted = False
        self._last: PokedexRefreshCompleted | None = None
        self._completed: set[str] = set()
        self._completions = CompactedReader(
            service.settings, (POKEDEX_REFRESH_COMPLETED,), self._remember, lambda: None
        )

    async def start(self) -> None:
        """Learn which refreshes were completed before: a redelivered request is not run again."""
        await self._completions.start()
        async with asyncio.timeout(READ_SECONDS):
            await self._completions.caught_up.wait()

    async def stop(self) -> None:
        """Close."""
        await self._completions.stop()

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Run what is asked, in order. Raises TransientFailure: the same request is delivered again."""
        return [await self._refresh(one.key, one.message) for one in batch]

    def interrupt(self) -> None:
        """End the run that goes on; its request is delivered again at the next start."""
        self._is_interrupted = True
        if self._job is not None:
            self._job.cancel()

    async def _refresh(self, refresh_id: str, request: PokedexRefreshRequested) -> Sequence[Outgoing]:
        if self._is_interrupted:
            raise TransientFailure("the service stops")
        if self._last is not None and self._last.refresh_id == refresh_id:
            # Its completion may not have been sent, and is not read back at once when it was.
            return (message(POKEDEX_REFRESH_COMPLETED, self._last, key=refresh_id),)
        if refresh_id in self._completed:
            _log.info("completed before", refresh_id=refresh_id)
            return ()
        order = Order(run_id=new_run_id(), refresh_id=refresh_id, source=request.source, force=request.force)
        self._job = asyncio.create_task(self._ingest.run(order), name="ingest run")
        try:
            completed = await self._job
        except asyncio.CancelledError:
            if self._is_interrupted:
                raise TransientFailure("the run was interrupted by a stop") from None
            raise
        finally:
            await end_task(self._job)
        self._last = completed
        return (message(POKEDEX_REFRESH_COMPLETED, completed, key=refresh_id),)

    def _remember(self, _: Channel, key: str, completed: Any) -> None:
        if completed is not None:
            self._completed.add(key)


def new_run_id() -> str:
    """A run id that sorts by time: `20261121T061000Z-1a2b3c4d`."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
