"""Recorder service.

Consumes `predictions.made` and `outcomes.reported` (groups `recorder.<channel>`, at least once, one
transaction per batch, offsets after it), and `predictions.made` a second time (group
`archive.<channel>`; offsets once a record is archived). Publishes nothing but dead letters of
conflicts. Keeps the prediction log in PostgreSQL, one row per request id, and reported outcomes, one
row per request and reporter; the first one counts. Keeps every record in the Parquet archive, exactly
once. Deletes what is older than the retention.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from faststream.asgi import AsgiFastStream

from contracts.channels import AUDIT_EVENTS, OUTCOMES_REPORTED, PREDICTIONS_MADE, Channel
from services.recorder.archive import Archive, Limits
from services.recorder.outcome_log import OutcomeLog
from services.recorder.prediction_log import PredictionLog
from services.recorder.retention import Retention, RetentionJob, apply_retention, utc_now
from shared.archive.manifest import Manifest
from shared.database.pool import Database
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.dead_letters import dead_letter
from shared.delivery.door import Record
from shared.metrics import ArchiveMetrics
from shared.service_app import ServiceBuilder
from shared.settings import Settings

Keep = Callable[[Sequence[tuple[Record, Any]]], Awaitable[set[int]]]
"""Inserts a batch and returns the indices that contradict what is kept. Raises TransientFailure."""


class RecorderWork:
    """Writes a batch; what contradicts a row that is kept is a conflict."""

    def __init__(
        self, channel: Channel, keep: Keep, conflict: Callable[[Any], str], service: ServiceBuilder
    ) -> None:
        """`conflict` says of a message what it contradicts."""
        self._channel = channel
        self._keep = keep
        self._conflict = conflict
        self._metrics = service.metrics

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Dead letters of conflicts. Raises TransientFailure while the database is away."""
        conflicts = await self._keep([(one.record, one.message) for one in batch])
        return [self._bury(one) if index in conflicts else () for index, one in enumerate(batch)]

    def _bury(self, delivered: Delivered) -> Sequence[Outgoing]:
        self._metrics.dead_letters.labels(self._channel.name, "conflict").inc()
        error = self._conflict(delivered.message)
        return (dead_letter(self._channel, delivered.record, error, "conflict"),)


def create_app(settings: Settings) -> AsgiFastStream:
    """The composition root."""
    service = ServiceBuilder("recorder", settings, [PREDICTIONS_MADE, OUTCOMES_REPORTED, AUDIT_EVENTS])
    database = Database(settings)
    service.add_reader(database)
    service.readiness.add("database", database.check)
    predictions = RecorderWork(
        PREDICTIONS_MADE,
        PredictionLog(database).record,
        lambda made: (
            f"request id {made.request_id!r} was answered before with another body; the first counts"
        ),
        service,
    )
    outcomes = RecorderWork(
        OUTCOMES_REPORTED,
        OutcomeLog(database).record,
        lambda report: (
            f"{report.reporter!r} reported another outcome of request {report.request_id!r} before; "
            "the first counts"
        ),
        service,
    )
    service.consume(PREDICTIONS_MADE, predictions, policy=Policy(hold=True))
    service.consume(OUTCOMES_REPORTED, outcomes, policy=Policy(hold=True))
    _keep_archive(service, database, settings)
    return service.build()


def _keep_archive(service: ServiceBuilder, database: Database, settings: Settings) -> None:
    metrics = ArchiveMetrics(service.registry)
    manifest = Manifest(lambda: database.engine)
    limits = Limits(seconds=settings.archive_seconds, records=settings.archive_records)
    archive = Archive(manifest, settings.archive, limits, metrics, service.readiness.note)
    service.add_reader(archive)
    service.readiness.add("archive", archive.check)
    archive.follow(
        service.consume(
            PREDICTIONS_MADE,
            archive,
            policy=Policy(hold=True, settles_later=True),
            starting_offsets=archive.starting_offsets,
            group="archive",
        )
    )
    retention = Retention(settings.prediction_log_days, settings.archive_days)
    service.add_reader(
        RetentionJob(
            lambda: apply_retention(database.engine, manifest, settings.archive, retention, utc_now()),
            metrics,
        )
    )
