"""The requester of floors and peers: aiokafka and a dictionary of futures, nothing else."""

import asyncio
import itertools
import time
from typing import Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts import headers as names
from shared.tasks import end_task

ANSWER_SECONDS = 30.0
FIRST_ANSWER_SECONDS = 60.0


class BareClient:
    """Asks on `source` and awaits the reply on one partition; use as an asynchronous context manager.

    The headers are those of our requester, so that both sides carry the same bytes.
    """

    def __init__(
        self, bootstrap: str, source: str, reply_topic: str, partition: int, *, committed: bool = False
    ) -> None:
        """`committed`: see only what a transaction committed."""
        self._source, self._reply = source, TopicPartition(reply_topic, partition)
        self._producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            isolation_level="read_committed" if committed else "read_uncommitted",
        )
        self._pending: dict[bytes, asyncio.Future[bytes]] = {}
        self._numbers = itertools.count()

    async def __aenter__(self) -> Self:
        await self._producer.start()
        await self._consumer.start()
        self._consumer.assign([self._reply])
        await self._consumer.seek_to_end(self._reply)
        await self._consumer.position(self._reply)
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        await end_task(self._reading)
        await self._consumer.stop()
        await self._producer.stop()

    async def ask(self, body: bytes) -> bytes:
        """The answer to `body`. Raises TimeoutError."""
        correlation_id = b"%032d" % next(self._numbers)
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._pending[correlation_id] = future
        try:
            await self._producer.send(
                self._source, body, key=correlation_id, headers=self._headers(correlation_id)
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                return await future
        finally:
            del self._pending[correlation_id]

    async def wait_answered(self, body: bytes) -> None:
        """Return once the other side answers at all."""
        async with asyncio.timeout(FIRST_ANSWER_SECONDS):
            tries = [asyncio.ensure_future(self.ask(body))]
            while True:
                done, _ = await asyncio.wait(tries, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
                if done:
                    break
                tries.append(asyncio.ensure_future(self.ask(body)))
            for one in tries:
                one.cancel()
            await asyncio.gather(*tries, return_exceptions=True)

    def _headers(self, correlation_id: bytes) -> list[tuple[str, bytes]]:
        return [
            (names.SCHEMA_VERSION, b"1"),
            (names.REQUEST_ID, correlation_id),
            (names.CORRELATION_ID, correlation_id),
            (names.REPLY_TO, self._reply.topic.encode()),
            (names.REPLY_PARTITION, b"%d" % self._reply.partition),
            (names.DEADLINE, b"%d" % int((time.time() + ANSWER_SECONDS) * 1_000)),
        ]

    async def _read(self) -> None:
        while True:
            for records in (await self._consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    future = self._pending.get(dict(record.headers).get(names.CORRELATION_ID, b""))
                    if future is not None and not future.done():
                        future.set_result(record.value)
