"""The local Kafka and PostgreSQL keep their data over a stop and a crash."""

from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import TopicPartition

from services.embedded import class_archive
from services.embedded.kafka import EmbeddedKafka, probe_kafka
from services.embedded.ports import free_port
from services.embedded.postgres import EmbeddedPostgres

pytestmark = pytest.mark.timeout(180)


async def publish(bootstrap: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def read_first(bootstrap: str, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    partition = TopicPartition(topic, 0)
    await consumer.start()
    try:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        record = await consumer.getone()
    finally:
        await consumer.stop()
    assert record.value is not None
    return record.value


async def test_a_record_outlives_a_killed_broker(tmp_path: Path) -> None:
    broker = EmbeddedKafka(tmp_path)
    broker.start()
    try:
        admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic("kept", 1, 1)])
        await admin.close()
        await publish(broker.bootstrap, "kept", b"still here")
        broker.kill()
        broker.start()
        assert await read_first(broker.bootstrap, "kept") == b"still here"
    finally:
        broker.stop()


def test_a_broker_starts_from_the_class_archive_and_from_half_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "classes.aot"
    started = EmbeddedKafka(tmp_path / "first")
    started.prepare()
    whole = class_archive.file().read_bytes()
    assert f"-XX:AOTCache={class_archive.file()}" in started.command().arguments

    archive.write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(class_archive, "file", lambda: archive)
    broker = EmbeddedKafka(tmp_path / "second")
    try:
        broker.start()
        assert f"-XX:AOTCache={archive}" in broker.command().arguments
    finally:
        broker.stop()


async def test_a_row_outlives_a_killed_server(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    server.start()
    url = server.url().replace("+asyncpg", "")
    try:
        connection = await asyncpg.connect(url)
        await connection.execute("create table kept (value int); insert into kept values (7)")
        server.kill()
        await connection.close(timeout=1)
        server.start()
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("select value from kept") == 7
        await connection.close()
    finally:
        server.remove()


async def test_the_database_wants_its_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(
            host="127.0.0.1", port=postgres.port, user="pdx", password="guess", database="pdx"
        )


def test_a_broker_that_is_not_there_is_a_reason_not_an_error() -> None:
    port, other = free_port(), free_port()
    assert f"127.0.0.1:{port}" in (probe_kafka(f"127.0.0.1:{port}") or "")
    both = probe_kafka(f"127.0.0.1:{port}, 127.0.0.1:{other}") or ""
    assert f"127.0.0.1:{port}:" in both
    assert f"127.0.0.1:{other}:" in both
    assert "nowhere" in (probe_kafka("nowhere") or "")


@pytest.mark.parametrize("order", [1, -1])
def test_one_broker_of_several_that_lives_is_enough(
    kafka_bootstrap: str, order: int, caplog: pytest.LogCaptureFixture
) -> None:
    addresses = [f"127.0.0.1:{free_port()}", kafka_bootstrap][::order]
    assert probe_kafka(",".join(addresses)) is None
    assert "connect" not in caplog.text
