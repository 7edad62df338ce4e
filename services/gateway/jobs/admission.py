"""Whether one more job may be kept, counted under a lock."""

from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.jobs.job import MAXIMUM_KEPT_OF_KEY, MAXIMUM_UNFINISHED, MAXIMUM_UNFINISHED_OF_KEY
from services.gateway.jobs.limits import too_many_in_all, too_many_kept, too_many_unfinished
from shared.database import tables

_LOCK: Final = 7_003_614_250_171_006


async def lock_admission(connection: AsyncConnection) -> None:
    """Until the transaction ends: what is read before a job is accepted still holds when it is."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


async def admit(connection: AsyncConnection, key_id: str) -> None:
    """Return when the key may have one more, of a connection that holds the lock.

    Raises ProblemError: 429 when the key has too many jobs, 503 when all keys have.
    """
    is_open = tables.Job.finished_at.is_(None)
    is_own = tables.Job.requester == key_id
    counts = (
        await connection.execute(
            select(
                func.count().filter(is_own).label("kept"),
                func.count().filter(is_own, is_open).label("unfinished"),
                func.count().filter(is_open).label("all_unfinished"),
            ).select_from(tables.Job)
        )
    ).one()
    if counts.unfinished >= MAXIMUM_UNFINISHED_OF_KEY:
        raise too_many_unfinished(counts.unfinished)
    if counts.kept >= MAXIMUM_KEPT_OF_KEY:
        raise too_many_kept(counts.kept)
    if counts.all_unfinished >= MAXIMUM_UNFINISHED:
        raise too_many_in_all(counts.all_unfinished)
