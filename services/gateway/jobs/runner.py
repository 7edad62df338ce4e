"""Works on accepted jobs: a part of each in turn, so that a long one does not hold up the others."""

import asyncio
from collections.abc import Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from contracts.serving import Predicted, Refused
from services.gateway.asking import Reply, ask_many, by, problem_of
from services.gateway.domain import Asked
from services.gateway.jobs.job import (
    MAXIMUM_UNFINISHED,
    Claimed,
    OpenBattle,
    Settled,
    answered,
    asked,
    expired,
    refused,
)
from services.gateway.ports import Asks, KeepsJobs
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.tasks import end_task

PART: Final = 256
PART_SECONDS: Final = 6.0
"""Of all that are claimed at once, within the time that a claim holds."""
LOOK_SECONDS: Final = 5.0
"""How often to look for jobs that another gateway left."""
SHORTEST_PAUSE_SECONDS: Final = 0.25
LONGEST_PAUSE_SECONDS: Final = 15.0
FORGET_EVERY: Final = 600.0
_log = get_logger(__name__)


class JobRunner:
    """One task per gateway. What has no reply is asked again until the job is too old."""

    def __init__(self, jobs: KeepsJobs, requester: Asks, worker: str, registry: CollectorRegistry) -> None:
        """`worker` names this gateway in claims."""
        self._jobs = jobs
        self._requester = requester
        self._worker = worker
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._forgot_at = float("-inf")
        self._next_position: dict[str, int] = {}
        """Where a job goes on; from its first open battle when it is not here."""
        self._settled = Counter(
            "pdx_job_battles_total", "Battles of jobs that have an outcome", ("outcome",), registry=registry
        )

    async def start(self) -> None:
        """Begin, with what an earlier gateway left if there is any."""
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        """Stop between two replies and let others claim what is left: it is all in the database."""
        if self._task is None:
            return
        await end_task(self._task)
        self._task = None
        try:
            await self._jobs.release(self._worker)
        except TransientFailure as error:
            _log.warning("claims run out by themselves", error=str(error))

    async def check(self) -> str | None:
        """The readiness check."""
        return None if self._task is not None and not self._task.done() else "jobs are not worked on"

    def wake(self) -> None:
        """There is a new job."""
        self._woken.set()

    async def _run(self) -> None:
        pause = 0.0
        while True:
            self._woken.clear()
            progress = [await self._take_turn(job) for job in await self._claim()]
            if not progress:
                pause = 0.0
                self._next_position.clear()
                await self._wait_for_work(LOOK_SECONDS)
            elif any(progress):
                pause = 0.0
            else:
                pause = min(max(SHORTEST_PAUSE_SECONDS, 2 * pause), LONGEST_PAUSE_SECONDS)
                await self._wait_for_work(pause)

    async def _wait_for_work(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _claim(self) -> Sequence[Claimed]:
        try:
            await self._forget_old()
            return await self._jobs.claim(self._worker)
        except TransientFailure as error:
            _log.warning("jobs wait for the database", error=str(error))
        except Exception:  # noqa: BLE001 - a task that ends in silence would leave every job as it is
            _log.exception("no job could be claimed")
        return []

    async def _take_turn(self, job: Claimed) -> bool:
        """Whether the job went on. One that fails is logged, and holds up no other."""
        try:
            return await self._work_on(job)
        except TransientFailure as error:
            _log.warning("a job waits for the database", job_id=job.job_id, error=str(error))
        except Exception:  # noqa: BLE001 - a defect met by one job must not end the work on all of them
            _log.exception("a part of a job failed", job_id=job.job_id)
        return False

    async def _work_on(self, job: Claimed) -> bool:
        """Settle what is answered of the next part; whether any was."""
        if job.is_too_old:
            # Its questions are not read: what they hold may be what kept them from being answered.
            positions = await self._jobs.open_positions(job.job_id, PART)
            settled = [expired(job.job_id, position) for position in positions]
        else:
            battles = await self._next_part(job.job_id)
            questions = [asked(job.job_id, battle) for battle in battles]
            replies = await ask_many(by(self._requester, job.requester), questions, within_s=PART_SECONDS)
            settled = [one for one in map(_outcome, battles, questions, replies) if one is not None]
        if settled:
            written = await self._jobs.settle(job.job_id, settled)
            for outcome, count in written.items():
                self._settled.labels(outcome).inc(count)
        return bool(settled)

    async def _next_part(self, job_id: str) -> list[OpenBattle]:
        """The open battles after those of the turn before, from the first again after the last.

        Otherwise a part that nobody answers would be asked for ever, and the rest never.
        """
        start = self._next_position.pop(job_id, 0)
        battles = await self._jobs.open_battles(job_id, start, PART)
        if start and not battles:
            battles = await self._jobs.open_battles(job_id, 0, PART)
        if len(battles) == PART:
            if len(self._next_position) >= MAXIMUM_UNFINISHED:
                self._next_position.clear()
            self._next_position[job_id] = battles[-1].position + 1
        return battles

    async def _forget_old(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._forgot_at >= FORGET_EVERY:
            await self._jobs.forget_old()
            self._forgot_at = now


def _outcome(battle: OpenBattle, question: Asked, reply: Reply) -> Settled | None:
    """None for what may be answered later."""
    if isinstance(reply, Predicted):
        return answered(battle.position, battle.question, reply)
    if isinstance(reply, Refused) and not reply.retryable and reply.reason != "expired":
        return refused(battle.position, problem_of(question, reply, question.request_id))
    return None
