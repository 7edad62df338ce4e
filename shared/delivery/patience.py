"""Waiting for what is away: retries with back-off that readiness tells about, and that a stop ends."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from aiokafka import AIOKafkaProducer

from shared.delivery.outgoing import Outgoing, send_all
from shared.delivery.policy import Policy
from shared.errors import ProducerBroken, TransientFailure
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics

_log = get_logger(__name__)


class Patience:
    """How one consumer waits. `reason` is what it waits for now; `is_stopping` ends all waits."""

    def __init__(
        self,
        channel_name: str,
        policy: Policy,
        metrics: DeliveryMetrics,
        producer: Callable[[], AIOKafkaProducer],
        renew_producer: Callable[[], Awaitable[None]],
    ) -> None:
        """`producer` gives the one of the moment; `renew_producer` puts another in its place."""
        self._channel_name = channel_name
        self._policy = policy
        self._metrics = metrics
        self._producer = producer
        self._renew_producer = renew_producer
        self.reason: str | None = None
        self.is_stopping = False

    async def wait(self, attempt: int, error: TransientFailure) -> None:
        """Pause after the failed `attempt` (from 1); make the producer anew when it is to blame."""
        if isinstance(error, ProducerBroken):
            await self._renew_producer()
        self.reason = f"waiting: {error}"
        self._metrics.retries.labels(self._channel_name).inc()
        if attempt == 1 or attempt % 10 == 0:
            _log.warning("will try again", channel=self._channel_name, attempt=attempt, error=str(error))
        policy = self._policy
        longest = min(policy.first_delay_seconds * 2 ** (attempt - 1), policy.longest_delay_seconds)
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))

    async def send(self, outgoing: list[Outgoing]) -> None:
        """Send all of it, waiting for a broker that is away. Raises TransientFailure at a stop."""
        attempt = 0
        while True:
            attempt += 1
            try:
                await send_all(self._producer(), outgoing, self._policy.send_timeout_seconds)
            except TransientFailure as error:
                if self.is_stopping:
                    raise
                await self.wait(attempt, error)
            else:
                self.reason = None
                return
