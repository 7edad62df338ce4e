"""Works on accepted jobs: a part of each in turn, so that a long one does not hold up the others."""

import asyncio
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from contracts.serving import Predicted, Refused
from services.gateway.asking import Reply, ask_many, problem_of
from services.gateway.domain import Asked
from services.gateway.jobs.job import Claimed, OpenBattle, Settled, answered, asked, expired, refused
from services.gateway.ports import Asks, KeepsJobs
from shared.errors import TransientFailure
from shared.logs import get_logger

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
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
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
            try:
                await self._forget_old()
                claimed = await self._jobs.claim(self._worker)
                progress = [await self._work_on(job) for job in claimed]
            except TransientFailure as error:
                _log.warning("jobs wait for the database", error=str(error))
                progress = [False]
            except Exception:  # noqa: BLE001 - said below
                # A defect met by one job must not end the work on all of them.
                _log.exception("a part of a job failed")
                progress = [False]
            if not progress:
                pause = 0.0
                await self._wait_for_work()
            elif any(progress):
                pause = 0.0
            else:
                # Nobody answers: a new job would not be answered either.
                pause = min(max(SHORTEST_PAUSE_SECONDS, 2 * pause), LONGEST_PAUSE_SECONDS)
                await asyncio.sleep(pause)

    async def _wait_for_work(self) -> None:
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _work_on(self, job: Claimed) -> bool:
        """Settle what is answered of the next part; whether any was."""
        battles = await self._jobs.open_battles(job.job_id, PART)
        if job.is_too_old:
            settled = [expired(job.job_id, battle.position) for battle in battles]
        else:
            questions = [asked(job.job_id, battle) for battle in battles]
            replies = await ask_many(self._requester, questions, job.requester, within_s=PART_SECONDS)
            settled = [one for one in map(_outcome, battles, questions, replies) if one is not None]
        if settled:
            await self._jobs.settle(job.job_id, settled)
            for one in settled:
                self._settled.labels(one.outcome).inc()
        return bool(settled)

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
        return refused(battle.position, problem_of(question, reply))
    return None
