"""What a consumer does at its limits: dead letters, time, records that are gone."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete

from contracts.channels import AUDIT_EVENTS, Channel
from contracts.serving import Predicted
from shared.bus import create_producer, decode, publish
from shared.delivery import Delivered, Outgoing, Policy
from shared.delivery.outgoing import reply
from shared.errors import CallFailed, Overloaded, TransientFailure
from shared.replies import Requester
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.bus import Ping, eventually, make_topics, ping_channel, read_all, settings_for
from tests.support.echo import Echo, committed, echo_service, pings, send
from tests.support.predictions import predicted

pytestmark = pytest.mark.timeout(180)

QUICK = Policy(attempts=1, first_delay_seconds=0.01)


@pytest.fixture
async def source(kafka_bootstrap: str) -> Channel:
    return await one_partition(kafka_bootstrap)


@pytest.fixture
async def sink(kafka_bootstrap: str) -> Channel:
    return await one_partition(kafka_bootstrap)


async def one_partition(bootstrap: str) -> Channel:
    channel = ping_channel()
    await make_topics(bootstrap, channel)
    return channel


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return settings_for(kafka_bootstrap, metadata_max_age_ms=300)


def limited(settings: Settings, **limits: float) -> Settings:
    return settings.model_copy(update=limits)


async def letters(settings: Settings, channel: Channel) -> int:
    return len(await read_all(settings.kafka_bootstrap, channel.dead_letter_name))


async def reason(service: ServiceBuilder, channel: Channel) -> str:
    return (await service.readiness.report()).checks[f"consumer {channel.name}"]


def sample(service: ServiceBuilder, name: str, **labels: str) -> float:
    return service.registry.get_sample_value(name, labels) or 0.0


async def test_a_consumer_that_gives_up_record_after_record_stops_and_says_so(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    few = limited(settings, dead_letter_consecutive_limit=5)
    echo = Echo(sink)
    echo.broken_numbers = set(range(3, 30))
    await send(settings, source, *pings(*range(40)))
    app, service = echo_service(few, source, echo)
    async with running(app):

        async def is_stopped() -> bool:
            return "stopped at" in await reason(service, source)

        await eventually(is_stopped, "the consumer to stop")
        said = await reason(service, source)
        assert f"{source.name}-0 offset 8: 5 records in a row" in said
        assert "RuntimeError: number 8 breaks the handler" in said
        assert "./dex restart echo" in said
        assert sample(service, "pdx_consumer_stopped", channel=source.name) == 1

        async def is_committed() -> bool:
            return await committed(settings, source) == 8

        await eventually(is_committed, "what was done before to be committed")
        assert await letters(settings, source) == 5
    events = [
        decode(AUDIT_EVENTS, record.value)
        for record in await read_all(settings.kafka_bootstrap, AUDIT_EVENTS.name)
        if record.key == f"{source.name}:0:8".encode()
    ]
    assert [(event.action, event.actor) for event in events] == [("consumer.stopped", "echo")]
    mended = Echo(sink)
    app, _ = echo_service(few, source, mended)
    async with running(app):
        await eventually(lambda: len(mended.seen) == 32, "all that was not given up")
    assert sorted(mended.seen) == list(range(8, 40))
    assert await letters(settings, source) == 5


async def test_a_share_of_bad_records_stops_a_consumer_too(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    bad = [(f"id-{number}", b"{", dict[str, str]()) for number in range(30)]
    good = pings(*range(30))
    mixed = [record for pair in zip(bad, good, strict=True) for record in pair]
    await send(settings, source, *mixed[:20], *bad)
    share = limited(settings, dead_letter_window_records=20, dead_letter_ratio_limit=0.6)
    app, service = echo_service(share, source, echo)
    async with running(app):

        async def is_stopped() -> bool:
            return "more than 60% of the last 20 records" in await reason(service, source)

        await eventually(is_stopped, "the consumer to stop")
    assert len(echo.seen) == 10
    assert 12 <= await letters(settings, source) <= 15


async def test_at_the_limit_a_sink_that_is_away_is_waited_for(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    echo.transient_failures = 1_000_000
    app, service = echo_service(limited(settings, dead_letter_consecutive_limit=3), source, echo, QUICK)
    async with running(app):
        await send(settings, source, *pings(*range(10)))

        async def is_held() -> bool:
            return "limit of dead letters (3 records in a row)" in await reason(service, source)

        await eventually(is_held, "the consumer to hold")
        echo.transient_failures = 0
        kept = await letters(settings, source)
        assert kept <= 3
        await eventually(lambda: len(echo.seen) == 10 - kept, "the records once the sink is back")

        async def is_ready() -> bool:
            return (await service.readiness.report()).ready

        await eventually(is_ready, "readiness without a restart")


async def test_what_was_done_before_a_sink_went_away_is_sent_and_committed(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    is_away = True

    async def away_for_the_last(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        if is_away and any(one.message.number >= 5 for one in batch):
            raise TransientFailure("the sink is away")
        return await echo(batch)

    await send(settings, source, *pings(*range(10)))
    service = ServiceBuilder("echo", limited(settings, dead_letter_consecutive_limit=3), [source, sink])
    service.consume(source, away_for_the_last, policy=QUICK)
    async with running(service.build()):

        async def is_held() -> bool:
            return f"held at {source.name}-0" in await reason(service, source)

        async def is_committed() -> bool:
            return await committed(settings, source) == 5

        await eventually(is_held, "the partition to be held")
        await eventually(is_committed, "what was done to be committed")
        assert len(await read_all(settings.kafka_bootstrap, sink.name)) == 5
        assert await letters(settings, source) == 0
        is_away = False
        await eventually(lambda: len(echo.seen) == 10, "the rest once the sink is back")
        await eventually(lambda: _is_ready(service), "readiness without a restart")
    assert set(echo.seen.values()) == {1}


async def _is_ready(service: ServiceBuilder) -> bool:
    return (await service.readiness.report()).ready


async def test_only_the_partition_that_reaches_the_limit_stops(settings: Settings, sink: Channel) -> None:
    source = ping_channel(partitions=2)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    echo.broken_numbers = set(range(10))
    app, service = echo_service(limited(settings, dead_letter_consecutive_limit=3), source, echo)
    producer = create_producer(settings)
    await producer.start()

    async def ping(number: int, partition: int) -> None:
        key = f"id-{number}".encode()
        await producer.send_and_wait(source.name, b'{"number":%d}' % number, key=key, partition=partition)

    try:
        async with running(app):
            for number in range(10):
                await ping(number, 0)

            async def is_stopped() -> bool:
                return f"stopped at {source.name}-0 offset 3" in await reason(service, source)

            await eventually(is_stopped, "the partition to stop")
            for number in range(10, 30):
                await ping(number, number % 2)
            await eventually(lambda: len(echo.seen) == 10, "what lies in the other partition")
            assert set(echo.seen) == set(range(11, 30, 2))
            assert await is_stopped()
            assert sample(service, "pdx_consumer_stopped", channel=source.name) == 1

            async def is_committed() -> bool:
                return await committed(settings, source) == 3 + 10

            await eventually(is_committed, "both partitions to be committed")
        assert await letters(settings, source) == 3
    finally:
        await producer.stop()


async def test_what_retention_took_is_told_with_its_size(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    await send(settings, source, *pings(*range(20)))
    async with running(app):
        await eventually(lambda: len(echo.seen) == 20, "the first twenty")
    await send(settings, source, *pings(*range(20, 50)))
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(source.name, 0): RecordsToDelete(before_offset=35)})
    finally:
        await admin.close()
    app, service = echo_service(settings, source, echo)
    async with running(app):
        await eventually(lambda: len(echo.seen) == 35, "all that is left, from the earliest")
        report = await service.readiness.report()
    assert "15 records from offset 20 were deleted" in report.notes[f"gap {source.name}-0"]
    assert sample(service, "pdx_gap_records_total", channel=source.name, kind="deleted") == 15
    assert sorted(echo.seen) == [*range(20), *range(35, 50)]


async def test_a_topic_that_is_made_anew_is_read_from_its_start(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        async with running(app):
            await send(settings, source, *pings(*range(20)))
            await eventually(lambda: len(echo.seen) == 20, "the first twenty")
            await admin.delete_topics([source.name])

            async def is_gone() -> bool:
                return source.name not in await admin.list_topics()

            await eventually(is_gone, "the topic to be deleted")
            await make_topics(settings.kafka_bootstrap, source)
            await send(settings, source, *pings(100, 101, 102))
            await eventually(lambda: len(echo.seen) == 23, "the records of the new topic")

            async def is_committed() -> bool:
                return await committed(settings, source) == 3

            await eventually(is_committed, "offsets of the new topic to be committed")
    finally:
        await admin.close()


async def test_partitions_are_added_under_traffic_without_loss(settings: Settings, sink: Channel) -> None:
    source = ping_channel(partitions=2)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    app, service = echo_service(settings, source, echo)
    producer = create_producer(settings)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await producer.start()
    await admin.start()
    sent = 0
    partitions: set[int] = set()
    try:
        async with running(app):
            async with asyncio.timeout(60):
                while not {2, 3} <= partitions:
                    if sent == 20:
                        await admin.create_partitions({source.name: NewPartitions(4)})
                    done = await producer.send_and_wait(
                        source.name, b'{"number":%d}' % sent, key=f"id-{sent}".encode()
                    )
                    partitions.add(done.partition)
                    sent += 1
            await eventually(lambda: len(echo.seen) == sent, "every record of all four partitions")
            assert set(echo.seen.values()) == {1}
            assert (await service.readiness.report()).ready
    finally:
        await producer.stop()
        await admin.close()


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


class Gate:
    """Work that begins, and ends when it is let."""

    def __init__(self) -> None:
        self.entered, self.opened = asyncio.Event(), asyncio.Event()
        self.done: list[int] = []

    async def __call__(self, batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
        self.entered.set()
        await self.opened.wait()
        self.done += [one.message.number for one in batch]
        return [() for _ in batch]


async def members(settings: Settings, group: str) -> int:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka_bootstrap)
    await admin.start()
    try:
        (response,) = await admin.describe_consumer_groups([group])
        ((_error, _group, _state, _type, _protocol, found, *_rest),) = response.groups
        return len(found)
    finally:
        await admin.close()


async def test_a_stop_turns_red_finishes_what_is_in_flight_commits_and_leaves_the_group(
    settings: Settings, source: Channel
) -> None:
    gate = Gate()
    service = ServiceBuilder("echo", settings, [source])
    service.consume(source, gate)
    async with AsyncExitStack() as process:
        await process.enter_async_context(running(service.build()))
        await send(settings, source, *pings(1))
        await gate.entered.wait()
        await send(settings, source, *pings(2))
        assert await members(settings, f"echo.{source.name}") == 1
        stop = asyncio.create_task(process.pop_all().aclose())

        async def is_red() -> bool:
            return await reason(service, source) == "stopping"

        await eventually(is_red, "readiness to say that it stops")
        assert not stop.done()
        gate.opened.set()
        await stop
    assert gate.done == [1]
    assert await committed(settings, source) == 1
    assert await members(settings, f"echo.{source.name}") == 0


async def test_a_stop_does_not_wait_for_ever_and_loses_nothing(
    settings: Settings, source: Channel, sink: Channel
) -> None:
    stuck = Gate()
    service = ServiceBuilder("echo", limited(settings, drain_seconds=0.3), [source])
    service.consume(source, stuck)
    await send(settings, source, *pings(1, 2, 3))
    async with asyncio.timeout(20), running(service.build()):
        await stuck.entered.wait()
    assert stuck.done == []
    echo = Echo(sink)
    app, _ = echo_service(settings, source, echo)
    async with running(app):
        await eventually(lambda: sorted(echo.seen) == [1, 2, 3], "what was not finished")


async def test_the_order_of_a_key_is_kept_while_members_come_and_go(
    settings: Settings, sink: Channel
) -> None:
    source = ping_channel(partitions=4)
    await make_topics(settings.kafka_bootstrap, source)
    echo = Echo(sink)
    apps = [
        echo_service(settings_for(settings.kafka_bootstrap, metadata_max_age_ms=300), source, echo)[0]
        for _ in range(3)
    ]
    producer = create_producer(settings)
    await producer.start()
    keys, steps = 12, 60

    async def produce() -> None:
        for step in range(steps):
            for key in range(keys):
                await publish(producer, source, Ping(key * 1_000 + step), key=f"key-{key}")

    try:
        async with running(apps[0]):
            traffic = asyncio.create_task(produce())
            async with running(apps[1]), running(apps[2]):
                await eventually(lambda: len(echo.seen) >= keys * steps // 2, "half of the traffic")
            await traffic
            await eventually(lambda: len(echo.seen) == keys * steps, "all of the traffic")
    finally:
        await producer.stop()
    ledger: dict[int, list[int]] = defaultdict(list)
    for number in echo.order:
        ledger[number // 1_000].append(number % 1_000)
    assert ledger == {key: list(range(steps)) for key in range(keys)}
