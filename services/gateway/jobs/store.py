"""Jobs in PostgreSQL: accepted, claimed by one gateway at a time, settled battle by battle.

An accepted job outlives every gateway: whoever claims it asks what has no outcome yet, under the
same request ids, and an outcome is written once.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

import msgspec
from sqlalchemy import Select, delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.gateway.database import LogDatabase
from services.gateway.jobs.admission import admit, lock_admission
from services.gateway.jobs.job import (
    KEPT_DAYS,
    MAXIMUM_AGE_HOURS,
    Claimed,
    Job,
    OpenBattle,
    Outcome,
    Row,
    Settled,
    keep_question,
    kept_question,
    refused,
    request_id,
)
from services.gateway.jobs.repeats import ids_of_same_key, other_body
from services.gateway.problems import Draft
from shared.database import tables

LEASE_SECONDS: Final = 30
CLAIMED_AT_ONCE: Final = 4

_INSERT_BATTLES: Final = text(
    "INSERT INTO job_battles (job_id, position, question, outcome, document) "
    "SELECT :job_id, one.position, CAST(one.question AS jsonb), one.outcome, CAST(one.document AS jsonb) "
    "FROM unnest(CAST(:positions AS int[]), CAST(:questions AS text[]), CAST(:outcomes AS text[]), "
    "CAST(:documents AS text[])) AS one(position, question, outcome, document)"
)
# From then on `claimed_until` says when a job was last worked on.
_HAND_BACK: Final = text(
    "UPDATE jobs SET claimed_until = now() "
    "WHERE claimed_by = :worker AND claimed_until > now() AND finished_at IS NULL"
)
_CLAIM: Final = text(
    "UPDATE jobs SET claimed_by = :worker, claimed_until = now() + make_interval(secs => :lease) "
    "WHERE job_id IN (SELECT job_id FROM jobs WHERE finished_at IS NULL AND "
    "(claimed_until IS NULL OR claimed_until <= now()) "
    "ORDER BY coalesce(claimed_until, created_at), created_at LIMIT :limit FOR UPDATE SKIP LOCKED) "
    "RETURNING job_id, requester, created_at < now() - make_interval(hours => :age) AS is_too_old"
)
_RELEASE: Final = text(
    "UPDATE jobs SET claimed_by = NULL, claimed_until = NULL "
    "WHERE claimed_by = :worker AND finished_at IS NULL"
)
# Rows that another gateway settled meanwhile are not counted again.
_SETTLE: Final = text(
    "WITH settled AS (UPDATE job_battles SET outcome = one.outcome, document = CAST(one.document AS jsonb) "
    "FROM unnest(CAST(:positions AS int[]), CAST(:outcomes AS text[]), CAST(:documents AS text[])) "
    "AS one(position, outcome, document) WHERE job_battles.job_id = :job_id "
    "AND job_battles.position = one.position AND job_battles.outcome IS NULL RETURNING one.outcome), "
    "counted AS (SELECT count(*) FILTER (WHERE outcome = 'answered') AS answered, "
    "count(*) FILTER (WHERE outcome = 'refused') AS refused, "
    "count(*) FILTER (WHERE outcome = 'expired') AS expired, count(*) AS done FROM settled) "
    "UPDATE jobs SET answered = jobs.answered + counted.answered, refused = jobs.refused + counted.refused, "
    "expired = jobs.expired + counted.expired, finished_at = CASE WHEN "
    "jobs.answered + jobs.refused + jobs.expired + counted.done = jobs.total "
    "THEN coalesce(jobs.finished_at, now()) END FROM counted WHERE jobs.job_id = :job_id "
    "RETURNING counted.answered, counted.refused, counted.expired"
)


class JobStore:
    """Reads and writes the gateway's database. Each method raises TransientFailure while that is away."""

    def __init__(self, database: LogDatabase) -> None:
        """`database` is opened by its owner."""
        self._database = database

    async def accept(self, job_id: str, key_id: str, rows: Sequence[Row]) -> Job:
        """Keep a job with its battles, in one transaction; those refused from the start are settled.

        A job that is kept under this id is returned as it is. Raises ProblemError: as `earlier`, 429 when
        the key has too many jobs, 503 when all keys have.
        """
        # Ten thousand problem documents take most of a second.
        battles = await asyncio.to_thread(_battles, job_id, rows)
        refused_now = len(rows) - battles["outcomes"].count(None)
        job = {"job_id": job_id, "requester": key_id, "total": len(rows), "refused": refused_now}
        if refused_now == len(rows):
            job["finished_at"] = func.now()
        async with self._database.transaction() as connection:
            await lock_admission(connection)
            if (job_before := await _earlier(connection, job_id)) is not None:
                return job_before
            await admit(connection, key_id)
            await connection.execute(tables.Job.__table__.insert().values(job))  # type: ignore[attr-defined]
            await connection.execute(
                _INSERT_BATTLES, {"job_id": job_id, "positions": list(range(len(rows))), **battles}
            )
            kept = await connection.execute(select(*_COLUMNS).where(tables.Job.job_id == job_id))
            return Job(**kept.one()._mapping)

    async def earlier(self, job_id: str) -> Job | None:
        """The job that the same request made before.

        Raises ProblemError (422) when the same owner's idempotency key made one of another body.
        """
        async with self._database.transaction() as connection:
            return await _earlier(connection, job_id)

    async def find(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> Job | None:
        """The job of this id, if it was accepted from one of `key_ids` or may be `of_anyone`."""
        if "\0" in job_id:
            return None
        async with self._database.transaction() as connection:
            found = await connection.execute(select(*_COLUMNS).where(tables.Job.job_id == job_id))
            row = found.one_or_none()
        is_theirs = row is not None and (of_anyone or row.requester in key_ids)
        return Job(**row._mapping) if row is not None and is_theirs else None

    async def newest(self, key_ids: Collection[str]) -> list[Job]:
        """The jobs of these keys that are kept, newest first."""
        is_own = tables.Job.requester.in_(key_ids)
        statement = select(*_COLUMNS).where(is_own).order_by(tables.Job.created_at.desc())
        async with self._database.transaction() as connection:
            return [Job(**row._mapping) for row in await connection.execute(statement)]

    async def remove(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> bool:
        """Forget a job, running or not; False when there is none of that id."""
        if await self.find(job_id, key_ids, of_anyone=of_anyone) is None:
            return False
        async with self._database.transaction() as connection:
            removed = await connection.execute(delete(tables.Job).where(tables.Job.job_id == job_id))
        return removed.rowcount > 0

    async def answers(self, job_id: str, start: int, limit: int) -> list[Settled]:
        """What came of the battles from position `start` on, in order."""
        battle = tables.JobBattle
        statement = (
            select(battle.position, battle.outcome, battle.document)
            .where(battle.job_id == job_id, battle.position >= start, battle.outcome.is_not(None))
            .order_by(battle.position)
            .limit(limit)
        )
        async with self._database.transaction() as connection:
            return [Settled(**row._mapping) for row in await connection.execute(statement)]

    async def claim(self, worker: str) -> list[Claimed]:
        """Unfinished jobs that nobody else works on, for the next half minute.

        What `worker` had claimed before is handed back first, and those come first that have waited
        longest since they were accepted or worked on: one that is long, or fails, holds up no other.
        """
        given = {
            "worker": worker,
            "lease": LEASE_SECONDS,
            "limit": CLAIMED_AT_ONCE,
            "age": MAXIMUM_AGE_HOURS,
        }
        async with self._database.transaction() as connection:
            await connection.execute(_HAND_BACK, {"worker": worker})
            return [Claimed(**row._mapping) for row in await connection.execute(_CLAIM, given)]

    async def release(self, worker: str) -> None:
        """Let others claim at once what `worker` had claimed."""
        async with self._database.transaction() as connection:
            await connection.execute(_RELEASE, {"worker": worker})

    async def open_battles(self, job_id: str, start: int, limit: int) -> list[OpenBattle]:
        """The first battles from position `start` on that have no outcome."""
        battle = tables.JobBattle
        statement = _open(job_id, start, limit).add_columns(battle.question)
        async with self._database.transaction() as connection:
            rows = (await connection.execute(statement)).all()
        return [OpenBattle(row.position, kept_question(row.question or {})) for row in rows]

    async def open_positions(self, job_id: str, limit: int) -> list[int]:
        """Where the first battles are that have no outcome; their questions are not read."""
        async with self._database.transaction() as connection:
            return list(await connection.scalars(_open(job_id, 0, limit)))

    async def settle(self, job_id: str, settled: Sequence[Settled]) -> dict[Outcome, int]:
        """Write outcomes and progress together; how many of each were written.

        An outcome that is there stays, and a job that was removed has none.
        """
        given = {"job_id": job_id, "positions": [one.position for one in settled], **_columns(settled)}
        async with self._database.transaction() as connection:
            written = (await connection.execute(_SETTLE, given)).one_or_none()
        return {} if written is None else dict(written._mapping)

    async def forget_old(self) -> int:
        """Remove what was finished a week ago; how many jobs."""
        too_old = tables.Job.finished_at < func.now() - func.make_interval(0, 0, 0, KEPT_DAYS)
        async with self._database.transaction() as connection:
            return (await connection.execute(delete(tables.Job).where(too_old))).rowcount


_COLUMNS: Final = (
    tables.Job.job_id,
    tables.Job.requester,
    tables.Job.total,
    tables.Job.answered,
    tables.Job.refused,
    tables.Job.expired,
    tables.Job.created_at,
    tables.Job.finished_at,
)


def _open(job_id: str, start: int, limit: int) -> Select[Any]:
    battle = tables.JobBattle
    is_open = (battle.job_id == job_id, battle.position >= start, battle.outcome.is_(None))
    return select(battle.position).where(*is_open).order_by(battle.position).limit(limit)


def _battles(job_id: str, rows: Sequence[Row]) -> dict[str, list[str | None]]:
    """Columns of `job_battles`, in order."""
    settled = [
        refused(at, replace(row, request_id=request_id(job_id, at))) if isinstance(row, Draft) else None
        for at, row in enumerate(rows)
    ]
    questions = [None if isinstance(row, Draft) else keep_question(row).decode() for row in rows]
    return {"questions": questions, **_columns(settled)}


def _columns(settled: Sequence[Settled | None]) -> dict[str, list[str | None]]:
    return {
        "outcomes": [None if one is None else one.outcome for one in settled],
        "documents": [None if one is None else msgspec.json.encode(one.document).decode() for one in settled],
    }


async def _earlier(connection: AsyncConnection, job_id: str) -> Job | None:
    is_of_same_key = tables.Job.job_id.between(*ids_of_same_key(job_id))
    row = (await connection.execute(select(*_COLUMNS).where(is_of_same_key).limit(1))).one_or_none()
    if row is None or row.job_id == job_id:
        return None if row is None else Job(**row._mapping)
    raise other_body(row.job_id)
