"""Stands in for feature and inference: answers battle requests on a real broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from contracts import headers as names
from contracts.battle import BattleRequested
from contracts.channels import BATTLE_REQUESTED, REQUEST_ANSWERED
from contracts.serving import Refused
from shared.bus import create_producer, decode
from shared.settings import Settings
from shared.tasks import end_task
from tests.support.gateway import predicted

SILENT_NAME = "silence"


@asynccontextmanager
async def answering(settings: Settings) -> AsyncIterator[list[tuple[str, BattleRequested]]]:
    """Answers each request, refuses the Pokémon `pikachuu`, says nothing to `silence`.

    Yields the list of what was asked, key and body.
    """
    asked: list[tuple[str, BattleRequested]] = []
    consumer = AIOKafkaConsumer(
        BATTLE_REQUESTED.name,
        bootstrap_servers=settings.kafka_bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="latest",
    )
    producer = create_producer(settings)
    await consumer.start()
    await producer.start()
    for partition in consumer.assignment():
        await consumer.position(partition)

    async def answer() -> None:
        async for record in consumer:
            request = decode(BATTLE_REQUESTED, record.value)
            asked.append((record.key.decode(), request))
            if request.a.pokemon != SILENT_NAME:
                await _reply(producer, dict(record.headers), record.key, request)

    task = asyncio.create_task(answer())
    try:
        yield asked
    finally:
        await end_task(task)
        await consumer.stop()
        await producer.stop()


async def _reply(
    producer: AIOKafkaProducer, headers: dict[str, bytes], key: bytes, request: BattleRequested
) -> None:
    request_id = key.decode()
    assert headers[names.REQUEST_ID] == key
    assert headers[names.REPLY_TO].decode() == REQUEST_ANSWERED.name
    reply: msgspec.Struct = predicted(request_id)
    if request.a.pokemon == "pikachuu":
        reply = Refused(
            request_id=request_id,
            field="a.pokemon",
            value="pikachuu",
            reason="unknown",
            message="There is no Pokémon pikachuu.",
            remedy="Take a suggestion.",
            suggestions=("Pikachu",),
        )
    await producer.send_and_wait(
        REQUEST_ANSWERED.name,
        msgspec.json.encode(reply),
        key=key,
        partition=int(headers[names.REPLY_PARTITION]),
        headers=[(names.CORRELATION_ID, headers[names.CORRELATION_ID])],
    )
