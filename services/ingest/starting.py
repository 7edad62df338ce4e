"""What ingest does when its process starts: the topics hold a whole Pokédex before it is ready."""

import asyncio
from typing import Final

from contracts.channels import POKEDEX_REFRESH_COMPLETED
from contracts.pokedex import PokedexRefreshCompleted
from services.ingest.completion import Order, complete
from services.ingest.domain import keeps_refresh
from services.ingest.pokedex_topics import PokedexTopics
from services.ingest.refreshing import Ingest, new_run_id
from services.ingest.rows import table_rows
from services.ingest.store import PokedexStore
from shared.bus import publish
from shared.errors import Misconfigured, ProducerBroken, TransientFailure
from shared.logs import get_logger
from shared.service_app import ServiceBuilder

ATTEMPTS: Final = 6
_log = get_logger(__name__)


class StartingRun:
    """A run from the snapshot, unless the topics hold a whole refresh from a live source: it stays.

    Then the tables are made what the topics say (ADR 0015).
    """

    def __init__(
        self,
        service: ServiceBuilder,
        ingest: Ingest,
        store: PokedexStore,
        topics: PokedexTopics,
        *,
        first_delay_s: float = 0.5,
    ) -> None:
        """`first_delay_s`: before the second of six tries; it doubles."""
        self._service = service
        self._ingest = ingest
        self._store = store
        self._topics = topics
        self._first_delay_s = first_delay_s
        self._refresh_id = f"start-{new_run_id()}"
        self._order: Order | None = None
        self._is_done = False

    async def check(self) -> str | None:
        """The readiness check."""
        return None if self._is_done else "the Pokédex is not published yet"

    async def __call__(self) -> None:
        """Tried again while Kafka or PostgreSQL is away for a moment.

        Raises Misconfigured when the snapshot cannot be published.
        """
        delay = self._first_delay_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._once()
                break
            except TransientFailure as failure:
                if attempt == ATTEMPTS:
                    await self._give_up(failure)
                    raise
                _log.warning("ingest is tried again", attempt=attempt, error=str(failure))
                if isinstance(failure, ProducerBroken):
                    await self._service.renew_producer()
            await asyncio.sleep(delay)
            delay *= 2
        self._is_done = True

    async def _once(self) -> None:
        if not await self._keep():
            await self._run()

    async def _keep(self) -> bool:
        """Whether the topics hold a refresh that stays; the tables follow it then."""
        async with self._store.exclusively():
            folded = await self._topics.read_folded()
            ingested = folded.ingested
            if ingested is None or not keeps_refresh(ingested, folded.records.pokedex_hash):
                return False
            await self._store.replace(table_rows(folded.records, ingested.left_out))
        _log.info("refresh kept", run_id=ingested.run_id, source=ingested.source)
        return True

    async def _run(self) -> None:
        self._order = Order(run_id=new_run_id(), refresh_id=self._refresh_id)
        completed = await self._ingest.run(self._order)
        await self._publish(completed)
        if completed.outcome == "failed":
            problems = "\n".join(completed.problems)
            raise Misconfigured(
                f"the Pokédex of the snapshot cannot be published, step {completed.failed_step}:\n{problems}"
            )

    async def _give_up(self, failure: TransientFailure) -> None:
        """Who follows the last run learns that no other one comes."""
        if self._order is None:
            return
        try:
            await self._publish(complete(self._order, (), outcome="failed", problems=(str(failure),)))
        except TransientFailure as error:
            _log.warning("completion not published", refresh_id=self._refresh_id, error=str(error))

    async def _publish(self, completed: PokedexRefreshCompleted) -> None:
        await publish(self._service.producer, POKEDEX_REFRESH_COMPLETED, completed, key=completed.refresh_id)
