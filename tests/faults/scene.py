"""The system that the rows break: a broker, a database and the services of the request path."""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.channels import BATTLE_REQUESTED, FEATURES_COMPUTED, PREDICTIONS_MADE, Channel
from services.embedded.kafka import EmbeddedKafka
from services.embedded.ports import LOOPBACK, free_port
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.processes import in_thread
from shared.battle.family import BattleFamily
from shared.settings import Settings
from shared.signing import ensure_keys
from shared.topics import create_topics
from tests.support.kill_points import Inside
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.released import release_battle_model
from tests.support.service_process import Member

PATH: Final[tuple[tuple[str, Channel], ...]] = (
    ("feature", BATTLE_REQUESTED),
    ("inference", FEATURES_COMPUTED),
    ("recorder", PREDICTIONS_MADE),
)
"""Services of the request path with what each consumes, in the order in which a request passes them."""
MODEL: Final = "v1"
METADATA_MS: Final[int] = Settings.model_fields["metadata_max_age_ms"].default


@dataclass(frozen=True, slots=True)
class Durations:
    """How patient the services are: as they ship, or shortened so that a row takes seconds."""

    session_ms: int
    commit_s: float
    metadata_ms: int

    @property
    def session_s(self) -> float:
        return self.session_ms / 1_000


SHORT: Final = Durations(session_ms=2_000, commit_s=0.2, metadata_ms=1_000)
REAL: Final = Durations(session_ms=10_000, commit_s=1.0, metadata_ms=METADATA_MS)


class Broker(Protocol):
    """What a scene asks of its broker, or of its brokers."""

    @property
    def bootstrap(self) -> str:
        """host:port, with commas."""


class Scene:
    """Started once for many rows; a row that breaks a part leaves it to `mend`."""

    def __init__(self, directory: Path, durations: Durations, planted: str = "") -> None:
        """Nothing is started yet. `planted` names a defect of all services.

        Clients that are to meet network faults use `proxied_port`.
        """
        self.directory = directory
        self.durations = durations
        self.planted = planted
        self.proxied_port, listener = free_port(), free_port()
        self.broker_behind_proxy = (LOOPBACK, listener)
        self.broker = _broker_with_second_door(directory / "kafka", listener, self.proxied_port)
        self.kafka: Broker = self.broker
        self.postgres = EmbeddedPostgres(directory / "postgres")
        self.members: dict[str, Member] = {}
        self._spawned = 0

    def start(self) -> None:
        """Start everything; blocks."""
        BattleFamily().prepare(load_snapshot_pokedex())
        self.broker.start()
        self.postgres.start()
        self.database_url = self.postgres.create_database("faults")
        ensure_keys(self.settings().signing_key_file, self.settings().verify_key_file)
        self.settings().storage_secret_file.write_text(secrets.token_urlsafe(48), "utf-8")
        in_thread(lambda: asyncio.run(self._fill()))

    async def _fill(self) -> None:
        await create_topics(self.kafka.bootstrap)
        await publish_packaged_pokedex(self.settings())
        await release_battle_model(self.settings(), MODEL)

    def stop(self) -> None:
        """End every process of ours."""
        for member in self.members.values():
            if member.is_alive:
                member.kill()
        self.postgres.remove()
        self.broker.stop()

    def settings(self, **changes: Any) -> Settings:
        """Settings of a process of this system."""
        values: dict[str, Any] = {
            "kafka_bootstrap": self.kafka.bootstrap,
            "database_url": self.database_url,
            "data_dir": self.directory / "data",
            "instance_id": f"faults-{time.monotonic_ns()}",
            "session_timeout_ms": self.durations.session_ms,
            "commit_interval_seconds": self.durations.commit_s,
            "metadata_max_age_ms": self.durations.metadata_ms,
        }
        return Settings(**(values | changes))

    def member(self, service: str, inside: Inside | None = None, **changes: Any) -> Member:
        """A process of `service` that is not started yet and that nobody but the caller ends."""
        self._spawned += 1
        log = self.directory / f"{service}-{self._spawned}.log"
        settings = self.settings(**({"model_cache_dir": self.directory / "models" / log.stem} | changes))
        return Member(service, settings, log, inside=replace(inside or Inside(), planted=self.planted))

    @asynccontextmanager
    async def another(
        self, service: str, inside: Inside | None = None, *, ready: bool = True, **changes: Any
    ) -> AsyncIterator[Member]:
        """A second process of `service` while the context lasts."""
        member = self.member(service, inside, **changes)
        member.start()
        try:
            if ready:
                await member.wait_ready()
            yield member
        finally:
            if member.is_alive:
                member.kill()

    async def mend(self) -> None:
        """Every part runs and is ready, whatever the row before did; logs are read from here on."""
        if not self.broker.process.is_running:
            await asyncio.to_thread(self.broker.start)
        if not self.postgres.process.is_running:
            await asyncio.to_thread(self.postgres.start)
        for service, _ in PATH:
            if service not in self.members:
                self.members[service] = self.member(service)
            if not self.members[service].is_alive:
                self.members[service].start()
        await asyncio.gather(*(member.wait_ready() for member in self.members.values()))
        for member in self.members.values():
            member.mark_log()

    @asynccontextmanager
    async def cast(self, **changes: Any) -> AsyncIterator[dict[str, Member]]:
        """Other processes in the place of the usual ones while the context lasts, with other settings."""
        usual = self.members
        for member in usual.values():
            member.terminate()
        for member in usual.values():
            await member.wait_gone(15)
        self.members = {service: self.member(service, **changes) for service, _ in PATH}
        try:
            for member in self.members.values():
                member.start()
            await asyncio.gather(*(member.wait_ready() for member in self.members.values()))
            yield self.members
        finally:
            for member in self.members.values():
                if member.is_alive:
                    member.kill()
            self.members = usual

    @asynccontextmanager
    async def on(self, broker: "Broker") -> AsyncIterator[None]:
        """Everything works on another broker while the context lasts; it gets topics, Pokédex and model."""
        usual = self.kafka
        self.kafka = broker
        try:
            await self._fill()
            async with self.cast():
                yield
        finally:
            self.kafka = usual

    @property
    def proxied_bootstrap(self) -> str:
        """host:port of the proxy that leads to the broker's second door."""
        return f"{LOOPBACK}:{self.proxied_port}"

    async def ends(self, *topics: str) -> dict[str, list[int]]:
        """End offsets of each topic, by partition."""
        return await end_offsets(self.kafka.bootstrap, *topics)

    async def lag(self) -> int:
        """Records of the request path that are not committed yet, read in the order of the path."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.kafka.bootstrap, request_timeout_ms=3_000)
        await admin.start()
        try:
            behind = 0
            for service, channel in PATH:
                group = await admin.list_consumer_group_offsets(f"{service}.{channel.name}")
                ends = (await self.ends(channel.name))[channel.name]
                for number, end in enumerate(ends):
                    found = group.get(TopicPartition(channel.name, number))
                    # a topic that was made anew may end before what its group had read of the old one
                    behind += max(end - max(found.offset if found else 0, 0), 0)
            return behind
        finally:
            await admin.close()


async def end_offsets(bootstrap: str, *topics: str) -> dict[str, list[int]]:
    """End offsets of each topic, by partition."""
    consumer = AIOKafkaConsumer(*topics, bootstrap_servers=bootstrap, enable_auto_commit=False, group_id=None)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(sorted(consumer.assignment()))
        found: dict[str, list[int]] = {topic: [] for topic in topics}
        for partition in sorted(ends):
            found[partition.topic].append(ends[partition])
        return found
    finally:
        await consumer.stop()


def is_open(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _broker_with_second_door(directory: Path, listener: int, advertised: int) -> EmbeddedKafka:
    # A client follows the advertised address past any proxy: the proxied door advertises the proxy.
    port, controller = free_port(), free_port()
    return EmbeddedKafka(
        directory,
        port=port,
        controller_port=controller,
        overrides={
            "listeners": f"PLAINTEXT://{LOOPBACK}:{port},PROXIED://{LOOPBACK}:{listener},"
            f"CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port},PROXIED://{LOOPBACK}:{advertised}",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
        },
    )
