"""`POST /predict/battle` and `POST /predict/best-move`: publish, await the reply, answer."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, Request, Response

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Refused
from services.gateway.access import Scope, requires
from services.gateway.answers import BattlePrediction
from services.gateway.domain import Question, of_earlier, of_sides, prediction
from services.gateway.examples import predict as examples
from services.gateway.examples import problems
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.responses import answer, failures
from services.gateway.pokedex.reading import current_pokedex
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, ProblemError, of_failed_call, of_refusal
from services.gateway.schemas import (
    AnyBattleBody,
    AnyBestMoveBody,
    BattleBody,
    BestMoveBody,
    EarlierBody,
)
from shared.errors import CallFailed

TIMEOUT_SECONDS: Final = 5.0
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: answer(PREDICTION, "The answer, here with `explain`"),
    **failures(
        problems.MALFORMED,
        problems.BODY_TOO_LARGE,
        problems.NO_JSON,
        problems.REFUSED,
        problems.NO_KEY,
        problems.NO_SCOPE,
        problems.TOO_MANY,
        problems.OVERLOADED,
        problems.NO_REPLY,
    ),
}


def predict_routes(ports: GatewayPorts) -> APIRouter:
    """The routes that ask the model."""
    router = APIRouter(prefix="/predict", tags=["predict"], dependencies=[Depends(requires(Scope.PREDICT))])

    async def ask(body: BattleBody | BestMoveBody | EarlierBody, request: Request) -> Response:
        if isinstance(body, EarlierBody):
            found = of_earlier(body, current_pokedex(ports))
            if isinstance(found, Draft):
                raise ProblemError(found)
            question = found
        else:
            question = of_sides(body)
        return await _answer(ports, question, request.state.request_id)

    @router.post("/battle", response_model=BattlePrediction, responses=_RESPONSES)
    async def predict_battle(
        request: Request, body: Annotated[AnyBattleBody, Body(openapi_examples=examples.BATTLE)]
    ) -> Response:
        """Who wins, and how sure is that?

        A Pokémon or a move is a numeric id, a slug, or any French or English name. With `explain`,
        `explanation` holds exact facts and what each group of features adds, and `words` says them.
        """
        return await ask(body, request)

    @router.post("/best-move", response_model=BattlePrediction, responses=_RESPONSES)
    async def predict_best_move(
        request: Request, body: Annotated[AnyBestMoveBody, Body(openapi_examples=examples.BEST_MOVE)]
    ) -> Response:
        """Which move should `a` play, against the best answer of `b`?

        `moves` is the whole matrix, `recommended_move` the best worst case, `equilibrium` the mix of moves
        for two who choose at the same time. `explain` says why, as for a battle.
        The body of the earlier REST system is accepted too.
        """
        return await ask(body, request)

    return router


async def _answer(ports: GatewayPorts, question: Question, request_id: str) -> Response:
    try:
        reply = await ports.requester.ask(
            BATTLE_REQUESTED, question.request, request_id=request_id, timeout_s=TIMEOUT_SECONDS
        )
    except CallFailed as failure:
        raise of_failed_call(failure, request_id) from failure
    if isinstance(reply, Refused):
        raise of_refusal(reply, question.caller_field(reply.field))
    return Response(
        msgspec.json.encode(prediction(reply, question.not_scored)), media_type="application/json"
    )
