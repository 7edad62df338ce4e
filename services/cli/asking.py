"""A requester for the time of one command."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

import msgspec
from aiokafka.errors import KafkaError

from contracts.channels import Channel
from contracts.serving import Predicted, Refused
from services.cli import texts
from services.cli.quiet import quiet_logs
from services.cli.reaching import NotRunning
from services.cli.speaking import say
from shared.bus import wait_for_kafka
from shared.errors import Misconfigured
from shared.replies import Requester
from shared.settings import Settings

CONNECT_SECONDS: Final = 3.0


class Asks(Protocol):
    """Publishes a request and waits for its reply; raises CallFailed."""

    async def ask(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        *,
        request_id: str | None = None,
        timeout_s: float = 5.0,
    ) -> Predicted | Refused: ...


Connect = Callable[[], AbstractAsyncContextManager[Asks]]


@asynccontextmanager
async def connect() -> AsyncIterator[Asks]:
    """A requester that is ready. Raises NotRunning when the bus cannot be reached."""
    quiet_logs()
    settings = Settings()
    requester = Requester(settings, name="cli")
    await await_broker(settings)
    try:
        await requester.start()
    except (Misconfigured, KafkaError) as error:
        await requester.stop()
        raise NotRunning(
            f"Kafka at {settings.kafka_bootstrap}: {error}\n{say(texts.START_REMEDY)}"
        ) from error
    try:
        yield requester
    finally:
        await requester.stop()


async def await_broker(settings: Settings) -> None:
    """Return when the broker answers. Raises NotRunning after three seconds."""
    try:
        await wait_for_kafka(settings.kafka_bootstrap, CONNECT_SECONDS)
    except Misconfigured as error:
        said = say(texts.NO_BROKER.of(address=settings.kafka_bootstrap))
        raise NotRunning(f"{said}\n{say(texts.START_REMEDY)}") from error
