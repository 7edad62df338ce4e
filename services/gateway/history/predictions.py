"""`GET /predictions` and `GET /predictions/{request_id}`: what was asked with a key."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlencode

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from pydantic_core import PydanticCustomError

from services.gateway import texts as gateway_texts
from services.gateway.access import Principal, Scope, requires
from services.gateway.examples import history as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, failures
from services.gateway.history import texts
from services.gateway.history.stored import Filters, Position, StoredPrediction
from services.gateway.pokedex.parameters import NoParameters, refuse_repeated
from services.gateway.pokedex.reading import current_pokedex
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, ProblemError, problem, shown
from shared.pokedex import MAXIMUM_NAME_LENGTH

DEFAULT_LIMIT: Final = 20
MAXIMUM_LIMIT: Final = 100
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def _check_time(moment: datetime) -> datetime:
    if not _FIRST <= moment <= _LAST:
        raise PydanticCustomError("time_range", "should lie between the years 2000 and 2100")
    return moment


def _check_text(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("text_nul", "should not contain NUL")
    return text


Moment = Annotated[AwareDatetime, AfterValidator(_check_time)]
Text = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_check_text)]


class HistoryParameters(NoParameters):
    """Which predictions, and which part of them."""

    limit: Annotated[int, Field(ge=1, le=MAXIMUM_LIMIT, examples=[20])] = DEFAULT_LIMIT
    cursor: Annotated[
        str | None,
        Field(max_length=300, examples=[examples.CURSOR], description="`next_cursor` of the page before"),
    ] = None
    pokemon: Annotated[
        str | None,
        Field(max_length=MAXIMUM_NAME_LENGTH, examples=["pikachu"], description="On either side: any name"),
    ] = None
    winner: Annotated[Literal["a", "b"] | None, Field(examples=["a"], description="As predicted")] = None
    model_version: Annotated[Text | None, Field(examples=["1"])] = None
    family: Annotated[Text | None, Field(examples=["battle"])] = None
    since: Annotated[
        Moment | None, Field(examples=["2026-01-01T00:00:00Z"], description="Made at this time or later")
    ] = None
    until: Annotated[
        Moment | None, Field(examples=["2030-01-01T00:00:00Z"], description="Made before this time")
    ] = None


class Prediction(BaseModel):
    """What was asked and answered. `outcome` is what was reported with this key, if anything."""

    request_id: str
    family: str
    made_at: str
    late: Annotated[bool, Field(description="Answered after the deadline: no reply was sent")]
    model_version: str
    feature_set: str
    pokedex_hash: str
    request: dict[str, Any]
    answer: dict[str, Any]
    outcome: str | None


class PredictionPage(BaseModel):
    """Newest first, answers without `moves`, `equilibrium` and `explanation`."""

    predictions: list[Prediction]
    next_cursor: str | None


def prediction_routes(ports: GatewayPorts) -> APIRouter:
    """The routes that read the log."""
    router = APIRouter(dependencies=[Depends(refuse_repeated)])

    @router.get(
        "/predictions",
        response_model=PredictionPage,
        responses={
            200: answer(examples.PAGE, "A page of predictions, newest first"),
            **failures(*problems.MAY_READ, examples.NO_CURSOR, problems.NO_DATABASE),
        },
    )
    async def list_predictions(
        request: Request,
        principal: Annotated[Principal, Depends(requires(Scope.READ))],
        query: Annotated[HistoryParameters, Query()],
    ) -> Response:
        """What the owner of this key asked, newest first, in pages that new predictions do not shift.

        `next_cursor`, also in `Link`, leads to the next page; it is null on the last.
        """
        after = None if query.cursor is None else Position.of_cursor(query.cursor)
        if query.cursor is not None and after is None:
            raise ProblemError(no_cursor(query.cursor))
        filters = Filters(
            family=query.family,
            model_version=query.model_version,
            pokemon=None if query.pokemon is None else _slug(ports, query.pokemon),
            winner=query.winner,
            since=query.since,
            until=query.until,
        )
        found = await ports.log.page(ports.keys.keys_of(principal.owner), filters, query.limit + 1, after)
        return _page(request, found, query.limit)

    @router.get(
        "/predictions/{request_id}",
        response_model=Prediction,
        responses={
            200: answer(examples.PREDICTION, "The prediction"),
            **failures(
                *problems.MAY_READ, examples.UNKNOWN_PREDICTION, problems.NO_PARAMETERS, problems.NO_DATABASE
            ),
        },
    )
    async def show_prediction(
        principal: Annotated[Principal, Depends(requires(Scope.READ))],
        request_id: Annotated[str, Path(examples=[examples.REQUEST_ID])],
        _: Annotated[NoParameters, Query()],
    ) -> Response:
        """One prediction, found by its request id, also when its reply was lost or came too late.

        A key finds what was asked with any key of its owner; one with the scope `admin` finds every one.
        """
        found = await find_prediction(ports, principal, request_id)
        return Response(msgspec.json.encode(found.document()), media_type="application/json")

    return router


async def find_prediction(ports: GatewayPorts, principal: Principal, request_id: str) -> StoredPrediction:
    """The prediction, when `principal` may see it. Raises ProblemError (404)."""
    is_admin = Scope.ADMIN in principal.scopes
    found = await ports.log.find(request_id, ports.keys.keys_of(principal.owner), of_anyone=is_admin)
    if found is not None:
        return found
    raise ProblemError(
        problem(
            "unknown",
            texts.UNKNOWN_REQUEST,
            404,
            texts.NO_SUCH_REQUEST.of(request_id=shown(request_id)),
            field="request_id",
            value=shown(request_id),
            remedy=texts.REQUEST_REMEDY,
        )
    )


def _page(request: Request, found: list[StoredPrediction], limit: int) -> Response:
    """One more than `limit` was asked for, to know whether there is another page."""
    shown_now = found[:limit]
    cursor = None
    headers = {}
    if len(found) > limit:
        last = shown_now[-1]
        cursor = Position(last.made_at, last.request_id).cursor()
        query = [pair for pair in request.query_params.multi_items() if pair[0] != "cursor"]
        address = f"{quote(request.url.path)}?{urlencode([*query, ('cursor', cursor)])}"
        headers["Link"] = f'<{address}>; rel="next"'
    page = {"predictions": [one.document() for one in shown_now], "next_cursor": cursor}
    return Response(msgspec.json.encode(page), media_type="application/json", headers=headers)


def _slug(ports: GatewayPorts, name: str) -> str:
    pokedex = current_pokedex(ports)
    record = pokedex.find_pokemon(name)
    if record is not None:
        return record.slug
    raise ProblemError(
        problem(
            "invalid",
            gateway_texts.INVALID,
            422,
            texts.NO_SUCH_POKEMON.of(name=shown(name)),
            field="pokemon",
            value=shown(name),
            remedy=gateway_texts.LISTING_REMEDY.of(listing="/pokemon"),
            suggestions=pokedex.suggest_pokemon(name),
        )
    )


def no_cursor(text: str) -> Draft:
    """422: no page gave this cursor."""
    return problem(
        "invalid",
        gateway_texts.INVALID,
        422,
        texts.NO_CURSOR.of(text=shown(text)),
        field="cursor",
        value=shown(text),
        remedy=texts.CURSOR_REMEDY,
    )
