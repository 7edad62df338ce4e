"""`POST /predict/battle` and `POST /predict/best-move`: publish, await the reply, answer."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, Request, Response

from services.gateway.access import Principal, Scope, requires
from services.gateway.answers import BattlePrediction
from services.gateway.asking import ask_one
from services.gateway.domain import Asked, prediction, question_of
from services.gateway.examples import predict as examples
from services.gateway.examples import problems
from services.gateway.examples.prediction import PREDICTION
from services.gateway.examples.responses import answer, failures
from services.gateway.pokedex.reading import current_pokedex
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, ProblemError
from services.gateway.repeats import Repeats
from services.gateway.request_ids import read_own_id, response_header
from services.gateway.schemas import (
    AnyBattleBody,
    AnyBestMoveBody,
    BattleBody,
    BestMoveBody,
    EarlierBody,
)

_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: {**answer(PREDICTION, "The answer, here with `explain`"), "headers": response_header()},
    **failures(
        problems.MALFORMED,
        problems.BODY_TOO_LARGE,
        problems.NO_JSON,
        problems.REFUSED,
        *problems.MAY_PREDICT,
        problems.ID_TAKEN,
        problems.OVERLOADED,
        problems.NO_REPLY,
    ),
}
Asking = Annotated[Principal, Depends(requires(Scope.PREDICT))]


def predict_routes(ports: GatewayPorts, repeats: Repeats) -> APIRouter:
    """The routes that ask the model one question."""
    router = APIRouter(prefix="/predict", tags=["predict"], dependencies=[Depends(read_own_id)])

    async def ask(
        body: BattleBody | BestMoveBody | EarlierBody, request: Request, principal: Principal
    ) -> Response:
        found = question_of(body, lambda: current_pokedex(ports))
        if isinstance(found, Draft):
            raise ProblemError(found)
        asked = Asked(found, request.state.request_id)
        reply = await ask_one(await repeats.asker(request, principal, [asked]), asked)
        return Response(
            msgspec.json.encode(prediction(reply, found.not_scored)), media_type="application/json"
        )

    @router.post("/battle", response_model=BattlePrediction, responses=_RESPONSES)
    async def predict_battle(
        request: Request,
        principal: Asking,
        body: Annotated[AnyBattleBody, Body(openapi_examples=examples.BATTLE)],
    ) -> Response:
        """Who wins, and how sure is that?

        A Pokémon or a move is a numeric id, a slug, or any French or English name. With `explain`,
        `explanation` holds exact facts and what each group of features adds, and `words` says them.
        """
        return await ask(body, request, principal)

    @router.post("/best-move", response_model=BattlePrediction, responses=_RESPONSES)
    async def predict_best_move(
        request: Request,
        principal: Asking,
        body: Annotated[AnyBestMoveBody, Body(openapi_examples=examples.BEST_MOVE)],
    ) -> Response:
        """Which move should `a` play, against the best answer of `b`?

        `moves` is the whole matrix, `recommended_move` the best worst case, `equilibrium` the mix of moves
        for two who choose at the same time. `explain` says why, as for a battle.
        The body of the earlier REST system is accepted too.
        """
        return await ask(body, request, principal)

    return router
