"""A POST that may be sent again: its `Idempotency-Key` and its body name the job. Pure."""

import hashlib
from typing import Final

import msgspec
from starlette.datastructures import Headers

from services.gateway.jobs import texts
from services.gateway.problems import ProblemError, problem, shown
from services.gateway.texts import INVALID

HEADER: Final = "Idempotency-Key"
MAXIMUM_KEY_LENGTH: Final = 200
HALF: Final = 16
"""Hex digits of a job id that stand for owner and key; as many follow for the body."""


def idempotency_key(headers: Headers) -> str | None:
    """What the caller calls this request, None when it does not say.

    Raises ProblemError (422) when it is given twice, empty, too long or no printable ASCII.
    """
    given = headers.getlist(HEADER)
    if not given:
        return None
    [key, *others] = given
    if others or not 0 < len(key) <= MAXIMUM_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        raise ProblemError(
            problem(
                "invalid",
                INVALID,
                422,
                texts.WRONG_KEY.of(header=HEADER, limit=MAXIMUM_KEY_LENGTH),
                field=HEADER,
                value=shown(", ".join(given)),
                remedy=texts.WRONG_KEY_REMEDY,
            )
        )
    return key


def job_id_of(owner: str, key: str, media_type: str, body: bytes) -> str:
    """32 hex digits: the same for the same request of the same owner, whichever gateway takes it."""
    return _half(msgspec.json.encode([owner, key])) + _half(media_type.encode() + b"\n" + body)


def ids_of_same_key(job_id: str) -> tuple[str, str]:
    """The first and the last id that the same owner and key may make with any body."""
    return job_id[:HALF].ljust(2 * HALF, "0"), job_id[:HALF].ljust(2 * HALF, "f")


def other_body(job_id: str) -> ProblemError:
    """422: the key of `job_id` came with another body before."""
    return ProblemError(
        problem(
            "idempotency-key-reused",
            texts.KEY_REUSED,
            422,
            texts.OTHER_BODY.of(header=HEADER, job_id=job_id),
            field=HEADER,
            remedy=texts.OTHER_BODY_REMEDY.of(job_id=job_id),
        )
    )


def _half(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:HALF]
