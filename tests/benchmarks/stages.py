"""Floors and peers: stages that echo, one process each. `python -m tests.benchmarks.stages KIND …`.

`bare`           aiokafka alone: no group, no commit, nothing awaited but the next record
`transactional`  a transaction per poll batch with the offsets in it, reading what is committed
`default`        FastStream as its documentation shows it: a Pydantic model in and out, `reply_to`
`each`           the same, committing every message
`ours`           one stage of ours: delivery, door, msgspec, acknowledged results, a commit a second

A stage with a sink hands on; one without replies to where the request says. `--payload` names the
file whose bytes it sends instead of those it received.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker
from pydantic import BaseModel

from contracts import headers as names
from contracts.channels import Channel
from shared.delivery import Delivered, Outgoing
from shared.service import run
from shared.service_app import ServiceBuilder
from shared.settings import Settings


class Note(msgspec.Struct, frozen=True):
    """What stages of ours and of FastStream's carry."""

    number: int
    text: str


class NoteModel(BaseModel):
    """The same for Pydantic."""

    number: int
    text: str


def note_channel(topic: str) -> Channel:
    """The channel of one stage of ours."""
    return Channel(
        name=topic,
        summary="made for the benchmark",
        messages=(Note,),
        key="request id",
        partitions=4,
        retention_ms=600_000,
        producers=("bench",),
        consumers=("bench",),
        dead_letters=True,
    )


class Stage:
    """Where a stage reads, where it sends, and what."""

    def __init__(self, bootstrap: str, source: str, sink: str, payload: bytes) -> None:
        self.bootstrap, self.source, self._sink, self._payload = bootstrap, source, sink, payload

    async def send(self, producer: AIOKafkaProducer, record: ConsumerRecord) -> None:
        """Hand on, or reply; the acknowledgement is not awaited."""
        value = self._payload or record.value
        if self._sink:
            await producer.send(self._sink, value, key=record.key, headers=list(record.headers))
            return
        found = dict(record.headers)
        await producer.send(
            found[names.REPLY_TO].decode(),
            value,
            key=record.key,
            partition=int(found[names.REPLY_PARTITION]),
            headers=[(names.SCHEMA_VERSION, b"1"), (names.CORRELATION_ID, found[names.CORRELATION_ID])],
        )

    async def bare(self) -> None:
        """The floor."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, enable_auto_commit=False)
        await producer.start()
        await consumer.start()
        partitions = [TopicPartition(self.source, number) for number in range(4)]
        consumer.assign(partitions)
        await consumer.seek_to_end(*partitions)
        while True:
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    await self.send(producer, record)

    async def transactional(self) -> None:
        """Kafka's exactly-once within the broker."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=f"bench-{self.source}", linger_ms=0
        )
        consumer = AIOKafkaConsumer(
            self.source,
            bootstrap_servers=self.bootstrap,
            group_id=self.source,
            enable_auto_commit=False,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
        )
        await producer.start()
        await consumer.start()
        while True:
            fetched = await consumer.getmany(timeout_ms=1_000, max_records=500)
            if not fetched:
                continue
            offsets = {partition: records[-1].offset + 1 for partition, records in fetched.items()}
            async with producer.transaction():
                for records in fetched.values():
                    for record in records:
                        await self.send(producer, record)
                await producer.send_offsets_to_transaction(offsets, self.source)

    async def faststream(self, options: dict[str, Any]) -> None:
        """FastStream, one message at a time."""
        broker = KafkaBroker(self.bootstrap, logger=None)

        @broker.subscriber(self.source, group_id=self.source, auto_offset_reset="earliest", **options)
        async def echo(body: NoteModel) -> NoteModel:
            return body

        await FastStream(broker, logger=None).run()

    def ours(self) -> None:
        """One stage of our path, with an echo for its work."""
        channel = note_channel(self.source)

        async def echo(batch: Sequence[Delivered]) -> list[Sequence[Outgoing]]:
            return [(self._reply(one),) for one in batch]

        def create_app(settings: Settings) -> Any:
            service = ServiceBuilder("echo", settings, [channel])
            service.consume(channel, echo)
            return service.build()

        os.environ["PDX_KAFKA_BOOTSTRAP"] = self.bootstrap
        run("echo", create_app)

    def _reply(self, delivered: Delivered) -> Outgoing:
        reply = delivered.reply
        assert reply is not None
        headers = [(names.SCHEMA_VERSION, b"1"), (names.CORRELATION_ID, reply.correlation_id.encode())]
        value = msgspec.json.encode(delivered.message)
        topic = dict(delivered.record.headers)[names.REPLY_TO] or b""
        return Outgoing(topic.decode(), delivered.key.encode(), value, headers, reply.partition)


def main() -> None:
    """Run one stage until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("bare", "transactional", "default", "each", "ours"))
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--sink", default="")
    parser.add_argument("--payload", type=Path)
    chosen = parser.parse_args()
    payload = chosen.payload.read_bytes() if chosen.payload else b""
    stage = Stage(chosen.bootstrap, chosen.source, chosen.sink, payload)
    if chosen.kind == "ours":
        stage.ours()
    elif chosen.kind in ("default", "each"):
        asyncio.run(stage.faststream({"ack_policy": AckPolicy.ACK} if chosen.kind == "each" else {}))
    else:
        asyncio.run(getattr(stage, chosen.kind)())


if __name__ == "__main__":
    main()
