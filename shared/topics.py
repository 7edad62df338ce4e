"""Topics are created here only, and verified before a service takes its first record."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.channels import CHANNELS, DEAD_LETTER_RETENTION_MS, Channel
from shared.errors import Misconfigured

RECORD_OVERHEAD_BYTES: Final = 65_536
"""Headers, key and batch framing on top of a channel's `maximum_bytes`."""
MAXIMUM_REPLICATION: Final = 3

State = Literal["created", "ok", "missing", "mismatch"]


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """What a topic must look like on the broker."""

    name: str
    partitions: int
    config: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TopicReport:
    """What was found, and what to do about it."""

    name: str
    state: State
    detail: str = ""


def topic_specs(channels: Sequence[Channel] = CHANNELS) -> list[TopicSpec]:
    """The topics of `channels`, dead-letter twins included."""
    specs = []
    for channel in channels:
        config = {
            "cleanup.policy": channel.cleanup,
            "retention.ms": str(channel.retention_ms),
            "max.message.bytes": str(channel.accepted_bytes + RECORD_OVERHEAD_BYTES),
            "message.timestamp.type": "LogAppendTime",
            # the broker unpacks what comes in, so that the limit above holds for what consumers will unpack
            "compression.type": "uncompressed",
        }
        specs.append(TopicSpec(channel.name, channel.partitions, config))
        if channel.dead_letters:
            dead = {
                **config,
                "cleanup.policy": "delete",
                "retention.ms": str(DEAD_LETTER_RETENTION_MS),
                # a dead letter carries the record as it was, however large the broker let it be
                "max.message.bytes": str(channel.accepted_bytes + 4 * RECORD_OVERHEAD_BYTES),
            }
            specs.append(TopicSpec(channel.dead_letter_name, 1, dead))
    return specs


def explain_mismatch(spec: TopicSpec, partitions: int, config: Mapping[str, str]) -> str:
    """Why the topic found differs from the table and how to mend it; empty when it does not."""
    faults = []
    if partitions < spec.partitions:
        faults.append(
            f"{partitions} partitions instead of {spec.partitions}: "
            f"kafka-topics.sh --alter --topic {spec.name} --partitions {spec.partitions} "
            "(keys move to other partitions: stop the producers first)"
        )
    elif partitions > spec.partitions:
        faults.append(
            f"{partitions} partitions instead of {spec.partitions}: partitions cannot be taken away; "
            "delete the topic when its records may go, and run `dex topics` again"
        )
    for name, expected in spec.config.items():
        found = config.get(name)
        if found is not None and found != expected:
            faults.append(
                f"{name}={found} instead of {expected}: "
                f"kafka-configs.sh --alter --topic {spec.name} --add-config {name}={expected}"
            )
    return "; ".join(faults)


async def create_topics(bootstrap: str, channels: Sequence[Channel] = CHANNELS) -> list[TopicReport]:
    """Create what is missing of `channels`, change nothing that exists, report on each topic."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=15_000)
    await admin.start()
    try:
        brokers = (await admin.describe_cluster())["brokers"]
        replication = min(len(brokers), MAXIMUM_REPLICATION)
        before = set(await admin.list_topics())
        missing = [spec for spec in topic_specs(channels) if spec.name not in before]
        if missing:
            response = await admin.create_topics(
                [
                    NewTopic(
                        name=spec.name,
                        num_partitions=spec.partitions,
                        replication_factor=replication,
                        topic_configs={
                            **spec.config,
                            "min.insync.replicas": str(min(2, replication)),
                        },
                    )
                    for spec in missing
                ]
            )
            for name, code, *rest in response.topic_errors:
                error = for_code(code)
                if code != 0 and error is not TopicAlreadyExistsError:
                    raise Misconfigured(f"topic {name} was not created: {error.__name__} {rest}")
        await _wait_until_listed(admin, {spec.name for spec in missing})
    finally:
        await admin.close()
    created = {spec.name for spec in missing}
    reports = await inspect_topics(bootstrap, channels)
    return [
        TopicReport(report.name, "created") if report.name in created and report.state == "ok" else report
        for report in reports
    ]


async def inspect_topics(bootstrap: str, channels: Sequence[Channel] = CHANNELS) -> list[TopicReport]:
    """Compare the broker with the table; changes nothing."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=15_000)
    await admin.start()
    try:
        specs = topic_specs(channels)
        listed = set(await admin.list_topics())
        present = [spec for spec in specs if spec.name in listed]
        partitions = {
            topic["topic"]: len(topic["partitions"])
            for topic in (await admin.describe_topics([spec.name for spec in present]) if present else [])
        }
        configs = await _configs(admin, present)
    finally:
        await admin.close()
    reports = []
    for spec in specs:
        if spec.name not in partitions:
            reports.append(TopicReport(spec.name, "missing", "run `dex topics`"))
            continue
        fault = explain_mismatch(spec, partitions[spec.name], configs.get(spec.name, {}))
        reports.append(TopicReport(spec.name, "mismatch" if fault else "ok", fault))
    return reports


async def verify_topics(bootstrap: str, channels: Sequence[Channel]) -> None:
    """Return when all topics of `channels` are as the table says.

    Raises Misconfigured with one line per fault and its remedy.
    """
    try:
        reports = await inspect_topics(bootstrap, channels)
    except KafkaError as error:
        raise Misconfigured(f"topics at {bootstrap} cannot be looked at: {error!r}") from error
    # More partitions than the table are an operator's choice, settings a warning of `dex topics`;
    # a topic that is missing or too small would break key order and replies.
    faults = [
        r for r in reports if r.state == "missing" or (r.state == "mismatch" and "--partitions" in r.detail)
    ]
    if faults:
        lines = "\n".join(f"  {report.name}: {report.detail}" for report in faults)
        raise Misconfigured(f"topics at {bootstrap} are not as the channel table says:\n{lines}")


async def _wait_until_listed(admin: AIOKafkaAdminClient, names: set[str]) -> None:
    for _ in range(50):
        if names <= set(await admin.list_topics()):
            return
        await asyncio.sleep(0.1)
    raise Misconfigured("topics were created but the broker does not list them after 5 s")


async def _configs(admin: AIOKafkaAdminClient, specs: Sequence[TopicSpec]) -> dict[str, dict[str, str]]:
    if not specs:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name) for spec in specs]
    found: dict[str, dict[str, str]] = {}
    for response in await admin.describe_configs(resources):
        for _code, _message, _kind, name, entries in response.resources:
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found
