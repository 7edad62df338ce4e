"""Work that takes long: the poll interval, deadlines, and what is refused early."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from contracts.channels import Channel
from contracts.serving import Predicted
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import reply
from shared.errors import CallFailed, Overloaded
from shared.replies import Requester
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import Ping, eventually
from tests.support.echo import pings, send
from tests.support.limits import sample, settings, sink, source
from tests.support.predictions import predicted

__all__ = ["settings", "sink", "source"]

pytestmark = pytest.mark.timeout(180)


async def test_a_batch_longer_than_the_poll_interval_costs_no_membership(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    handled: list[int] = []

    async def slow(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        if not handled:
            await asyncio.sleep(4)  # the time that the work takes is what is tested
        handled.extend(one.message.number for one in batch)
        return [() for _ in batch]

    service = ServiceBuilder("slow", settings, [source])
    service.consume(source, slow, policy=Policy(maximum_poll_interval_ms=1_200))
    async with running(service.build()):
        await send(settings, source, *pings(1))
        await send(settings, source, *pings(2, 3))
        await eventually(lambda: len(handled) == 3, "all three, those of meanwhile too")
        assert sample(service, "pdx_rebalances_total", channel=source.name, kind="revoked") == 0
    assert handled == [1, 2, 3]


async def test_a_request_whose_deadline_cannot_be_met_is_refused_before_any_work(
    settings: Settings, source: Channel
) -> None:
    async def slow(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        await asyncio.sleep(0.05 * len(batch))  # the capacity of this service: 20 a second
        return [() if one.reply is None else (reply(one.reply, predicted(one.key)),) for one in batch]

    service = ServiceBuilder("slow", settings, [source])
    service.consume(source, slow, policy=Policy(sheds=True))
    requester = Requester(settings, name="many")
    await requester.start()
    try:
        async with running(service.build()):
            await requester.ask(source, Ping(0), timeout_s=20)
            outcomes: list[str] = []
            told: list[float] = []
            later: list[float] = []

            async def ask(number: int) -> None:
                begin = time.monotonic()
                try:
                    outcome = await requester.ask(source, Ping(number), timeout_s=4)
                    outcomes.append("answered" if isinstance(outcome, Predicted) else "refused")
                except Overloaded as refused:
                    told.append(time.monotonic() - begin)
                    later.append(refused.retry_after_s)
                    outcomes.append("overloaded")

            # any other outcome, a timeout first of all, is raised here
            await asyncio.gather(*(ask(number) for number in range(150)))
    finally:
        await requester.stop()
    assert outcomes.count("answered") >= 30
    assert outcomes.count("overloaded") == 150 - outcomes.count("answered") > 0
    assert sample(service, "pdx_shed_total", channel=source.name) == outcomes.count("overloaded")
    assert max(told) < 4
    assert min(later) >= 1


async def test_one_slow_batch_does_not_refuse_for_ever(settings: Settings, source: Channel) -> None:
    seconds = [0.6]  # more than half of what the caller gives

    async def slow_once(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        await asyncio.sleep(seconds.pop() if seconds else 0)
        return [() if one.reply is None else (reply(one.reply, predicted(one.key)),) for one in batch]

    service = ServiceBuilder("slow", settings, [source])
    service.consume(source, slow_once, policy=Policy(sheds=True))
    requester = Requester(settings, name="patient")
    await requester.start()
    try:
        async with running(service.build()):
            await requester.ask(source, Ping(0), timeout_s=20)

            async def is_answered() -> bool:
                try:
                    return isinstance(await requester.ask(source, Ping(1), timeout_s=1), Predicted)
                except CallFailed:
                    return False

            await eventually(is_answered, "a request to be worked on again")
    finally:
        await requester.stop()
