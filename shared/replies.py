"""Request and reply over Kafka: the requester.

Delivery: a call has at most one outcome, typed. The requester assigns itself one partition of the
reply topic, so that no rebalance can lose a reply (ADR 0002). What nobody waits for is counted and
dropped.
"""

import asyncio
import binascii
import time
import uuid
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import CollectorRegistry

from contracts import headers as names
from contracts.channels import REQUEST_ANSWERED, Channel
from contracts.serving import Predicted, Refused
from shared.bus import check_broker, create_producer, decode, encode, publish, record_headers
from shared.errors import (
    CallFailed,
    Misconfigured,
    NotReady,
    Overloaded,
    PoisonMessage,
    ReplyTimeout,
    ShuttingDown,
    TransientFailure,
)
from shared.groupless import create_groupless_consumer, stop_reading
from shared.logs import get_logger
from shared.metrics import RequesterMetrics
from shared.overload import AnswerRate, is_overload, overload_of
from shared.polling import batches
from shared.settings import Settings

TELL_SECONDS: Final = 5.0
LOCAL_MARGIN_SECONDS: Final = 0.05
"""The local timeout runs out a little before the deadline that services see."""
_log = get_logger(__name__)

Reply = Predicted | Refused


class Requester:
    """Asks on any `*.requested` channel and waits for the reply. One per process."""

    def __init__(self, settings: Settings, *, name: str, registry: CollectorRegistry | None = None) -> None:
        """Nothing is opened before `start`."""
        self._settings = settings
        self._instance = f"{name}-{settings.instance_id}"
        self._metrics = RequesterMetrics(registry or CollectorRegistry())
        self._producer: AIOKafkaProducer | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._reading: asyncio.Task[None] | None = None
        self._pending: dict[str, asyncio.Future[Reply]] = {}
        self._rate = AnswerRate()
        self._partition = 0
        self.is_ready = False

    @property
    def pending(self) -> int:
        """How many calls wait for a reply."""
        return len(self._pending)

    @property
    def bootstrap(self) -> str:
        """The broker that is asked."""
        return self._settings.kafka_bootstrap

    async def start(self) -> None:
        """Open producer and reply partition; ready once the position is known. Raises KafkaError."""
        self._producer = create_producer(self._settings)
        await self._producer.start()
        consumer = create_groupless_consumer(self._settings, begin="latest", client_id=self._instance)
        self._consumer = consumer
        await consumer.start()
        # those who answer refuse partitions beyond the table, should somebody have added some
        partitions = min(await _partitions(self._producer), REQUEST_ANSWERED.partitions)
        self._partition = binascii.crc32(self._instance.encode()) % partitions
        mine = TopicPartition(REQUEST_ANSWERED.name, self._partition)
        consumer.assign([mine])
        await consumer.seek_to_end(mine)
        await consumer.position(mine)
        self._reading = asyncio.create_task(self._read(consumer), name="replies")
        self.is_ready = True

    async def stop(self) -> None:
        """Refuse new calls, fail pending ones with ShuttingDown, close."""
        self.is_ready = False
        for future in list(self._pending.values()):
            if not future.done():
                future.set_exception(ShuttingDown("the requester was stopped"))
        await stop_reading(self._reading, self._consumer)
        self._reading = None
        if self._producer is not None:
            await self._producer.stop()

    async def check(self) -> str | None:
        """The readiness check: replies are read, and the broker answers."""
        if not self.is_ready:
            return "the reply partition is not read yet"
        if self._reading is None or self._reading.done():
            return "replies are not being read"
        assert self._producer is not None
        return await check_broker(self._producer)

    async def ask(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        *,
        request_id: str | None = None,
        timeout_s: float = 5.0,
        requester: str | None = None,
    ) -> Reply:
        """Publish `body` on `channel` and wait for its reply.

        `request_id` (the key) is drawn when not given; asking again with the same id and body is
        safe. `requester`: whose history the answer belongs to. Raises NotReady, Overloaded,
        ReplyTimeout or ShuttingDown.
        """
        if not self.is_ready or self._producer is None or self._reading is None or self._reading.done():
            raise NotReady("the requester is not ready")
        overload = overload_of(len(self._pending), self._rate.per_second(time.monotonic()), timeout_s)
        if overload is not None:
            self._metrics.calls.labels("overloaded").inc()
            raise overload
        key = request_id or uuid.uuid4().hex
        correlation_id = uuid.uuid4().hex
        started = time.perf_counter()
        # The entry exists before the send: a reply may be faster than the send's own return.
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._pending[correlation_id] = future
        self._metrics.pending.set(len(self._pending))
        outcome = "failed"
        try:
            async with asyncio.timeout(timeout_s - LOCAL_MARGIN_SECONDS):
                await self._send(channel, body, key, correlation_id, timeout_s, requester)
                reply = await future
            if isinstance(reply, Refused) and is_overload(reply):
                outcome = "overloaded"
                raise Overloaded(reply.message, reply.retry_after_s or 1.0)
            self._rate.saw(time.monotonic())
            outcome = "predicted" if isinstance(reply, Predicted) else "refused"
            return reply
        except TimeoutError:
            outcome = "timeout"
            raise ReplyTimeout(f"no reply to request {key} within {timeout_s:g} s") from None
        except KafkaError as error:
            raise NotReady(f"request {key} could not be published: {error!r}") from error
        finally:
            self._pending.pop(correlation_id, None)
            future.cancel()
            self._metrics.pending.set(len(self._pending))
            self._metrics.calls.labels(outcome).inc()
            self._metrics.seconds.observe(time.perf_counter() - started)

    async def tell(self, channel: Channel, body: msgspec.Struct, *, key: str) -> None:
        """Publish `body`, to which nobody replies, and wait for the broker.

        Telling again with the same key and body must be safe. Raises NotReady when it was not written,
        or may not have been.
        """
        if not self.is_ready or self._producer is None:
            raise NotReady("the requester is not ready")
        try:
            await publish(self._producer, channel, body, key=key, timeout_s=TELL_SECONDS)
        except TransientFailure as error:
            raise NotReady(str(error)) from error

    async def _send(
        self,
        channel: Channel,
        body: msgspec.Struct | bytes,
        key: str,
        correlation_id: str,
        timeout_s: float,
        requester: str | None,
    ) -> None:
        assert self._producer is not None
        extra = {
            names.REQUEST_ID: key,
            names.CORRELATION_ID: correlation_id,
            names.REPLY_TO: REQUEST_ANSWERED.name,
            names.REPLY_PARTITION: str(self._partition),
            names.DEADLINE: str(int((time.time() + timeout_s) * 1000)),
        }
        if requester:
            extra[names.REQUESTER] = requester
        value = body if isinstance(body, bytes) else encode(channel, body)
        acknowledged = await self._producer.send(
            channel.name, value, key=key.encode(), headers=record_headers(channel, extra)
        )
        await acknowledged

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for fetched in batches(consumer, "replies"):
            for records in fetched.values():
                for record in records:
                    try:
                        self._hand_over(record)
                    except Exception:  # noqa: BLE001 - said here
                        # Who may write to the topic must not be able to end the reading for all calls.
                        _log.exception("a reply could not be taken", offset=record.offset)

    def _hand_over(self, record: Any) -> None:
        # a header that is there may have no value
        correlation_id = dict(record.headers).get(names.CORRELATION_ID) or b""
        future = self._pending.get(correlation_id.decode("utf-8", "replace"))
        if future is None or future.done():
            self._metrics.unknown.inc()
            return
        try:
            future.set_result(decode(REQUEST_ANSWERED, record.value or b""))
        except PoisonMessage as error:
            future.set_exception(CallFailed(f"the reply could not be read: {error}"))


async def _partitions(producer: AIOKafkaProducer) -> int:
    """How many partitions the reply topic has on the broker, not in a constant."""
    try:
        return len(await producer.partitions_for(REQUEST_ANSWERED.name))
    except KafkaError as error:
        raise Misconfigured(
            f"the topic {REQUEST_ANSWERED.name} is missing: run `dex topics` ({error!r})"
        ) from error
