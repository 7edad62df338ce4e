"""`POST /outcomes`: what came of a battle that was predicted."""

from collections.abc import Collection
from typing import Annotated

import msgspec
from fastapi import APIRouter, Body, Depends, Response
from pydantic import BaseModel, Field

from contracts.battle import BattleOutcome
from contracts.channels import OUTCOMES_REPORTED
from contracts.headers import MAXIMUM_REQUEST_ID_LENGTH
from contracts.serving import OutcomeReported
from services.gateway.access import Principal, Scope, requires
from services.gateway.examples import history as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import answer, failures
from services.gateway.history import texts
from services.gateway.history.predictions import find_prediction
from services.gateway.ports import GatewayPorts
from services.gateway.problems import ProblemError, of_failed_call, problem
from services.gateway.schemas import Strict
from shared.errors import CallFailed


class OutcomeBody(Strict):
    """Who won the battle of this request in truth."""

    request_id: Annotated[str, Field(min_length=1, max_length=MAXIMUM_REQUEST_ID_LENGTH)]
    outcome: BattleOutcome


class OutcomeReceipt(BaseModel):
    """What was accepted."""

    request_id: str
    outcome: BattleOutcome
    is_recorded: Annotated[bool, Field(description="It was reported before; otherwise it is on its way")]


def outcome_routes(ports: GatewayPorts) -> APIRouter:
    """The route that takes outcomes."""
    router = APIRouter()

    @router.post(
        "/outcomes",
        status_code=202,
        response_model=OutcomeReceipt,
        responses={
            202: answer(examples.RECEIPT, "Accepted: it is on Kafka"),
            **failures(
                *problems.MAY_PREDICT,
                problems.MALFORMED,
                examples.UNKNOWN_PREDICTION,
                examples.OTHER_OUTCOME,
                problems.BODY_TOO_LARGE,
                problems.NO_JSON,
                examples.NO_OUTCOME,
                problems.NO_DATABASE,
            ),
        },
    )
    async def report_outcome(
        principal: Annotated[Principal, Depends(requires(Scope.PREDICT))],
        body: Annotated[OutcomeBody, Body(openapi_examples=examples.OUTCOME)],
    ) -> Response:
        """Say who won in truth, so that predictions can be judged.

        The first report counts, with whichever key of its owner; the same again changes nothing, another
        is a 409.
        """
        found = await find_prediction(ports, principal, body.request_id)
        if found.outcome is not None and found.outcome != body.outcome:
            raise ProblemError(
                problem(
                    "conflict",
                    texts.OTHER_OUTCOME,
                    409,
                    texts.REPORTED_BEFORE.of(outcome=found.outcome),
                    field="outcome",
                    value=body.outcome,
                    remedy=texts.OUTCOME_REMEDY,
                )
            )
        if found.outcome is None:
            report = OutcomeReported(
                request_id=body.request_id,
                reporter=_reporter(found.requester, ports.keys.keys_of(principal.owner)),
                outcome=body.outcome,
            )
            try:
                await ports.requester.tell(OUTCOMES_REPORTED, report, key=body.request_id)
            except CallFailed as failure:
                raise of_failed_call(failure, body.request_id) from failure
        receipt = {
            "request_id": body.request_id,
            "outcome": body.outcome,
            "is_recorded": found.outcome is not None,
        }
        return Response(msgspec.json.encode(receipt), status_code=202, media_type="application/json")

    return router


def _reporter(requester: str | None, key_ids: Collection[str]) -> str:
    """One name for all keys of an owner, so that reports which cross contradict one another in the log.

    The key that asked; of somebody else's request, which an admin may judge, the first of the owner's.
    """
    return requester if requester is not None and requester in key_ids else min(key_ids)
