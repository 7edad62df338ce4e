"""What tests of the limits of a consumer share: channels of one partition, and what is read of a service."""

import pytest

from contracts.channels import Channel
from shared.delivery import Policy
from shared.service_app import ServiceBuilder
from shared.settings import Settings
from tests.support.bus import make_topics, ping_channel, read_all, settings_for

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
