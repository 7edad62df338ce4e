"""Whatever goes wrong in a route becomes a problem document."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.gateway.problems import Problem, ProblemError, problem, respond, shown
from services.gateway.validation import of_validation, query_parameters
from shared.logs import get_logger

_log = get_logger(__name__)


def install(app: FastAPI, tags: frozenset[str]) -> None:
    """Answer every error of `app` with a problem document. `tags`: names of body variants."""

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> Response:
        return respond(error.problem, request.scope, error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return respond(of_validation(error, tags, query_parameters(request.scope)), request.scope)

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        remedy = "/docs lists every path and method." if error.status_code in (404, 405) else None
        document = Problem(
            type="about:blank",
            title=str(error.detail),
            status=error.status_code,
            detail=f"{request.method} {shown(request.url.path)}: {error.detail}",
            remedy=remedy,
        )
        return respond(document, request.scope, error.headers)

    @app.exception_handler(Exception)
    async def on_defect(request: Request, error: Exception) -> Response:
        _log.error("unexpected error", path=request.url.path, exc_info=error)
        document = problem(
            "internal",
            "Unexpected error",
            500,
            "The gateway failed on this request; it was logged.",
            remedy="Report it with the request id.",
        )
        return respond(document, request.scope)
