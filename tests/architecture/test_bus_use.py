"""Every subscriber says how it is delivered to, and the channel table says who reads what."""

import importlib

import pytest
from faststream import AckPolicy
from faststream.asgi import AsgiFastStream
from faststream.kafka import KafkaBroker

from contracts import channels
from contracts.channels import CHANNELS, OUTCOMES_REPORTED, PREDICTIONS_MADE, Channel
from shared.settings import Settings
from tests.support.bus_use import (
    channels_of_readers,
    constants_named,
    disagreements,
    grouped_channels,
    own_consumers,
    subscriber_faults,
)
from tests.support.sources import SERVICES, package_of, parse, sources

SITES = ("gateway", "ui")
WORKERS = tuple(service for service in SERVICES if service not in SITES)
PROGRAMS = (*SERVICES, "cli")
NAME_OF = {id(value): name for name, value in vars(channels).items() if isinstance(value, Channel)}


def broker_of(service: str) -> KafkaBroker:
    """The broker of a worker as its composition root declares it; nothing is started."""
    app: AsgiFastStream = importlib.import_module(f"services.{service}.app").create_app(Settings())
    assert isinstance(app.broker, KafkaBroker)
    return app.broker


@pytest.mark.parametrize("service", WORKERS)
def test_every_subscriber_states_how_it_is_delivered_to(service: str) -> None:
    assert subscriber_faults(broker_of(service), service) == []


def test_a_subscriber_that_states_nothing_is_found() -> None:
    broker = KafkaBroker("127.0.0.1:1")
    broker.subscriber("planted")
    assert [fault.rpartition(": ")[2] for fault in subscriber_faults(broker, "planted")] == [
        "topics",
        "group_id",
        "ack_policy",
        "auto_offset_reset",
        "enable_auto_commit",
        "no_reply",
        "title",
        "allow_auto_create_topics",
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("group_id", "recorder"),
        ("ack_policy", AckPolicy.ACK),
        ("auto_offset_reset", "latest"),
        ("no_reply", False),
        ("title", None),
    ],
)
def test_one_option_that_is_wrong_is_found(option: str, value: object) -> None:
    options = {
        "group_id": f"recorder.{PREDICTIONS_MADE.name}",
        "ack_policy": AckPolicy.MANUAL,
        "auto_offset_reset": "earliest",
        "no_reply": True,
        "title": "recorder",
    }
    right, wrong = (KafkaBroker("127.0.0.1:1", allow_auto_create_topics=False) for _ in range(2))
    right.subscriber(PREDICTIONS_MADE.name, **options)  # type: ignore[call-overload]
    wrong.subscriber(PREDICTIONS_MADE.name, **{**options, option: value})  # type: ignore[call-overload]
    assert subscriber_faults(right, "recorder") == []
    assert [fault.rpartition(": ")[2] for fault in subscriber_faults(wrong, "recorder")] == [option]


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_channel_table_says_what_each_program_reads(program: str) -> None:
    folder = "services/cli" if program == "cli" else package_of(program)
    read = channels_of_readers(sources(folder))
    if program in WORKERS:
        read |= grouped_channels(broker_of(program))
    assert disagreements(program, read) == []


def test_a_reader_that_the_table_does_not_know_is_found() -> None:
    planted = parse("from x import y\nModelReader(settings)\n")
    assert len(disagreements("recorder", channels_of_readers([planted]))) == 4


def test_a_channel_that_is_not_read_is_found() -> None:
    assert disagreements("recorder", set()) == [
        f"the table says that recorder reads {channel.name}, which it does not"
        for channel in (OUTCOMES_REPORTED, PREDICTIONS_MADE)
    ]


@pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)
def test_each_stated_producer_names_the_channel(channel: Channel) -> None:
    programs = [program for program in channel.producers if program != "any"]
    silent = [
        program
        for program in programs
        if NAME_OF[id(channel)]
        not in constants_named(sources("services/cli" if program == "cli" else package_of(program)))
    ]
    assert silent == []


def test_consumers_are_made_where_their_rules_are() -> None:
    assert [finding for source in sources() for finding in own_consumers(source)] == []


def test_a_consumer_of_its_own_is_found() -> None:
    assert len(own_consumers(parse("consumer = AIOKafkaConsumer('x')", "services/drift/x.py"))) == 1
