"""Readiness says what a process cannot do: a reading task that died, a broker that is away."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.embedded.kafka import EmbeddedKafka
from services.gateway.app import create_app
from services.gateway.ports import GatewayPorts
from shared.access_reader import AccessReader
from shared.model_reader import ModelReader
from shared.pokedex_reader import PokedexReader
from shared.replies import Requester
from shared.service_app import ServiceBuilder
from tests.support.asgi import running
from tests.support.bus import eventually, make_topics, ping_channel, settings_for
from tests.support.gateway import Fakes
from tests.support.pokedex_topics import publish_packaged_pokedex

pytestmark = pytest.mark.timeout(180)


async def checks_of(client: httpx.AsyncClient) -> dict[str, str]:
    response = await client.get("/health/ready")
    report = response.json()
    assert report["ready"] == (response.status_code == 200)
    found: dict[str, str] = report["checks"]
    return found


async def test_a_gateway_sees_its_dead_tasks_and_a_broker_that_is_away(
    kafka: EmbeddedKafka, tmp_path: Path
) -> None:
    settings = settings_for(kafka.bootstrap, data_dir=tmp_path)
    await publish_packaged_pokedex(settings)
    parts: dict[str, Any] = {
        "replies": Requester(settings, name="ready"),
        "pokedex": PokedexReader(settings),
        "model": ModelReader(settings),
        "keys": AccessReader(settings),
    }
    fakes = Fakes()
    ports = GatewayPorts(
        parts["replies"],
        parts["pokedex"],
        parts["model"],
        parts["keys"],
        log=fakes.log,
        jobs=fakes.jobs,
        tail=fakes.tail,
        drift=fakes.drift,
    )
    app = create_app(settings, ports)
    transport = httpx.ASGITransport(app=app)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:

        async def are_ok() -> bool:
            checks = await checks_of(client)
            return {checks[name] for name in ("replies", "pokedex", "keys")} == {"ok"}

        await eventually(are_ok, "the parts to be ready")

        kafka.pause()
        try:
            assert (await checks_of(client))["replies"] != "ok"
        finally:
            kafka.resume()
        await eventually(are_ok, "the parts to be ready once the broker is back")

        tasks: dict[str, asyncio.Task[None]] = {
            "replies": parts["replies"]._reading,
            **{name: parts[name]._reader._task for name in ("pokedex", "model", "keys")},
        }
        for name, task in tasks.items():
            task.cancel()
            await asyncio.wait([task])
            assert "read" in (await checks_of(client))[name], name


async def test_a_worker_sees_its_dead_consumer_and_a_broker_that_is_away(kafka: EmbeddedKafka) -> None:
    settings, source = settings_for(kafka.bootstrap), ping_channel()
    await make_topics(kafka.bootstrap, source)
    service = ServiceBuilder("ready", settings, [source])

    async def work(batch: Any) -> list[Any]:
        return [() for _ in batch]

    delivery = service.consume(source, work)

    async def check(name: str) -> str:
        return (await service.readiness.report()).checks[name]

    def says(name: str, condition: Callable[[str], bool]) -> Callable[[], Any]:
        async def holds() -> bool:
            return condition(await check(name))

        return holds

    consumer = f"consumer {source.name}"
    async with running(service.build()):
        await eventually(says(consumer, lambda text: text == "ok"), "the consumer to be ready")
        assert await check("kafka") == "ok"

        kafka.pause()
        try:
            assert await check("kafka") != "ok"
        finally:
            kafka.resume()
        await eventually(says("kafka", lambda text: text == "ok"), "Kafka to answer again")

        await eventually(says(consumer, lambda text: text == "ok"), "the consumer to be back")
        ticker = delivery._offsets._ticker
        assert ticker is not None
        ticker.cancel()
        await asyncio.wait([ticker])
        assert await check(consumer) == "its offsets are not being committed"

        for task in delivery.subscriber.tasks:
            task.cancel()
        await asyncio.wait(delivery.subscriber.tasks)
        assert await check(consumer) == "its polling has ended"
