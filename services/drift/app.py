"""Drift service.

Consumes `predictions.made` (group `drift.<channel>`, at least once; positions come from the covered
offsets in PostgreSQL, the group's only feed lag) and the model topics (whole, without a group).
Also consumes `drift.report.requested` (at least once; a report is queued in PostgreSQL).
Publishes `drift.windows` from an outbox, at least once: readers know a window by id and revision; and
`training.requested` when a champion drifts and the setting says so, known by the window's id.
Keeps cells of counts and the offsets they cover in one transaction, so that each record is counted
exactly once.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from faststream.asgi import AsgiFastStream

from contracts.channels import (
    AUDIT_EVENTS,
    DRIFT_REPORT_REQUESTED,
    DRIFT_WINDOWS,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    PREDICTIONS_MADE,
    TRAINING_REQUESTED,
)
from services.drift.closing import WindowCloser
from services.drift.domain import event_of, look_at
from services.drift.outbox import Outbox
from services.drift.reference_shelf import ReferenceShelf
from services.drift.report_desk import ReportDesk
from services.drift.report_worker import JOB
from services.drift.ticking import WindowTicker
from services.drift.window_store import WindowStore
from shared.artefacts import ArtefactStore
from shared.database.pool import Database
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.dead_letters import dead_letter
from shared.delivery.policy import Result, Waiting
from shared.drift.counting import Event
from shared.drift.shelved import Shelved
from shared.families import Family, families
from shared.metrics import DeliveryMetrics, DriftMetrics
from shared.model_reader import ModelReader
from shared.service_app import ServiceBuilder
from shared.settings import Settings

MODELS_WAIT_SECONDS = 120.0


class DriftWork:
    """Counts a batch per partition, in offset order."""

    def __init__(self, store: WindowStore, shelf: ReferenceShelf, metrics: DeliveryMetrics) -> None:
        """`store` is open while the service runs."""
        self._store = store
        self._shelf = shelf
        self._metrics = metrics

    async def __call__(self, batch: Sequence[Delivered]) -> list[Result]:
        """Nothing to send: dead letters leave through the outbox.

        Raises TransientFailure while the database, or the reference of a release, is away.
        """
        releases = {(one.message.family, one.message.model_version) for one in batch}
        shelved = await self._shelf.shelve(releases)
        results: list[Result] = []
        events: dict[int, list[Event]] = defaultdict(list)
        letters: dict[int, list[tuple[int, Outgoing]]] = defaultdict(list)
        for one, looked in zip(batch, look_at(batch, shelved), strict=True):
            if isinstance(looked, Waiting):
                results.append(looked)
                continue
            record = one.record
            if isinstance(looked, str):
                letter = dead_letter(PREDICTIONS_MADE, record, f"not counted for drift: {looked}", "refused")
                letters[record.partition].append((record.offset, letter))
            events[record.partition].append(event_of(one, None if isinstance(looked, str) else looked))
            results.append(())
        binnings = {
            release: found.binning for release, found in shelved.items() if isinstance(found, Shelved)
        }
        await self._store.count(events, binnings, letters)
        if letters:
            self._metrics.dead_letters.labels(PREDICTIONS_MADE.name, "refused").inc(
                sum(map(len, letters.values()))
            )
        return results


def create_app(
    settings: Settings, known: Mapping[str, Family] | None = None, report_job: str = JOB
) -> AsgiFastStream:
    """The composition root. `known`: the families to count; all of the registry by default.

    `report_job`: the module that makes reports, in a process of its own.
    """
    service = ServiceBuilder(
        "drift",
        settings,
        [
            PREDICTIONS_MADE,
            DRIFT_WINDOWS,
            DRIFT_REPORT_REQUESTED,
            TRAINING_REQUESTED,
            MODEL_RELEASED,
            MODEL_ASSIGNED,
            AUDIT_EVENTS,
        ],
    )
    database = Database(settings)
    models = ModelReader(settings)
    shelf = ReferenceShelf(
        settings, models, ArtefactStore(settings.artifacts), families() if known is None else known
    )
    store = WindowStore(settings, database, shelf.definition)
    metrics = DriftMetrics(service.registry)
    grace_ms = int(settings.drift_grace_seconds * 1_000)
    closer = WindowCloser(database, shelf, grace_ms, retrains=settings.drift_retrain)
    ticker = WindowTicker(store, closer, Outbox(database, service), metrics)
    desk = ReportDesk(settings, database, shelf, metrics, job=report_job)
    for reader in (database, models, ticker, desk):
        service.add_reader(reader)

    async def wait_for_models() -> None:
        await models.wait_caught_up(MODELS_WAIT_SECONDS)

    service.before_consuming(wait_for_models)
    service.readiness.add("database", database.check)
    service.readiness.add("models", models.check)
    service.readiness.add("windows", ticker.check)
    ticker.consumer = service.consume(
        PREDICTIONS_MADE,
        DriftWork(store, shelf, service.metrics),
        policy=Policy(hold=True),
        starting_offsets=store.covered_offsets,
    )
    service.consume(DRIFT_REPORT_REQUESTED, desk, policy=Policy(hold=True))
    return service.build()
