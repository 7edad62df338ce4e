"""Recorder service.

Consumes `predictions.made` (group `recorder.<channel>`, at least once, one transaction per batch,
offsets after it). Publishes nothing but dead letters of conflicting requests. Keeps the prediction
log in PostgreSQL: one row per request id, the first one counts.
"""

from collections.abc import Sequence

from faststream.asgi import AsgiFastStream

from contracts.channels import AUDIT_EVENTS, PREDICTIONS_MADE
from services.recorder.prediction_log import PredictionLog
from shared.database.pool import Database
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.dead_letters import dead_letter
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class RecorderWork:
    """Writes a batch; a request id that is kept with another body is a conflict."""

    def __init__(self, log: PredictionLog, service: ServiceBuilder) -> None:
        """`log` writes to the open database."""
        self._log = log
        self._metrics = service.metrics

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Dead letters of conflicts. Raises TransientFailure while the database is away."""
        conflicts = await self._log.record([(one.record, one.message) for one in batch])
        return [self._bury(one) if index in conflicts else () for index, one in enumerate(batch)]

    def _bury(self, delivered: Delivered) -> Sequence[Outgoing]:
        self._metrics.dead_letters.labels(PREDICTIONS_MADE.name, "conflict").inc()
        error = f"request id {delivered.key!r} was answered before with another body; the first counts"
        return (dead_letter(PREDICTIONS_MADE, delivered.record, error, "conflict"),)


def create_app(settings: Settings) -> AsgiFastStream:
    """The composition root."""
    service = ServiceBuilder("recorder", settings, [PREDICTIONS_MADE, AUDIT_EVENTS])
    database = Database(settings)
    service.add_reader(database)
    service.readiness.add("database", database.check)
    work = RecorderWork(PredictionLog(database), service)
    service.consume(PREDICTIONS_MADE, work, policy=Policy(hold=True))
    return service.build()
