"""Makes the reports that are wanted, one at a time, from a queue in PostgreSQL that outlives the process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, or_, select, update

from services.drift.alarms import want_report
from services.drift.reference_shelf import ReferenceShelf
from services.drift.report_worker import JOB, run_report
from shared.artefacts import ArtefactStore
from shared.database.drift_windows import StoredWindow, find_window
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import DriftReport
from shared.delivery import Delivered, Outgoing
from shared.drift.report_task import Outcome, ReportFailed, ReportMade, ReportTask
from shared.errors import PoisonMessage, TransientFailure
from shared.logs import get_logger
from shared.metrics import DriftMetrics
from shared.settings import Settings
from shared.tasks import end_task

TICK_SECONDS: Final = 1.0
MOST_ATTEMPTS: Final = 3
AGAIN_SECONDS: Final = 10.0
LEASE_MARGIN_SECONDS: Final = 60.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A report that is ours to make, until its lease ends."""

    window_id: str
    attempt: int


class ReportDesk:
    """Runs from start to stop. A report whose process died with us is made by whoever is next."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        shelf: ReferenceShelf,
        metrics: DriftMetrics,
        *,
        job: str = JOB,
    ) -> None:
        """`database` is open while this runs. `job`: the module that makes reports."""
        self._settings = settings
        self._database = database
        self._shelf = shelf
        self._metrics = metrics
        self._job = job
        self._store = ArtefactStore(settings.artifacts)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look for wanted reports."""
        self._task = asyncio.create_task(self._run(), name="make drift reports")

    async def stop(self) -> None:
        """End; a report under way is begun again by whoever is next."""
        if self._task is not None:
            await end_task(self._task)
            self._task = None

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        """Queue what is requested over the bus. Raises TransientFailure, or PoisonMessage."""
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                for one in batch:
                    if await find_window(connection, one.message.window_id) is None:
                        raise PoisonMessage(f"no window {one.message.window_id!r} was closed")
                    await want_report(connection, one.message.window_id, "request")
        return [()] * len(batch)

    async def _run(self) -> None:
        while True:
            try:
                while (taken := await self._take()) is not None:
                    await self._make(taken)
            except TransientFailure as error:
                _log.warning("drift reports wait", error=str(error))
            except Exception:  # noqa: BLE001 - said, and tried again
                _log.exception("drift reports wait")
            await asyncio.sleep(TICK_SECONDS)

    async def _take(self) -> Taken | None:
        lease = timedelta(seconds=self._settings.drift_report_seconds + LEASE_MARGIN_SECONDS)
        oldest = (
            select(DriftReport.window_id)
            .where(
                DriftReport.state == "wanted",
                or_(DriftReport.taken_until.is_(None), DriftReport.taken_until < func.now()),
            )
            .order_by(DriftReport.wanted_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                found = await connection.execute(
                    update(DriftReport)
                    .where(DriftReport.window_id == oldest)
                    .values(taken_until=func.now() + lease, attempts=DriftReport.attempts + 1)
                    .returning(DriftReport.window_id, DriftReport.attempts)
                )
                row = found.one_or_none()
        return None if row is None else Taken(row.window_id, row.attempts)

    async def _make(self, taken: Taken) -> None:
        with transient_when_passing():
            async with self._database.engine.connect() as connection:
                stored = await find_window(connection, taken.window_id)
        try:
            outcome = await self._outcome(stored)
        except TransientFailure as error:
            outcome = ReportFailed(reason=str(error), may_succeed=True)
        except asyncio.CancelledError:
            await asyncio.shield(self._settle(taken, {"taken_until": None}))
            raise
        if isinstance(outcome, ReportMade) and stored is not None:
            made = {
                "state": "made",
                "window_sha256": stored.sha256,
                "html_sha256": outcome.html_sha256,
                "json_sha256": outcome.json_sha256,
                "made_at": func.now(),
                "taken_until": None,
                "error": None,
            }
            await self._settle(taken, made)
            self._metrics.reports.labels("made").inc()
            _log.info("drift report made", window=taken.window_id, rows=outcome.rows, differs=outcome.differs)
            before = stored.report
            await self._forget_old(() if before is None else (before.html_sha256, before.json_sha256))
        elif isinstance(outcome, ReportFailed):
            await self._fail(taken, outcome)

    async def _outcome(self, stored: StoredWindow | None) -> Outcome:
        if stored is None or stored.is_withdrawn:
            return ReportFailed(reason="the window was withdrawn, or is no longer kept")
        release = (stored.window.family, stored.window.model_version)
        await self._shelf.scoring(release)
        signed = self._shelf.released(release)
        if signed is None or signed.drift_reference is None:
            return ReportFailed(reason="the release has no drift reference: train it again to get one")
        task = ReportTask(
            settings=self._settings.model_dump_json(),
            window=stored.window,
            sha256=stored.sha256,
            document=stored.document(),
            offsets=list(stored.offsets),
            release=signed,
            cell_ms=self._shelf.definition.cell_ms,
        )
        return await run_report(task, self._settings.drift_report_seconds, self._job)

    async def _fail(self, taken: Taken, outcome: ReportFailed) -> None:
        is_final = not outcome.may_succeed or taken.attempt >= MOST_ATTEMPTS
        _log.warning("drift report not made", window=taken.window_id, error=outcome.reason, is_final=is_final)
        self._metrics.reports.labels("failed" if is_final else "again").inc()
        changed: dict[str, Any] = {"error": outcome.reason, "taken_until": None, "state": "failed"}
        if not is_final:
            changed |= {"state": "wanted", "taken_until": func.now() + timedelta(seconds=AGAIN_SECONDS)}
        await self._settle(taken, changed)

    async def _settle(self, taken: Taken, values: dict[str, Any]) -> None:
        """Unless somebody else took it meanwhile."""
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(
                    update(DriftReport)
                    .where(DriftReport.window_id == taken.window_id, DriftReport.attempts == taken.attempt)
                    .values(**values)
                )

    async def _forget_old(self, replaced: Sequence[str | None] = ()) -> None:
        """Delete what is over the number kept, and the files that no report names any more."""
        kept = (
            select(DriftReport.window_id)
            .where(DriftReport.state == "made")
            .order_by(DriftReport.made_at.desc())
            .limit(self._settings.drift_reports_kept)
        )
        files = (DriftReport.html_sha256, DriftReport.json_sha256)
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                gone = await connection.execute(
                    delete(DriftReport)
                    .where(DriftReport.state == "made", DriftReport.window_id.not_in(kept))
                    .returning(*files)
                )
                digests = {*replaced, *(digest for row in gone for digest in row)} - {None}
                named = await connection.execute(
                    select(*files).where(or_(*(one.in_(digests) for one in files)))
                )
                digests -= {digest for row in named for digest in row}
        for digest in digests:
            await asyncio.to_thread(self._store.remove, str(digest))
