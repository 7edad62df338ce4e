"""Which channels each process reads, from its subscribers and from the readers that it makes."""

import ast
import importlib
from collections.abc import Iterable, Sequence
from typing import Any, Final

from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from contracts.channels import (
    ACCESS_GRANTED,
    AUDIT_EVENTS,
    CHANNELS,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
    Channel,
)
from shared.pokedex_reader import CHANNELS as POKEDEX_CHANNELS
from tests.support.sources import Source, dotted

READERS: Final[dict[str, tuple[Channel, ...]]] = {
    "ModelReader": (MODEL_RELEASED, MODEL_ASSIGNED),
    "AccessReader": (ACCESS_GRANTED,),
    "PokedexReader": POKEDEX_CHANNELS,
    "PredictionTail": (PREDICTIONS_MADE,),
    "Requester": (REQUEST_ANSWERED,),
    "AuditLog": (AUDIT_EVENTS,),
}
"""Classes of `shared` that read whole topics or an assigned partition, without a group."""
COMPACTED: Final = "CompactedReader"
"""Reads the channels that its second argument names."""
CONSUMER_OWNERS: Final = (
    "shared/groupless.py",
    "services/embedded/kafka.py",
)
"""What reads without a group, and the probe that joins one to see whether a broker is ready."""


SECOND_GROUPS: Final[dict[str, tuple[str, ...]]] = {"recorder": ("archive",)}
"""Service → its groups beside those of its own name."""


def subscriber_faults(broker: KafkaBroker, service: str) -> list[str]:
    """What a subscriber left to a default that loses records or lets a caller write anywhere."""
    known = {channel.name for channel in CHANNELS}
    faults = []
    for subscriber in broker.subscribers:
        one: Any = subscriber
        topics = list(one.topic_names)
        title = one.specification.config.title_
        groups = [
            f"{name}.{topic}" for name in (service, *SECOND_GROUPS.get(service, ())) for topic in topics
        ]
        wrong = {
            "topics": len(topics) != 1 or topics[0] not in known,
            "group_id": one.group_id not in groups,
            "ack_policy": one.ack_policy is not AckPolicy.MANUAL,
            "auto_offset_reset": one._connection_args.get("auto_offset_reset") != "earliest",
            "enable_auto_commit": one._connection_args.get("enable_auto_commit") is not False,
            "no_reply": one._no_reply is not True,
            "title": not title,
        }
        faults += [f"{service}: {topics}: {option}" for option, is_wrong in wrong.items() if is_wrong]
    configuration: Any = broker.config.broker_config
    if configuration.allow_auto_create_topics is not False:
        faults.append(f"{service}: allow_auto_create_topics")
    return faults


def grouped_channels(broker: KafkaBroker) -> set[str]:
    """Topics of the subscribers."""
    return {name for subscriber in broker.subscribers for name in subscriber.topic_names}  # type: ignore[attr-defined]


def channels_of_readers(sources: Iterable[Source]) -> set[str]:
    """Topics of the readers that these sources make."""
    whole = tuple(sources)
    return {channel.name for source in whole for channel in _read(source, whole)}


def _read(source: Source, whole: Sequence[Source]) -> Iterable[Channel]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func).rpartition(".")[2]
        if name in READERS:
            yield from READERS[name]
        elif name == COMPACTED:
            yield from _named(source, node.args[1], whole)


def _named(source: Source, argument: ast.expr, whole: Sequence[Source]) -> Iterable[Channel]:
    """The channels that an argument names: a constant, `given.field`, or a tuple of such."""
    names = argument.elts if isinstance(argument, ast.Tuple) else [argument]
    for name in names:
        if isinstance(name, ast.Attribute):
            yield from _passed(name.attr, whole)
        else:
            value = getattr(importlib.import_module(source.module), dotted(name))
            yield from (value,) if isinstance(value, Channel) else value


def _passed(field: str, whole: Sequence[Source]) -> Iterable[Channel]:
    """The channels that any call of these sources passes by this keyword."""
    for source in whole:
        module = importlib.import_module(source.module)
        for node in ast.walk(source.tree):
            for keyword in node.keywords if isinstance(node, ast.Call) else ():
                value = getattr(module, dotted(keyword.value), None) if keyword.arg == field else None
                if isinstance(value, Channel):
                    yield value


def constants_named(sources: Iterable[Source]) -> set[str]:
    """All names that these sources use."""
    return {node.id for source in sources for node in ast.walk(source.tree) if isinstance(node, ast.Name)}


def own_consumers(source: Source) -> list[str]:
    """A consumer outside of the modules that know how: its group and its commits are nobody's rule."""
    if source.path in CONSUMER_OWNERS:
        return []
    return [
        source.at(node, "makes a consumer of its own")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "AIOKafkaConsumer"
    ]


def disagreements(service: str, read: set[str]) -> list[str]:
    """Where what a process reads differs from the channel table, in both directions.

    A producer may read back what it wrote: that is its memory.
    """
    stated = {channel.name for channel in CHANNELS if service in channel.consumers}
    memory = {channel.name for channel in CHANNELS if service in channel.producers}
    return [
        *(f"{service} reads {name}, which the table does not say" for name in sorted(read - stated - memory)),
        *(f"the table says that {service} reads {name}, which it does not" for name in sorted(stated - read)),
    ]
