"""`POST /predict/batch`: many battles in one request, each answered or refused by itself."""

from dataclasses import replace
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Depends, Request, Response
from pydantic import BaseModel, Field, SkipValidation

from contracts.serving import Predicted
from services.gateway.access import Principal, Scope, charge_questions, requires
from services.gateway.answers import BattlePrediction
from services.gateway.asking import ask_many, problem_of, raise_if_silent
from services.gateway.domain import Asked, Question, prediction
from services.gateway.examples import batch as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, failures
from services.gateway.pokedex.reading import current_pokedex
from services.gateway.ports import GatewayPorts
from services.gateway.problems import Draft, Problem, language_of
from services.gateway.repeats import Repeats
from services.gateway.request_ids import read_own_id
from services.gateway.schemas import AnyBattleBody, Strict
from services.gateway.single import read_battle
from shared.wording import Language

MAXIMUM_BATTLES: Final = 100


class BatchBody(Strict):
    """Up to 100 battles, each in a form of `/predict/battle`; one that is wrong is refused by itself."""

    battles: Annotated[list[SkipValidation[AnyBattleBody]], Field(min_length=1, max_length=MAXIMUM_BATTLES)]


class BatchItem(BaseModel):
    """What came of one battle: `prediction` or `problem`, whose `field` is a path in this battle."""

    index: int
    request_id: str
    prediction: BattlePrediction | None
    problem: Problem | None


class BatchAnswer(BaseModel):
    """One item per battle, in order."""

    answered: int
    failed: int
    items: list[BatchItem]


_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    200: answer(examples.BATCH_ANSWER, "One item per battle, in order"),
    **failures(
        *problems.MAY_PREDICT,
        problems.MALFORMED,
        examples.TOO_LARGE,
        problems.NO_JSON,
        examples.TOO_MANY_BATTLES,
        problems.OVERLOADED,
        problems.NO_REPLY,
    ),
}


def batch_routes(ports: GatewayPorts, repeats: Repeats) -> APIRouter:
    """The route that asks many questions at once."""
    router = APIRouter(prefix="/predict", tags=["predict"], dependencies=[Depends(read_own_id)])

    @router.post("/batch", response_model=BatchAnswer, responses=_RESPONSES)
    async def predict_batch(
        request: Request,
        principal: Annotated[Principal, Depends(requires(Scope.PREDICT))],
        body: Annotated[BatchBody, Body(openapi_examples=examples.BATCH)],
    ) -> Response:
        """Up to 100 battles, answered together; `POST /jobs` takes more.

        Each goes over Kafka by itself and has a request id of its own. A battle that is refused has its
        `problem`, and the others their `prediction`. Only when nothing was answered at all because the
        system was silent is the whole request a 503 or 504.
        """
        language = language_of(request.scope)
        items: list[dict[str, Any]] = []
        asked: list[Asked] = []
        for index, battle in enumerate(body.battles):
            request_id = f"{request.state.request_id}-{index}"
            read = read_battle(battle, lambda: current_pokedex(ports))
            if not isinstance(read, Draft):
                asked.append(Asked(read, request_id))
            items.append(_item(index, request_id, read, language))
        charge_questions(request, principal, len(asked))
        replies = await ask_many(await repeats.asker(request, principal, asked), asked)
        raise_if_silent(request.state.request_id, replies)
        by_id = {item["request_id"]: item for item in items}
        for one, reply in zip(asked, replies, strict=True):
            if isinstance(reply, Predicted):
                by_id[one.request_id]["prediction"] = prediction(reply, one.question.not_scored)
            else:
                by_id[one.request_id]["problem"] = _shown(
                    problem_of(one, reply, request.state.request_id), language
                )
        answered = sum(item["prediction"] is not None for item in items)
        return Response(
            msgspec.json.encode({"answered": answered, "failed": len(items) - answered, "items": items}),
            media_type="application/json",
        )

    return router


def _item(index: int, request_id: str, read: Question | Draft, language: Language) -> dict[str, Any]:
    problem = _shown(replace(read, request_id=request_id), language) if isinstance(read, Draft) else None
    return {"index": index, "request_id": request_id, "prediction": None, "problem": problem}


def _shown(problem: Draft, language: Language) -> dict[str, Any]:
    return problem.told(language).model_dump(mode="json", exclude_none=True)
