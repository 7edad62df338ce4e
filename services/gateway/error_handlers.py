"""Whatever goes wrong in a route becomes a problem document."""

from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.gateway import texts
from services.gateway.history import texts as history_texts
from services.gateway.methods import allowed
from services.gateway.problems import Draft, ProblemError, problem, respond, shown
from services.gateway.request_ids import HEADER
from services.gateway.validation import of_validation, query_parameters
from shared.errors import TransientFailure
from shared.logs import get_logger

METHOD_NOT_ALLOWED: Final = 405
_log = get_logger(__name__)


def install(app: FastAPI, tags: frozenset[str]) -> None:
    """Answer every error of `app` with a problem document. `tags`: names of body variants."""

    @app.exception_handler(ProblemError)
    async def on_problem(request: Request, error: ProblemError) -> Response:
        return respond(error.problem, request.scope, error.headers)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return respond(of_validation(error, tags, query_parameters(request.scope)), request.scope)

    @app.exception_handler(TransientFailure)
    async def on_database_away(request: Request, error: TransientFailure) -> Response:
        _log.warning("the database is away", path=request.url.path, error=str(error))
        document = problem(
            "database-away",
            history_texts.DATABASE_AWAY,
            503,
            history_texts.NEEDS_DATABASE,
            remedy=history_texts.DATABASE_REMEDY,
        )
        return respond(document, request.scope, {"Retry-After": "5"})

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        said = texts.HTTP_ERRORS.get(error.status_code, texts.VERBATIM.of(text=error.detail))
        document = Draft(
            type="about:blank",
            title=said,
            status=error.status_code,
            detail=texts.AT_PATH.of(method=request.method, path=shown(request.url.path), error=said),
            remedy=texts.PATHS_REMEDY if error.status_code in texts.HTTP_ERRORS else None,
        )
        headers = error.headers
        if error.status_code == METHOD_NOT_ALLOWED:
            headers = {"Allow": allowed(app.routes, request.scope)}
        return respond(document, request.scope, headers)

    @app.exception_handler(Exception)
    async def on_defect(request: Request, error: Exception) -> Response:
        _log.error("unexpected error", path=request.url.path, exc_info=error)
        document = problem(
            "internal",
            texts.UNEXPECTED,
            500,
            texts.FAILED_AND_LOGGED,
            remedy=texts.REPORT_REMEDY,
        )
        # answered outside of the door, which marks all others
        return respond(document, request.scope, {HEADER: request.state.request_id})
