"""Drift service.

Consumes `predictions.made` (group `drift.<channel>`, at least once; positions come from the covered
offsets in PostgreSQL, the group's only feed lag) and the model topics (whole, without a group).
Also consumes `drift.report.requested` (at least once; a report is queued in PostgreSQL).
Publishes `drift.windows` from an outbox, at least once: readers know a window by id and revision; and
`training.requested` when a champion drifts and the setting says so, known by the window's id.
Keeps cells of counts and the offsets they cover in one transaction, so that each record is counted
exactly once. Beside them, what ADWIN holds of each release: in memory, lost with the process.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

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
from services.drift.change_watch import ChangeWatch
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
from shared.delivery.dead_letters import Burial, Reason, bury_untold
from shared.delivery.letter_limit import Outcome
from shared.delivery.policy import Result, Waiting
from shared.drift.binning import Observed
from shared.drift.counting import Event
from shared.drift.shelved import Shelved
from shared.families import Family, families
from shared.metrics import DriftMetrics
from shared.model_reader import ModelReader
from shared.service_app import ServiceBuilder
from shared.settings import Settings

MODELS_WAIT_SECONDS = 120.0


class Limited(Protocol):
    """The consumer, asked what its limit of dead letters lets through."""

    def admits(self, outcomes: Iterable[Outcome]) -> frozenset[tuple[int, int]]: ...


class DriftWork:
    """Counts a batch per partition, in offset order."""

    def __init__(self, store: WindowStore, shelf: ReferenceShelf, watch: ChangeWatch) -> None:
        """`store` is open while the service runs. `consumer` is set once it is declared."""
        self._store = store
        self._shelf = shelf
        self._watch = watch
        self.consumer: Limited | None = None

    async def __call__(self, batch: Sequence[Delivered]) -> list[Result]:
        """Nothing to send: dead letters leave through the outbox.

        Raises TransientFailure while the database, or the reference of a release, is away.
        """
        releases = {(one.message.family, one.message.model_version) for one in batch}
        shelved = await self._shelf.shelve(releases)
        seen = look_at(batch, shelved)
        results = [self._result(one, looked) for one, looked in zip(batch, seen, strict=True)]
        admitted = self._admitted(batch, results)
        events: dict[int, list[Event]] = defaultdict(list)
        letters: dict[int, list[tuple[int, Outgoing]]] = defaultdict(list)
        for one, looked, result in zip(batch, seen, results, strict=True):
            partition, offset = one.record.partition, one.record.offset
            if (partition, offset) not in admitted:
                continue
            if isinstance(result, Burial):
                letters[partition] += [(offset, letter) for letter in result.outgoing]
            events[partition].append(event_of(one, looked if isinstance(looked, Observed) else None))
        known = {release: found for release, found in shelved.items() if isinstance(found, Shelved)}
        binnings = {release: found.binning for release, found in known.items()}
        self._watch.take(await self._store.count(events, binnings, letters), known)
        return results

    def _result(self, one: Delivered, looked: Observed | Waiting | str) -> Result:
        if isinstance(looked, str):
            release = (one.message.family, one.message.model_version)
            reason: Reason = "skipped" if self._shelf.skips(release) else "refused"
            return bury_untold(PREDICTIONS_MADE, one.record, f"not counted for drift: {looked}", reason)
        return looked if isinstance(looked, Waiting) else ()

    def _admitted(self, batch: Sequence[Delivered], results: Sequence[Result]) -> frozenset[tuple[int, int]]:
        """Partition and offset of what neither waits nor is beyond the limit: only that may be covered."""
        assert self.consumer is not None
        return self.consumer.admits(
            Outcome(one.record, burial=result if isinstance(result, Burial) else None)
            for one, result in zip(batch, results, strict=True)
            if not isinstance(result, Waiting)
        )


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
    watch = ChangeWatch(database, metrics, settings.drift_adwin_delta)
    ticker = WindowTicker(store, closer, Outbox(database, service), watch, metrics)
    desk = ReportDesk(settings, database, shelf, metrics, job=report_job)
    for reader in (database, models, ticker, desk):
        service.add_reader(reader)

    async def wait_for_models() -> None:
        await models.wait_caught_up(MODELS_WAIT_SECONDS)

    service.before_consuming(wait_for_models)
    service.readiness.add("database", database.check)
    service.readiness.add("models", models.check)
    service.readiness.add("windows", ticker.check)
    work = DriftWork(store, shelf, watch)
    ticker.consumer = work.consumer = service.consume(
        PREDICTIONS_MADE,
        work,
        policy=Policy(hold=True),
        starting_offsets=store.covered_offsets,
    )
    service.consume(DRIFT_REPORT_REQUESTED, desk, policy=Policy(hold=True))
    return service.build()
