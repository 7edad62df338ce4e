"""Drift service.

Consumes `predictions.made` (group `drift.<channel>`, at least once; positions come from the covered
offsets in PostgreSQL, the group's only feed lag). Publishes nothing yet. Keeps window partials and
the offsets they cover, in one transaction, so that each record is counted exactly once.
"""

from collections import defaultdict
from collections.abc import Sequence

from faststream.asgi import AsgiFastStream

from contracts.channels import AUDIT_EVENTS, PREDICTIONS_MADE
from services.drift.domain import Event
from services.drift.window_store import WindowStore
from shared.database.pool import Database
from shared.delivery import Delivered, Outgoing, Policy
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class DriftWork:
    """Counts a batch per partition, in offset order."""

    def __init__(self, store: WindowStore) -> None:
        """`store` is open while the service runs."""
        self._store = store

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Nothing to send. Raises TransientFailure while the database is away."""
        events: dict[int, list[Event]] = defaultdict(list)
        for one in batch:
            record = one.record
            made = one.message
            events[record.partition].append(
                Event(record.offset, record.timestamp, made.family, made.model_version)
            )
        await self._store.count(events)
        return [()] * len(batch)


def create_app(settings: Settings) -> AsgiFastStream:
    """The composition root."""
    service = ServiceBuilder("drift", settings, [PREDICTIONS_MADE, AUDIT_EVENTS])
    database = Database(settings)
    store = WindowStore(database, settings.drift_window_seconds)
    service.add_reader(database)
    service.readiness.add("database", database.check)
    service.consume(
        PREDICTIONS_MADE,
        DriftWork(store),
        policy=Policy(hold=True),
        starting_offsets=store.covered_offsets,
    )
    return service.build()
