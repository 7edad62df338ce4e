"""The gateway's stores in memory, for tests whose subject is a route."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import msgspec

from contracts.serving import Predicted, PredictionMade
from services.gateway.domain import Question
from services.gateway.history.stored import Filters, Kept, Position, StoredPrediction, brief
from services.gateway.jobs.job import (
    Claimed,
    Job,
    OpenBattle,
    Outcome,
    Row,
    Settled,
    refused,
    request_id,
)
from services.gateway.jobs.repeats import ids_of_same_key, other_body
from services.gateway.problems import Draft
from shared.database.drift_windows import StoredWindow, WindowFilters
from shared.drift.performance import Performance
from shared.errors import TransientFailure
from shared.prediction_tail import Heard, Listener

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Away:
    """A store that may be told to fail as without a database."""

    is_away = False
    failed = 0

    def _look(self) -> None:
        if self.is_away:
            self.failed += 1
            raise TransientFailure("database: planted")


class FakeLog(Away):
    """What tests put into `rows` and, by request id, `body_hashes`; `asked` are the filters of pages."""

    def __init__(self) -> None:
        self.rows: list[StoredPrediction] = []
        self.body_hashes: dict[str, str] = {}
        self.looked_up: list[str] = []
        self.asked: list[tuple[frozenset[str], Filters, Position | None]] = []

    async def find(
        self, request_id: str, key_ids: Collection[str], *, of_anyone: bool = False
    ) -> StoredPrediction | None:
        self._look()
        found = [one for one in self.rows if one.request_id == request_id]
        return next((one for one in found if of_anyone or one.requester in key_ids), None)

    async def kept(self, request_ids: Collection[str]) -> dict[str, Kept]:
        self.looked_up += request_ids
        self._look()
        return {
            one.request_id: Kept(
                one.requester,
                self.body_hashes[one.request_id],
                Predicted(
                    request_id=one.request_id,
                    family=one.family,
                    model_version=one.model_version,
                    feature_set=one.feature_set,
                    pokedex_hash=one.pokedex_hash,
                    answer=msgspec.Raw(msgspec.json.encode(one.answer)),
                ),
            )
            for one in self.rows
            if one.request_id in request_ids
        }

    async def page(
        self, key_ids: Collection[str], filters: Filters, limit: int, after: Position | None = None
    ) -> list[StoredPrediction]:
        self._look()
        self.asked.append((frozenset(key_ids), filters, after))
        newest = sorted(self.rows, key=lambda one: (one.made_at, one.request_id), reverse=True)
        rest = [
            one
            for one in newest
            if one.requester in key_ids
            and (after is None or (one.made_at, one.request_id) < (after.made_at, after.request_id))
        ]
        return [replace(one, answer=brief(one.answer)) for one in rest[:limit]]


class FakeWindows(Away):
    """What tests put into `rows`, newest first."""

    def __init__(self) -> None:
        self.rows: list[StoredWindow] = []
        self.asked: list[WindowFilters] = []
        self.files: dict[str, bytes] = {}
        self.performances: dict[str, Performance] = {}

    async def page(self, filters: WindowFilters, limit: int) -> list[StoredWindow]:
        self._look()
        self.asked.append(filters)
        before = filters.before
        return [one for one in self.rows if before is None or (one.window.start_ms, one.window_id) < before][
            :limit
        ]

    async def find(self, window_id: str) -> StoredWindow | None:
        self._look()
        return next((one for one in self.rows if one.window_id == window_id), None)

    async def performance(self, window: StoredWindow) -> Performance | None:
        self._look()
        return self.performances.get(window.window_id)

    async def report_file(self, sha256: str) -> bytes:
        self._look()
        return self.files[sha256]


@dataclass
class _Kept:
    job: Job
    rows: Sequence[Row]
    settled: dict[int, Settled] = field(default_factory=dict)


class FakeJobs(Away):
    """Jobs that one gateway works on.

    `is_held`: nothing is claimed. `spoilt`: jobs whose questions cannot be read. `too_old`: jobs that end
    as expired.
    """

    def __init__(self) -> None:
        self.kept: dict[str, _Kept] = {}
        self.is_held = False
        self.spoilt: set[str] = set()
        self.too_old: set[str] = set()

    async def accept(self, job_id: str, key_id: str, rows: Sequence[Row]) -> Job:
        if (before := await self.earlier(job_id)) is not None:
            return before
        job = Job(
            job_id=job_id,
            requester=key_id,
            total=len(rows),
            answered=0,
            refused=0,
            expired=0,
            created_at=NOON,
            finished_at=None,
        )
        self.kept[job_id] = _Kept(job, rows)
        wrong = [
            refused(at, replace(row, request_id=request_id(job_id, at)))
            for at, row in enumerate(rows)
            if isinstance(row, Draft)
        ]
        await self.settle(job_id, wrong)
        return self.kept[job_id].job

    async def earlier(self, job_id: str) -> Job | None:
        self._look()
        first, last = ids_of_same_key(job_id)
        for one in self.kept:
            if one != job_id and first <= one <= last:
                raise other_body(one)
        return self.kept[job_id].job if job_id in self.kept else None

    async def find(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> Job | None:
        self._look()
        kept = self.kept.get(job_id)
        return kept.job if kept is not None and (of_anyone or kept.job.requester in key_ids) else None

    async def newest(self, key_ids: Collection[str]) -> list[Job]:
        self._look()
        return [one.job for one in self.kept.values() if one.job.requester in key_ids][::-1]

    async def remove(self, job_id: str, key_ids: Collection[str], *, of_anyone: bool = False) -> bool:
        if await self.find(job_id, key_ids, of_anyone=of_anyone) is None:
            return False
        del self.kept[job_id]
        return True

    async def answers(self, job_id: str, start: int, limit: int) -> list[Settled]:
        self._look()
        settled = self.kept[job_id].settled
        return [settled[at] for at in sorted(settled) if at >= start][:limit]

    async def claim(self, worker: str) -> list[Claimed]:
        self._look()
        running = [one.job for one in self.kept.values() if one.job.finished_at is None]
        if self.is_held:
            return []
        return [Claimed(job.job_id, job.requester, job.job_id in self.too_old) for job in running]

    async def release(self, worker: str) -> None:
        self._look()

    async def open_battles(self, job_id: str, start: int, limit: int) -> list[OpenBattle]:
        if job_id in self.spoilt:
            raise ValueError("planted: a question that this build cannot read")
        rows = self.kept[job_id].rows
        return [OpenBattle(at, cast(Question, rows[at])) for at in self._open(job_id) if at >= start][:limit]

    async def open_positions(self, job_id: str, limit: int) -> list[int]:
        return self._open(job_id)[:limit]

    def _open(self, job_id: str) -> list[int]:
        kept = self.kept[job_id]
        return [
            at for at, row in enumerate(kept.rows) if at not in kept.settled and not isinstance(row, Draft)
        ]

    async def settle(self, job_id: str, settled: Sequence[Settled]) -> dict[Outcome, int]:
        kept = self.kept[job_id]
        written = [one for one in settled if one.position not in kept.settled]
        kept.settled |= {one.position: one for one in written}
        outcomes = [one.outcome for one in kept.settled.values()]
        kept.job = replace(
            kept.job,
            answered=outcomes.count("answered"),
            refused=outcomes.count("refused"),
            expired=outcomes.count("expired"),
            finished_at=NOON + timedelta(seconds=1) if len(outcomes) == kept.job.total else None,
        )
        return dict(Counter(one.outcome for one in written))

    async def forget_old(self) -> int:
        return 0


class FakeTail:
    """Says what tests put into `made`, then ends."""

    def __init__(self) -> None:
        self.made: list[PredictionMade] = []
        self.failure: Exception | None = None

    async def start(self) -> None:
        return

    async def stop(self) -> None:
        return

    @asynccontextmanager
    async def listening(self, requester: str) -> AsyncIterator[Listener]:
        if self.failure is not None:
            raise self.failure
        listener = Listener()
        for made in self.made:
            if made.requester == requester:
                listener.hear(Heard(made, int(NOON.timestamp() * 1000), 1_000))
        listener.close()
        yield listener
