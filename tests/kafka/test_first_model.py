"""The first start: training is asked for on the bus, and followed until it is completed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.channels import TRAINING_COMPLETED, TRAINING_PROGRESSED, TRAINING_REQUESTED
from contracts.models import TrainingCompleted, TrainingProgressed, TrainingRequested
from services.cli.first_model import train
from services.cli.reaching import NotRunning
from services.embedded.kafka import EmbeddedKafka
from services.embedded.processes import PartFailed
from shared.bus import create_producer, decode, publish
from shared.settings import Settings
from shared.topics import create_topics

Trainer = Callable[[AIOKafkaProducer, str], Awaitable[None]]


@pytest.fixture
def settings(kafka_bootstrap: str) -> Settings:
    return Settings(kafka_bootstrap=kafka_bootstrap)


@pytest.fixture
async def producer(settings: Settings) -> AsyncIterator[AIOKafkaProducer]:
    producer = create_producer(settings)
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
async def requests(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """Stands at the end of the requests, as the training service does."""
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap)
    await consumer.start()
    partition = TopicPartition(TRAINING_REQUESTED.name, 0)
    consumer.assign([partition])
    await consumer.seek_to_end(partition)
    await consumer.position(partition)
    yield consumer
    await consumer.stop()


def completed(training_id: str, **changes: str) -> TrainingCompleted:
    fields = {
        "training_id": training_id,
        "family": "battle",
        "outcome": "released",
        "version": "v1",
        **changes,
    }
    return TrainingCompleted(**fields)  # type: ignore[arg-type]


async def ask(
    settings: Settings, producer: AIOKafkaProducer, requests: AIOKafkaConsumer, trainer: Trainer
) -> TrainingCompleted:
    """Ask for the first model, and let `trainer` answer the request."""

    async def answer() -> None:
        record = await requests.getone()
        assert record.key is not None
        assert record.value is not None
        assert decode(TRAINING_REQUESTED, record.value).trigger == "first-start"
        await trainer(producer, record.key.decode())

    request = TrainingRequested(family="battle", trigger="first-start")
    outcome, _ = await asyncio.gather(train(settings, request, lambda: None), answer())
    return outcome


async def test_progress_is_shown_until_the_model_is_released(
    settings: Settings,
    producer: AIOKafkaProducer,
    requests: AIOKafkaConsumer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def trainer(producer: AIOKafkaProducer, training_id: str) -> None:
        for fraction in (0.1, 0.5):
            progressed = TrainingProgressed(
                training_id=training_id, family="battle", step="simulate", fraction=fraction
            )
            await publish(producer, TRAINING_PROGRESSED, progressed, key=training_id)
            await asyncio.sleep(0.5)
        await publish(producer, TRAINING_COMPLETED, completed(training_id), key=training_id)

    assert (await ask(settings, producer, requests, trainer)).version == "v1"
    assert "50%  simulate" in capsys.readouterr().out


async def test_the_end_of_another_training_is_not_ours(
    settings: Settings, producer: AIOKafkaProducer, requests: AIOKafkaConsumer
) -> None:
    async def trainer(producer: AIOKafkaProducer, training_id: str) -> None:
        await publish(producer, TRAINING_COMPLETED, completed("another", version="v0"), key="another")
        await publish(producer, TRAINING_COMPLETED, completed(training_id), key=training_id)

    assert (await ask(settings, producer, requests, trainer)).version == "v1"


async def test_the_wait_ends_when_a_part_has_failed(settings: Settings) -> None:
    def check() -> None:
        raise PartFailed("training ended again and again.")

    with pytest.raises(PartFailed, match="again and again"):
        await train(settings, TrainingRequested(family="battle", trigger="first-start"), check)


async def test_who_waits_for_a_training_is_told_that_kafka_went_away(tmp_path: Path) -> None:
    broker = EmbeddedKafka(tmp_path)
    broker.start()
    try:
        await create_topics(broker.bootstrap)
        asked = asyncio.Event()
        waiting = asyncio.create_task(
            train(
                Settings(kafka_bootstrap=broker.bootstrap),
                TrainingRequested(family="battle"),
                on_asked=lambda _: asked.set(),
                away_s=1.0,
            )
        )
        async with asyncio.timeout(60):
            await asked.wait()
        broker.kill()
        with pytest.raises(NotRunning, match="does not answer any more"):
            async with asyncio.timeout(20):
                await waiting
    finally:
        broker.stop()
