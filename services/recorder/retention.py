"""Deletes what was kept long enough: of the prediction log, of outcomes, of the archive."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm import InstrumentedAttribute

from shared.archive.manifest import Manifest, Selection
from shared.database.failures import transient_when_passing
from shared.database.tables import Outcome, Prediction
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.metrics import ArchiveMetrics
from shared.tasks import end_task

FIRST_SECONDS: Final = 60.0
INTERVAL_SECONDS: Final = 3_600.0
ROWS_AT_ONCE: Final = 5_000
RETENTION_LOCK: Final = 7_003_614_250_171_002
"""Advisory lock: of several recorders one does it."""
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Retention:
    """Days that predictions and outcomes stay in the database, and in the archive; 0: for ever."""

    log_days: int
    archive_days: int


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted. `partials`: files that a crash left half-written."""

    predictions: int = 0
    outcomes: int = 0
    files: int = 0
    partials: int = 0


async def apply_retention(
    engine: AsyncEngine, manifest: Manifest, root: str, retention: Retention, now: datetime
) -> Deleted:
    """Delete what is older than the retention at `now`; nothing while another process does.

    Each step is a transaction of its own and can be ended anywhere: the next run goes on. Raises
    TransientFailure.
    """
    # Parquet and its memory come with the store: not at the start
    from shared.archive.purging import remove, sweep_partials
    from shared.archive.store import ArchiveStore

    async with _alone(engine) as is_ours:
        if not is_ours:
            return Deleted()
        predictions = outcomes = files = 0
        if retention.log_days:
            oldest = now - timedelta(days=retention.log_days)
            predictions = await _delete_rows(engine, Prediction.made_at, (Prediction.request_id,), oldest)
            outcomes = await _delete_rows(
                engine, Outcome.reported_at, (Outcome.request_id, Outcome.reporter), oldest
            )
        store = await asyncio.to_thread(lambda: ArchiveStore(root, attempts=1))  # the next run tries again
        if retention.archive_days:
            day = (now - timedelta(days=retention.archive_days)).date()
            files = await remove(manifest, store, Selection(before=day))
        return Deleted(predictions, outcomes, files, await sweep_partials(store))


class RetentionJob:
    """Applies the retention every hour, the first time a minute after the start."""

    def __init__(self, apply: Callable[[], Awaitable[Deleted]], metrics: ArchiveMetrics) -> None:
        self._apply = apply
        self._metrics = metrics
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="retention")

    async def stop(self) -> None:
        if self._task is not None:
            await end_task(self._task)

    async def _run(self) -> None:
        pause_s = FIRST_SECONDS
        while True:
            await asyncio.sleep(pause_s)
            pause_s = INTERVAL_SECONDS
            try:
                deleted = asdict(await self._apply())
            except TransientFailure as error:
                _log.warning("retention will be applied later", error=str(error))
                pause_s = FIRST_SECONDS
            except Exception as error:  # noqa: BLE001 - what is kept too long harms nothing else
                _log.error("retention was not applied", error=repr(error), exc_info=True)
            else:
                for kind, count in deleted.items():
                    self._metrics.deleted.labels(kind).inc(count)
                if any(deleted.values()):
                    _log.info("retention applied", **deleted)


@contextlib.asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[bool]:
    """Whether this process holds the lock; it does until the body ends, or the connection."""
    with transient_when_passing():
        async with engine.connect() as connection:
            # autocommit: a transaction that idles while files are deleted would be ended by the server
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            locked = await connection.scalar(
                text("SELECT pg_try_advisory_lock(:lock)"), {"lock": RETENTION_LOCK}
            )
            try:
                yield bool(locked)
            finally:
                await connection.invalidate()  # closed, not pooled: the lock goes with it, whatever happened


async def _delete_rows(
    engine: AsyncEngine,
    at: InstrumentedAttribute[datetime],
    key: tuple[InstrumentedAttribute[str], ...],
    oldest: datetime,
) -> int:
    """Delete rows before `oldest`, some thousand at a time: no statement is long, no lock wide."""
    table = at.class_.__table__
    columns = [table.c[attribute.key] for attribute in key]
    deleted = 0
    while True:
        some = select(*columns).where(table.c[at.key] < oldest).limit(ROWS_AT_ONCE).subquery()
        matches = [column == some.c[column.key] for column in columns]
        with transient_when_passing():
            async with engine.begin() as connection:
                outcome = await connection.execute(delete(table).where(*matches))
        deleted += outcome.rowcount
        if outcome.rowcount < ROWS_AT_ONCE:
            return deleted


def utc_now() -> datetime:
    """The clock of this machine; retention is of days."""
    return datetime.now(UTC)
