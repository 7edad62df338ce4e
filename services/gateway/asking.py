"""Questions over the bus: one, or many of one caller, a bounded number at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.gateway.domain import Asked
from services.gateway.ports import Asks
from services.gateway.problems import Draft, ProblemError, of_failed_call, of_refusal
from shared.errors import CallFailed, ReplyTimeout
from shared.tasks import gather_all

TIMEOUT_SECONDS: Final = 5.0
MANY_SECONDS: Final = 15.0
IN_FLIGHT: Final = 64
"""Few enough that calls of others are not refused as too many."""
LEAST_SECONDS: Final = 0.2
"""With less left, a question is not asked any more."""

Reply = Predicted | Refused | CallFailed
Ask = Callable[[Asked, float], Awaitable[Reply]]
"""Asks one question and waits so many seconds; returns what came of it."""


def by(requester: Asks, key_id: str) -> Ask:
    """Asks over the bus, each time anew, in the name of a key."""

    async def ask(asked: Asked, timeout_s: float) -> Reply:
        try:
            return await requester.ask(
                BATTLE_REQUESTED,
                asked.question.request,
                request_id=asked.request_id,
                timeout_s=timeout_s,
                requester=key_id,
            )
        except CallFailed as failed:
            return failed

    return ask


async def ask_one(ask: Ask, asked: Asked) -> Predicted:
    """The answer to one question. Raises ProblemError for everything else."""
    reply = await ask(asked, TIMEOUT_SECONDS)
    if isinstance(reply, Predicted):
        return reply
    raise failure(asked, reply, asked.request_id)


async def ask_many(ask: Ask, asked: Sequence[Asked], *, within_s: float = MANY_SECONDS) -> list[Reply]:
    """One reply each, in order; what was not answered `within_s` is a ReplyTimeout."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within_s
    replies: list[Reply] = [ReplyTimeout(f"not answered within {within_s:g} s") for _ in asked]

    async def take_from(waiting: Iterator[tuple[int, Asked]]) -> None:
        for index, one in waiting:
            left = deadline - loop.time()
            if left < LEAST_SECONDS:
                return
            replies[index] = await ask(one, min(TIMEOUT_SECONDS, left))

    waiting = iter(enumerate(asked))
    await gather_all(take_from(waiting) for _ in range(min(IN_FLIGHT, len(asked))))
    return replies


def failure(asked: Asked, reply: Refused | CallFailed, sent_as: str) -> ProblemError:
    """Why there is no answer, in the caller's words for the fields; `sent_as`: the id of what was sent."""
    if isinstance(reply, CallFailed):
        return of_failed_call(reply, asked.request_id, sent_as)
    return of_refusal(reply, asked.question.caller_field(reply.field))


def problem_of(asked: Asked, reply: Refused | CallFailed, sent_as: str) -> Draft:
    """The same before its language is known, with the id that it is kept by."""
    return failure(asked, reply, sent_as).problem


def raise_if_silent(request_id: str, replies: Sequence[Reply]) -> None:
    """Raise the first failure when no question of a request got a reply, as if it had been one alone."""
    failed = [reply for reply in replies if isinstance(reply, CallFailed)]
    if failed and len(failed) == len(replies):
        raise of_failed_call(failed[0], request_id)
