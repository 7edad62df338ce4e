"""The composition of a worker service: broker, producer, consumers, readers, health, in order."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from faststream.asgi import AsgiFastStream
from faststream.kafka import KafkaBroker
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from faststream.specification import AsyncAPI
from prometheus_client import CollectorRegistry

from contracts.channels import Channel
from shared.bus import check_broker, create_producer, wait_for_kafka
from shared.delivery import Delivery, Policy
from shared.delivery.policy import StartingOffsets, Work
from shared.health import Readiness, health_routes
from shared.logs import get_logger
from shared.metrics import DeliveryMetrics
from shared.settings import Settings
from shared.topics import verify_topics

KAFKA_WAIT_SECONDS = 60.0
PRODUCER_STOP_SECONDS = 2.0
GRACE_SECONDS = 1.0
"""FastStream's own wait comes after our drain, and adds only this to a stop."""
_log = get_logger(__name__)


class Reader(Protocol):
    """A whole-topic reader, a database, anything that opens before and closes after the consumers."""

    async def start(self) -> None:
        """Open."""

    async def stop(self) -> None:
        """Close."""


class WorkerApp(AsgiFastStream):
    """A service that drains while its port is open, so that its readiness says that it stops."""

    leave: Callable[[], Awaitable[None]]
    """Awaited at a stop, before the port closes; without it the end of the lifespan drains."""


class ServiceBuilder:
    """Collects the parts of one service; `build` wires them. Used by each `create_app`."""

    def __init__(self, service: str, settings: Settings, channels: Sequence[Channel]) -> None:
        """`channels`: all that the service reads or writes; verified before the first poll."""
        self.service = service
        self.settings = settings
        self.registry = CollectorRegistry()
        self.readiness = Readiness(service)
        self.metrics = DeliveryMetrics(self.registry)
        self.broker = KafkaBroker(
            # FastStream takes a string for one address, commas and all
            settings.kafka_bootstrap.split(","),
            client_id=settings.instance_id,
            apply_types=False,
            allow_auto_create_topics=False,
            metadata_max_age_ms=settings.metadata_max_age_ms,
            consumer_only=True,
            graceful_timeout=GRACE_SECONDS,
            logger=None,
            middlewares=[KafkaPrometheusMiddleware(registry=self.registry, app_name=service)],
        )
        self._producer: AIOKafkaProducer | None = None
        self._channels = channels
        self.readiness.add("kafka", self._check_broker)
        self._readers: list[Reader] = []
        self._deliveries: list[Delivery] = []
        self._before: list[Callable[[], Awaitable[None]]] = []
        self._is_drained = False

    @property
    def producer(self) -> AIOKafkaProducer:
        """The producer; it exists once the service has started."""
        assert self._producer is not None, "the producer exists once the service has started"
        return self._producer

    async def _check_broker(self) -> str | None:
        return "not started" if self._producer is None else await check_broker(self._producer)

    def add_reader(self, reader: Reader) -> None:
        """Open `reader` before the consumers start, close it after they stop."""
        self._readers.append(reader)

    def before_consuming(self, step: Callable[[], Awaitable[None]]) -> None:
        """Await `step` after the readers opened and before the first poll."""
        self._before.append(step)

    def consume(
        self,
        channel: Channel,
        work: Work,
        *,
        policy: Policy | None = None,
        starting_offsets: StartingOffsets | None = None,
        on_stopping: Callable[[], None] | None = None,
        group: str | None = None,
    ) -> Delivery:
        """Consume `channel` in the group `<service>.<channel>`, at least once.

        `group` replaces the service's name where it consumes the channel a second time.
        """
        delivery = Delivery(
            self.broker,
            channel,
            work,
            service=self.service,
            group=group,
            settings=self.settings,
            producer=lambda: self.producer,
            metrics=self.metrics,
            policy=policy,
            starting_offsets=starting_offsets,
            renew_producer=self.renew_producer,
            on_stopping=on_stopping,
        )
        delivery.watch(self.readiness)
        self._deliveries.append(delivery)
        return delivery

    async def renew_producer(self) -> None:
        """A new producer in the place of one whose sequence is lost for good."""
        broken = self.producer
        fresh = create_producer(self.settings)
        try:
            await fresh.start()
        except KafkaError as error:
            _log.warning("producer cannot be made anew yet", error=repr(error))
            await fresh.stop()
            return
        self._producer = fresh
        _log.warning("producer made anew")
        try:
            async with asyncio.timeout(PRODUCER_STOP_SECONDS):
                await broken.stop()
        except (KafkaError, TimeoutError) as error:
            _log.warning("the broken producer did not stop in order", error=repr(error))

    async def _drain(self) -> None:
        if not self._is_drained:
            self._is_drained = True
            await asyncio.gather(*(delivery.drain() for delivery in self._deliveries))

    async def _leave(self) -> None:
        await self.readiness.leave(self.settings.stop_grace_seconds)
        await self._drain()

    def build(self) -> WorkerApp:
        """The application: `uvicorn` runs it, its lifespan opens and closes everything in order."""

        @asynccontextmanager
        async def lifespan() -> AsyncIterator[None]:
            await wait_for_kafka(self.settings.kafka_bootstrap, KAFKA_WAIT_SECONDS)
            await verify_topics(self.settings.kafka_bootstrap, self._channels)
            self._producer = create_producer(self.settings)
            await self._producer.start()
            opened: list[Reader] = []
            try:
                for reader in self._readers:
                    await reader.start()
                    opened.append(reader)
                for step in self._before:
                    await step()
                yield
            finally:
                for reader in reversed(opened):
                    await reader.stop()
                await self._producer.stop()

        async def on_startup() -> None:
            # AsgiFastStream says "started" before its broker is, and a broker that fails then leaves
            # a process without consumers. Started here, a failure is a failed start.
            await self.broker.start()
            for delivery in self._deliveries:
                delivery.start_ticker()
            _log.info("started", service=self.service)

        app = WorkerApp(
            self.broker,
            lifespan=lifespan,
            on_startup=[on_startup],
            on_shutdown=[self._drain],
            asgi_routes=health_routes(self.readiness, self.registry),
            specification=AsyncAPI(title=f"PredictionDex {self.service}"),
            logger=None,
        )
        app.leave = self._leave
        return app
