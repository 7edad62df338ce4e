"""Why a job is not accepted or not found, as problem documents. Pure."""

from typing import Final

from services.gateway.history.texts import BUSY_REMEDY
from services.gateway.jobs import texts
from services.gateway.jobs.job import MAXIMUM_BATTLES
from services.gateway.problems import ProblemError, problem, shown
from services.gateway.texts import INVALID, SEVERAL_JOBS_REMEDY
from shared.problem_texts import FAILURE_TITLES

SOON_SECONDS: Final = "10"


def too_many_unfinished(count: int) -> ProblemError:
    """429: the key's jobs are not done yet."""
    found = problem(
        "too-many-jobs",
        texts.TOO_MANY_JOBS,
        429,
        texts.UNFINISHED_OF_KEY.of(count=count),
        remedy=texts.UNFINISHED_REMEDY,
    )
    return ProblemError(found, {"Retry-After": SOON_SECONDS})


def too_many_kept(count: int) -> ProblemError:
    """429: the key keeps too many answers."""
    found = problem(
        "too-many-jobs",
        texts.TOO_MANY_JOBS,
        429,
        texts.KEPT_OF_KEY.of(count=count),
        remedy=texts.KEPT_REMEDY,
    )
    return ProblemError(found, {"Retry-After": SOON_SECONDS})


def too_many_in_all(count: int) -> ProblemError:
    """503: all keys together have too many."""
    found = problem(
        "overloaded",
        FAILURE_TITLES["Overloaded"],
        503,
        texts.UNFINISHED_IN_ALL.of(count=count),
        remedy=BUSY_REMEDY,
    )
    return ProblemError(found, {"Retry-After": SOON_SECONDS})


def unknown_job(job_id: str) -> ProblemError:
    """404: none of this key."""
    return ProblemError(
        problem(
            "unknown",
            texts.UNKNOWN_JOB,
            404,
            texts.NO_SUCH_JOB.of(job_id=shown(job_id)),
            field="job_id",
            value=shown(job_id),
            remedy=texts.JOB_REMEDY,
        )
    )


def unfinished(job_id: str, done: int, total: int) -> ProblemError:
    """409: the answers are not complete."""
    found = problem(
        "job-running",
        texts.RUNNING,
        409,
        texts.DONE_OF.of(done=done, total=total),
        field="job_id",
        value=shown(job_id),
        remedy=texts.RUNNING_REMEDY,
    )
    return ProblemError(found, {"Retry-After": "1"})


def wrong_number(count: int) -> ProblemError:
    """422: no battle, or too many."""
    return ProblemError(
        problem(
            "invalid",
            INVALID,
            422,
            texts.WRONG_NUMBER.of(count=count, limit=MAXIMUM_BATTLES),
            field="battles",
            value=str(count),
            remedy=texts.ONE_REMEDY if count == 0 else SEVERAL_JOBS_REMEDY,
        )
    )
