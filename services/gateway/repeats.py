"""A question under an id that its caller chose: asked once, then answered from what is known of it.

What is asked or was answered here is known at once, the rest from the prediction log. Without the
database, or when two gateways get the same id at the same moment, it is asked twice: the answer is the
same for the same question, and of two questions the recorder keeps the first (ADR 0053).
"""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.gateway import texts
from services.gateway.access import Principal
from services.gateway.asking import Ask, Reply, by
from services.gateway.domain import Asked
from services.gateway.history.stored import Kept
from services.gateway.ports import Asks, GrantSource, ReadsLog
from services.gateway.request_ids import HEADER
from shared.bus import encode
from shared.errors import TransientFailure
from shared.logs import get_logger

REMEMBERED: Final = 512
"""Ids that are remembered here: an answer is in the log a second later. Each may hold 50 KB."""
LOOK_SECONDS: Final = 1.0
"""A database that is slow does not hold up predictions for longer."""
_log = get_logger(__name__)


@dataclass(slots=True)
class _Claim:
    """What an id stands for. `running` while it is asked; `answer` once there is a prediction."""

    owner: str
    body_hash: str
    running: "asyncio.Future[Reply] | None" = None
    answer: Predicted | None = None


class Repeats:
    """Remembers the last ids that callers chose, and looks the others up."""

    def __init__(self, requester: Asks, log: ReadsLog, keys: GrantSource) -> None:
        self._requester = requester
        self._log = log
        self._keys = keys
        self._claims: dict[str, _Claim] = {}

    async def asker(self, request: Request, principal: Principal, asked: Sequence[Asked]) -> Ask:
        """How the questions of an HTTP request are asked: under ids of the caller's, each once."""
        ask = by(self._requester, principal.key_id)
        if not request.state.is_own_id:
            return ask
        kept = await self._look_up([one.request_id for one in asked if not self._is_answered(one.request_id)])

        async def once(one: Asked, timeout_s: float) -> Reply:
            claim = _Claim(principal.owner, _body_hash(one))
            known = await self._known(one, claim, kept)
            return await self._ask(ask, one, timeout_s, claim) if known is None else known

        return once

    def _is_answered(self, request_id: str) -> bool:
        claim = self._claims.get(request_id)
        return claim is not None and claim.answer is not None

    async def _look_up(self, request_ids: Collection[str]) -> Mapping[str, Kept]:
        if not request_ids:
            return {}
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                return await self._log.kept(request_ids)
        except (TransientFailure, TimeoutError) as error:
            _log.debug("asked without a look into the log", error=repr(error))
            return {}

    async def _known(self, one: Asked, claim: _Claim, kept: Mapping[str, Kept]) -> Reply | None:
        """The answer under this id, or why it cannot be asked; None when it is to be asked."""
        while (before := self._claims.get(one.request_id)) is not None:
            if (before.owner, before.body_hash) != (claim.owner, claim.body_hash):
                return _conflict(one.request_id)
            if before.answer is not None:
                return before.answer
            running = before.running
            if running is None:
                break
            await asyncio.wait([running])
            if not running.cancelled():
                return running.result()
        found = kept.get(one.request_id)
        if found is None:
            return None
        if found.body_hash != claim.body_hash or found.requester not in self._keys.keys_of(claim.owner):
            return _conflict(one.request_id)
        return found.prediction

    async def _ask(self, ask: Ask, one: Asked, timeout_s: float, claim: _Claim) -> Reply:
        running = claim.running = asyncio.get_running_loop().create_future()
        self._claims.pop(one.request_id, None)
        self._claims[one.request_id] = claim
        try:
            reply = await ask(one, timeout_s)
            running.set_result(reply)
        finally:
            running.cancel()  # when it was not answered: who waits for it asks itself
            claim.running = None
        if isinstance(reply, Refused):
            # nothing is kept of it: what was corrected may come under the same id
            del self._claims[one.request_id]
        elif isinstance(reply, Predicted):
            claim.answer = reply
        self._forget()
        return reply

    def _forget(self) -> None:
        over = len(self._claims) - REMEMBERED
        if over > 0:
            done = [request_id for request_id, claim in self._claims.items() if claim.running is None]
            for request_id in done[:over]:
                del self._claims[request_id]


def _body_hash(one: Asked) -> str:
    """As `feature` takes it of the record, and the log keeps it."""
    return hashlib.sha256(encode(BATTLE_REQUESTED, one.question.request)).hexdigest()


def _conflict(request_id: str) -> Refused:
    """Of another body and of another owner alike: whose id it is, is nobody's business."""
    return Refused(
        request_id=request_id,
        field=HEADER,
        value=request_id,
        reason="conflict",
        message=texts.ID_TAKEN.say("en", request_id=request_id),
        message_fr=texts.ID_TAKEN.say("fr", request_id=request_id),
        remedy=texts.ID_TAKEN_REMEDY.en,
        remedy_fr=texts.ID_TAKEN_REMEDY.fr,
    )
