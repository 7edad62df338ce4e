"""`GET /predictions/events`: results of a key as they are made, as server-sent events."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Request, Response

from services.gateway.access import Principal, Scope, requires
from services.gateway.examples import history as examples
from services.gateway.examples import problems
from services.gateway.examples.responses import event_stream, failures
from services.gateway.history.stored import StoredPrediction, brief
from services.gateway.pokedex.parameters import NoParameters
from services.gateway.ports import GatewayPorts
from services.gateway.problems import language_of, of_failed_call
from services.gateway.streams import KEEP_ALIVE, KEEP_ALIVE_SECONDS, EventStream, event
from shared.errors import CallFailed
from shared.prediction_tail import Heard, Missed
from shared.wording import Language


def event_routes(ports: GatewayPorts) -> APIRouter:
    """The route that follows results."""
    router = APIRouter()

    @router.get(
        "/predictions/events",
        response_class=Response,
        responses={
            200: event_stream(examples.EVENTS, "`ready`, then `prediction` after `prediction`"),
            **failures(*problems.MAY_READ, problems.NO_PARAMETERS, problems.TOO_MANY_STREAMS),
        },
    )
    async def follow_predictions(
        request: Request,
        principal: Annotated[Principal, Depends(requires(Scope.READ))],
        _: Annotated[NoParameters, Query()],
    ) -> Response:
        """Every answer to this key from now on, whoever asked with it, as server-sent events.

        `ready` says that nothing from here on is left out. `prediction` is a prediction as a list shows
        it. `missed` says how many came faster than they were read; those, and what was answered while
        nobody listened, are in `/predictions`. Ends when the key is revoked or expires.
        """
        events = _events(ports, principal.key_id, language_of(request.scope))
        return EventStream(events, ports.streams, principal.key_id)

    return router


async def _events(ports: GatewayPorts, key_id: str, language: Language) -> AsyncGenerator[bytes]:
    try:
        async with ports.tail.listening(key_id) as listener:
            yield event("ready", {})
            while True:
                taken = await listener.take(KEEP_ALIVE_SECONDS)
                if not ports.keys.is_in_force(key_id):
                    return
                yield KEEP_ALIVE if taken is None else _event(taken)
    except EOFError:
        return
    except CallFailed as failed:
        # The stream has begun: its status can no longer say so.
        yield event(
            "problem", of_failed_call(failed, "").problem.told(language).model_dump(exclude_none=True)
        )


def _event(taken: Heard | Missed) -> bytes:
    if isinstance(taken, Missed):
        return event("missed", {"count": taken.count})
    made = taken.made
    stored = StoredPrediction(
        request_id=made.request_id,
        requester=made.requester,
        family=made.family,
        made_at=datetime.fromtimestamp(taken.made_at_ms / 1000, UTC),
        late=made.late,
        model_version=made.model_version,
        feature_set=made.feature_set,
        pokedex_hash=made.pokedex_hash,
        request=msgspec.json.decode(made.request),
        answer=brief(msgspec.json.decode(made.answer)),
    )
    return event("prediction", stored.document(), event_id=made.request_id)
