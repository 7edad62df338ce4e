"""The id of an HTTP request: the caller's own in `X-Request-ID`, else one that is drawn.

Answers are kept by it. A malformed one is passed over where nothing is kept by it (a proxy may call its
requests what it likes), and refused where the caller would look for the answer under it.
"""

import re
import uuid
from typing import Annotated, Any, Final

from fastapi import Header, Request
from starlette.datastructures import Headers

from contracts.headers import MAXIMUM_REQUEST_ID_LENGTH
from services.gateway import texts
from services.gateway.problems import ProblemError, problem, shown

HEADER: Final = "X-Request-ID"
SHORTEST: Final = 8
LONGEST: Final = MAXIMUM_REQUEST_ID_LENGTH - len("-999-999")
"""What is asked for a batch or a matrix has its place behind the id of the request."""
PATTERN: Final = rf"[A-Za-z0-9][A-Za-z0-9._:~-]{{{SHORTEST - 1},{LONGEST - 1}}}"
"""It is a segment of an address too: `/predictions/{request_id}`."""
EXAMPLE: Final = "order-2026-000417"
_FORM: Final = re.compile(PATTERN)


def identify(headers: Headers) -> tuple[str, bool]:
    """The id of a request with these headers, and whether its caller chose it."""
    given = headers.getlist(HEADER)
    if len(given) == 1 and _FORM.fullmatch(given[0]):
        return given[0], True
    return uuid.uuid4().hex, False


async def read_own_id(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="Names this request: sent again with the same body, it is answered with the same "
            "prediction and nothing is asked again; with another body it is a 409. Every answer carries it, "
            "or the one that was drawn.",
            examples=[EXAMPLE],
            json_schema_extra={"pattern": f"^{PATTERN}$"},
        ),
    ] = None,
) -> None:
    """The dependency of routes that keep answers by the id. Raises ProblemError (422) for a malformed one."""
    given = request.headers.getlist(HEADER)
    if given and not request.state.is_own_id:
        raise ProblemError(
            problem(
                "invalid",
                texts.INVALID,
                422,
                texts.WRONG_REQUEST_ID.of(header=HEADER, least=SHORTEST, most=LONGEST),
                field=HEADER,
                value=shown(", ".join(given)),
                remedy=texts.WRONG_REQUEST_ID_REMEDY,
            )
        )


def response_header() -> dict[str, Any]:
    """For the OpenAPI document."""
    return {HEADER: {"description": "What the answer is kept by", "schema": {"type": "string"}}}
