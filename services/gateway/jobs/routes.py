"""`/jobs`: more battles than one request answers, accepted, worked on, and fetched when they are done."""

import asyncio
import uuid
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from services.gateway.access import Principal, Scope, requires
from services.gateway.batch import BatchItem
from services.gateway.bodies import media_type_of
from services.gateway.examples import jobs as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, event_stream, failures, in_forms
from services.gateway.jobs import limits
from services.gateway.jobs.answers import written
from services.gateway.jobs.job import Job
from services.gateway.jobs.repeats import HEADER, idempotency_key, job_id_of
from services.gateway.jobs.runner import JobRunner
from services.gateway.jobs.uploads import read_upload
from services.gateway.negotiation import CSV, JSON, LINES, preferred
from services.gateway.pokedex.parameters import NoParameters
from services.gateway.pokedex.reading import current_pokedex
from services.gateway.ports import GatewayPorts
from services.gateway.problems import language_of
from services.gateway.streams import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from shared.errors import TransientFailure
from shared.logs import get_logger

LOOK_SECONDS: Final = 0.5
_log = get_logger(__name__)

Asking = Annotated[Principal, Depends(requires(Scope.PREDICT))]
JobId = Annotated[str, Path(examples=[examples.JOB_ID])]
Repeatable = Annotated[
    str | None,
    Header(
        alias=HEADER,
        description="Names this request: sent again with the same body, it is answered with the same job.",
        examples=[examples.IDEMPOTENCY_KEY],
    ),
]
Nothing = Annotated[NoParameters, Query()]


class JobStatus(BaseModel):
    """How far a job is: `done` is the sum of `answered`, `refused` and `expired`."""

    job_id: str
    status: Literal["running", "finished"]
    total: int
    done: int
    answered: int
    refused: int
    expired: int
    created_at: str
    finished_at: str | None


def job_routes(ports: GatewayPorts, runner: JobRunner) -> APIRouter:
    """The routes of jobs."""
    router = APIRouter(tags=["jobs"])

    async def find(job_id: str, principal: Principal) -> Job:
        is_admin = Scope.ADMIN in principal.scopes
        job = await ports.jobs.find(job_id, ports.keys.keys_of(principal.owner), of_anyone=is_admin)
        if job is None:
            raise limits.unknown_job(job_id)
        return job

    @router.post(
        "/jobs",
        status_code=202,
        response_model=JobStatus,
        openapi_extra=examples.UPLOAD,
        responses={
            202: answer(examples.ACCEPTED, "Accepted; `Location` leads to it"),
            **failures(
                *problems.MAY_PREDICT,
                problems.MALFORMED,
                examples.TOO_LARGE,
                examples.NO_UPLOAD,
                examples.NO_BATTLES,
                problems.NO_DATABASE,
            ),
        },
    )
    async def start_job(request: Request, principal: Asking, _: Repeatable = None) -> Response:
        """Up to 10,000 battles, as JSON, as JSON lines, or as CSV with the columns `a` and `b`.

        Accepted is kept: a job goes on after any restart, and each battle ends answered, refused, or
        after a day without reply expired. Answers are kept for a week, of at most 20 jobs a key. With an
        `Idempotency-Key`, a request whose answer was lost can be repeated: as long as its job is kept, that
        is the answer.
        """
        key, body = idempotency_key(request.headers), await request.body()
        media_type = media_type_of(request.scope)
        job = None
        if key is None:
            # not the id of the request, which a caller may have chosen: a job that is there would be answered
            job_id = uuid.uuid4().hex
        else:
            job_id = job_id_of(principal.owner, key, media_type, body)
            job = await ports.jobs.earlier(job_id)
        if job is None:
            rows = await asyncio.to_thread(read_upload, media_type, body, lambda: current_pokedex(ports))
            job = await ports.jobs.accept(job_id, principal.key_id, rows)
            runner.wake()
        return _shown(job.document(), 202, {"Location": f"/jobs/{job.job_id}"})

    @router.get(
        "/jobs",
        response_model=list[JobStatus],
        responses={
            200: answer([examples.FINISHED], "Newest first"),
            **failures(*problems.MAY_PREDICT, problems.NO_PARAMETERS, problems.NO_DATABASE),
        },
    )
    async def list_jobs(principal: Asking, _: Nothing) -> Response:
        """The jobs that are kept of all keys of the owner, newest first."""
        newest = await ports.jobs.newest(ports.keys.keys_of(principal.owner))
        return _shown([job.document() for job in newest])

    @router.get(
        "/jobs/{job_id}",
        response_model=JobStatus,
        responses={200: answer(examples.FINISHED, "How far it is"), **_failures()},
    )
    async def show_job(job_id: JobId, principal: Asking, _: Nothing) -> Response:
        """How far a job is."""
        return _shown((await find(job_id, principal)).document())

    @router.get(
        "/jobs/{job_id}/events",
        response_class=Response,
        responses={
            200: event_stream(examples.EVENTS, "`progress` until `finished`"),
            **_failures(problems.TOO_MANY_STREAMS),
        },
    )
    async def follow_job(job_id: JobId, principal: Asking, _: Nothing) -> Response:
        """How far a job is, whenever that changes, as server-sent events; ends with `finished`.

        Ends earlier when the key is revoked or expires; the job itself goes on.
        """
        job = await find(job_id, principal)
        return EventStream(_progress(ports, job, principal.key_id), ports.streams, principal.key_id)

    @router.get(
        "/jobs/{job_id}/answers",
        response_model=list[BatchItem],
        responses={
            200: in_forms(
                answer(examples.ANSWERS, "One item per battle, in order"),
                {CSV: examples.ANSWERS_CSV, LINES: examples.ANSWERS_LINES},
            ),
            **_failures(examples.UNFINISHED, problems.NOT_ACCEPTABLE_JOB),
        },
    )
    async def show_answers(request: Request, job_id: JobId, principal: Asking, _: Nothing) -> Response:
        """The answers of a finished job in the order of the battles: by `Accept` JSON, JSON lines or CSV."""
        form = preferred(request.headers.get("accept"), (JSON, CSV, LINES))
        job = await find(job_id, principal)
        if job.finished_at is None:
            raise limits.unfinished(job.job_id, job.done, job.total)
        return StreamingResponse(
            written(ports.jobs, job.job_id, job.total, form, language_of(request.scope)), media_type=form
        )

    @router.delete(
        "/jobs/{job_id}",
        status_code=204,
        response_class=Response,
        responses={204: {"description": "Removed"}, **_failures()},
    )
    async def remove_job(job_id: JobId, principal: Asking, _: Nothing) -> Response:
        """Remove a job and its answers; one that runs is given up. Predictions stay in the log."""
        is_admin = Scope.ADMIN in principal.scopes
        own = ports.keys.keys_of(principal.owner)
        if not await ports.jobs.remove(job_id, own, of_anyone=is_admin):
            raise limits.unknown_job(job_id)
        return Response(status_code=204)

    return router


def _failures(*others: dict[str, Any]) -> dict[int | str, dict[str, Any]]:
    documents = (examples.UNKNOWN_JOB, problems.NO_PARAMETERS, problems.NO_DATABASE, *others)
    return failures(*problems.MAY_PREDICT, *documents)


def _shown(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(
        msgspec.json.encode(document), status_code=status, media_type="application/json", headers=headers
    )


async def _progress(ports: GatewayPorts, job: Job, key_id: str) -> AsyncGenerator[bytes]:
    """Looks into the database, since another gateway may be at work on it; waits while that is away."""
    loop = asyncio.get_running_loop()
    told, told_at = -1, loop.time()
    while True:
        name = "progress" if job.finished_at is None else "finished"
        if job.done != told or name == "finished":
            yield event(name, job.document(), event_id=str(job.done))
            told, told_at = job.done, loop.time()
        elif loop.time() - told_at >= KEEP_ALIVE_SECONDS:
            yield KEEP_ALIVE
            told_at = loop.time()
        if name == "finished":
            return
        await asyncio.sleep(LOOK_SECONDS)
        if not ports.keys.is_in_force(key_id):
            return
        try:
            found = await ports.jobs.find(job.job_id, {job.requester})
        except TransientFailure as error:
            _log.debug("a job is followed again soon", job_id=job.job_id, error=str(error))
            continue
        if found is None:
            yield event("removed", {"job_id": job.job_id})
            return
        job = found
