"""`POST /predict/matchups`: every Pokémon of one list against every one of another, as a matrix."""

from itertools import product
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field

from contracts.serving import Predicted, Refused
from services.gateway import texts
from services.gateway.access import Principal, Scope, charge_questions, requires
from services.gateway.asking import ask_many, problem_of, raise_if_silent
from services.gateway.domain import Asked, of_pair
from services.gateway.examples import matchups as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, failures, in_forms
from services.gateway.explained import Probability
from services.gateway.matrix import Cell, as_csv, as_document
from services.gateway.negotiation import CSV, JSON, preferred
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, Problem, ProblemError, language_of, problem
from services.gateway.repeats import Repeats
from services.gateway.request_ids import read_own_id
from services.gateway.schemas import BestMoveSide, Strict

MAXIMUM_SIDE: Final = 100
MAXIMUM_PAIRS: Final = 400

Sides = Annotated[list[BestMoveSide], Field(min_length=1, max_length=MAXIMUM_SIDE)]


class MatchupsBody(Strict):
    """Two lists of Pokémon; at most 400 pairs."""

    a: Sides
    b: Sides


class Contender(BaseModel):
    """A row or a column."""

    pokemon: str
    level: int
    moves: list[int | str] | None


class MatchupProblem(BaseModel):
    """Why the cell of row `a` and column `b` is null."""

    a: int
    b: int
    problem: Problem


class Matchups(BaseModel):
    """Rows are `a`, columns `b`; probabilities are of the row winning with its recommended move."""

    a: list[Contender]
    b: list[Contender]
    win_probabilities: list[list[Probability | None]]
    recommended_moves: list[list[str | None]]
    model_versions: list[str]
    problems: list[MatchupProblem]


_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: in_forms(answer(examples.MATCHUPS_ANSWER, "The matrix"), {CSV: examples.MATCHUPS_CSV}),
    **failures(
        *problems.MAY_PREDICT,
        problems.MALFORMED,
        problems.NOT_ACCEPTABLE,
        problems.BODY_TOO_LARGE,
        problems.NO_JSON,
        examples.UNKNOWN_CONTENDER,
        examples.ID_TAKEN,
        problems.OVERLOADED,
        problems.NO_REPLY,
    ),
}


def matchup_routes(ports: GatewayPorts, repeats: Repeats) -> APIRouter:
    """The route that compares two lists."""
    router = APIRouter(prefix="/predict", tags=["predict"], dependencies=[Depends(read_own_id)])

    @router.post("/matchups", response_model=Matchups, responses=_RESPONSES)
    async def predict_matchups(
        request: Request,
        principal: Annotated[Principal, Depends(requires(Scope.PREDICT))],
        body: Annotated[MatchupsBody, Body(openapi_examples=examples.MATCHUPS)],
    ) -> Response:
        """Who of one list beats whom of the other: win probabilities as JSON or, by `Accept`, as CSV.

        Each pair is a best-move question of its own. A name or move that is refused refuses the whole
        matrix, with its place in `field`; a pair that got no reply is null, with its problem.
        """
        form = preferred(request.headers.get("accept"), (JSON, CSV))
        pairs = list(product(range(len(body.a)), range(len(body.b))))
        if len(pairs) > MAXIMUM_PAIRS:
            raise ProblemError(_too_many(len(body.a), len(body.b)))
        asked = [
            Asked(
                of_pair(body.a[row], body.b[column], row, column),
                f"{request.state.request_id}-{row}-{column}",
            )
            for row, column in pairs
        ]
        charge_questions(request, principal, len(asked))
        replies = await ask_many(await repeats.asker(request, principal, asked), asked)
        raise_if_silent(request.state.request_id, replies)
        sent_as = request.state.request_id
        cells = [_cell(one, reply, sent_as) for one, reply in zip(asked, replies, strict=True)]
        if form == CSV:
            return Response(as_csv(body.a, body.b, cells), media_type=CSV)
        return Response(
            msgspec.json.encode(as_document(body.a, body.b, cells, language_of(request.scope))),
            media_type=JSON,
        )

    return router


def _cell(asked: Asked, reply: Predicted | Refused | Any, sent_as: str) -> Cell:
    """Raises ProblemError for a refusal: a name is wrong, so its whole row or column would be empty."""
    if isinstance(reply, Predicted):
        return reply
    found = problem_of(asked, reply, sent_as)
    if isinstance(reply, Refused) and not reply.retryable:
        raise ProblemError(found)
    return found


def _too_many(rows: int, columns: int) -> Draft:
    return problem(
        "invalid",
        texts.INVALID,
        422,
        texts.TOO_MANY_PAIRS.of(rows=rows, columns=columns, pairs=rows * columns, limit=MAXIMUM_PAIRS),
        field="body",
        value=f"{rows} × {columns}",
        remedy=texts.SHORTER_LISTS_REMEDY,
    )
