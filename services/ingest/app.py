"""Ingest service.

Consumes nothing yet; reads the folded Pokédex topics at start. Publishes `pokedex.pokemon`,
`pokedex.move`, `pokedex.type` (changed records and tombstones only), then `pokedex.ingested`.
Delivery: at least once and idempotent; what changed is decided against the topics themselves, so
that a run which was killed anywhere is completed by the next. Keeps the relational Pokédex.
"""

import asyncio
import secrets
import time
from datetime import UTC, datetime
from typing import Final

from faststream.asgi import AsgiFastStream

from contracts.pokedex import PokedexIngested
from services.ingest.domain import build_records, diff
from services.ingest.pokedex_topics import CHANNELS, announce, publish_changes, read_folded
from services.ingest.quality import check_quality
from services.ingest.rows import table_rows
from services.ingest.snapshot import Snapshot, load_snapshot
from services.ingest.store import PokedexStore
from shared.database.pool import Database
from shared.errors import Misconfigured, TransientFailure
from shared.logs import get_logger
from shared.service_app import ServiceBuilder
from shared.settings import Settings

SOURCE: Final = "snapshot"
ATTEMPTS: Final = 6
_log = get_logger(__name__)


class IngestRun:
    """One run, from the checked snapshot to `pokedex.ingested`. Done once per process, at start."""

    def __init__(
        self,
        snapshot: Snapshot,
        store: PokedexStore,
        service: ServiceBuilder,
        *,
        first_delay_s: float = 0.5,
    ) -> None:
        """Raises Misconfigured naming all that the quality gate found wrong with the snapshot."""
        started = datetime.now(UTC)
        self.run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
        self._records = build_records(snapshot, self.run_id)
        problems = check_quality(snapshot, self._records)
        if problems:
            raise Misconfigured("the Pokédex fails its quality gate:\n" + "\n".join(problems))
        self._tables = table_rows(snapshot, self._records)
        self._pokedex_hash = self._records.pokedex_hash
        self._store = store
        self._service = service
        self._first_delay_s = first_delay_s
        self._is_done = False

    async def check(self) -> str | None:
        """The readiness check."""
        return None if self._is_done else "the Pokédex is not published yet"

    async def __call__(self) -> None:
        """Load and publish; tried again while Kafka or PostgreSQL is away for a moment."""
        delay = self._first_delay_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await self._load()
                await self._publish()
                break
            except TransientFailure as failure:
                if attempt == ATTEMPTS:
                    raise
                _log.warning("ingest is tried again", attempt=attempt, error=str(failure))
            await asyncio.sleep(delay)
            delay *= 2
        self._is_done = True

    async def _load(self) -> None:
        await self._store.replace(
            self._tables,
            run_id=self.run_id,
            source=SOURCE,
            counts=self._records.counts,
            pokedex_hash=self._pokedex_hash,
        )

    async def _publish(self) -> None:
        folded = await read_folded(self._service.settings)
        changes = diff(self._records, folded.records)
        await publish_changes(self._service.producer, changes)
        is_announced = folded.ingested is not None and folded.ingested.pokedex_hash == self._pokedex_hash
        if changes.published or changes.removed or not is_announced:
            await announce(
                self._service.producer,
                PokedexIngested(
                    run_id=self.run_id,
                    source=SOURCE,
                    counts=self._records.counts,
                    pokedex_hash=self._pokedex_hash,
                    ingested_at_ms=time.time_ns() // 1_000_000,
                ),
            )
        await self._store.finish(self.run_id, published=changes.published, removed=changes.removed)
        _log.info(
            "pokedex ingested",
            run_id=self.run_id,
            pokedex_hash=self._pokedex_hash[:12],
            published=changes.published,
            removed=changes.removed,
        )


def create_app(settings: Settings) -> AsgiFastStream:
    """The composition root. Raises Misconfigured when the snapshot cannot be used."""
    service = ServiceBuilder("ingest", settings, CHANNELS)
    database = Database(settings)
    run = IngestRun(load_snapshot(), PokedexStore(database), service)
    service.add_reader(database)
    service.before_consuming(run)
    service.readiness.add("database", database.check)
    service.readiness.add("pokedex", run.check)
    return service.build()
