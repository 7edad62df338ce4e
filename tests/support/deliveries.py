"""Channels of an echo service, for tests of delivery."""

import pytest

from contracts.channels import Channel
from tests.support.bus import make_topics, ping_channel
from tests.support.echo import Echo


def has_seen(echo: Echo, count: int) -> bool:
    return len(echo.seen) >= count


@pytest.fixture
async def channels(kafka_bootstrap: str) -> tuple[Channel, Channel]:
    source, sink = ping_channel(partitions=4), ping_channel()
    await make_topics(kafka_bootstrap, source, sink)
    return source, sink
