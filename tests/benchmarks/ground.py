"""What a run stands on: a broker of its own with topics, Pokédex and a signed release, and processes."""

import asyncio
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from contracts.channels import MODEL_ASSIGNED, MODEL_RELEASED
from contracts.models import ModelAssigned
from services.embedded.kafka import EmbeddedKafka
from services.embedded.layout import CHECKOUT
from services.embedded.ports import LOOPBACK, free_port
from services.embedded.postgres import EmbeddedPostgres
from services.embedded.processes import Command, LocalProcess
from services.embedded.stack import probe_service
from shared.artefacts import ArtefactStore
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.bus import create_producer, publish
from shared.settings import Settings
from shared.signing import ensure_keys, sign_release
from shared.topics import create_topics
from tests.support.battle_reference import store_reference
from tests.support.local_stack import user_environment
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.releases import a_release

VERSION = "bench"
READY_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Service:
    """A process of ours that answers its health endpoint; `seconds` from start to ready."""

    name: str
    port: int
    process: LocalProcess
    seconds: float

    @property
    def url(self) -> str:
        """Base URL."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def memory_mb(self) -> float:
        """Resident memory now."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20


class Ground:
    """A broker with files in `folder`; use as a context manager, which ends all that it started."""

    def __init__(self, folder: Path, model: bytes) -> None:
        """`model`: the ONNX file that is released."""
        self.folder = folder
        self._model = model
        self.kafka = EmbeddedKafka(folder / "kafka")
        self.postgres: EmbeddedPostgres | None = None
        self._processes: list[LocalProcess] = []

    def __enter__(self) -> "Ground":
        self.kafka.start()
        try:
            asyncio.run(self._prepare())
        except BaseException:
            self.kafka.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.stop()
        if self.postgres is not None:
            self.postgres.remove()
        self.kafka.stop()

    def settings(self, **changes: Any) -> Settings:
        """Settings of a process here."""
        if self.postgres is not None:
            changes.setdefault("database_url", self.postgres.url())
        return Settings(
            kafka_bootstrap=self.kafka.bootstrap,
            data_dir=self.folder,
            mlflow_tracking_uri=None,
            **changes,
        )

    def start_database(self) -> None:
        """A durable PostgreSQL, as `dex up` runs it."""
        self.postgres = EmbeddedPostgres(self.folder / "database")
        self.postgres.start()

    @contextmanager
    def running(self, *names: str, **variables: str) -> Iterator[dict[str, Service]]:
        """Services by name for as long as the context, started together; `variables` go to each."""
        begun = {name: self._begin(name, variables) for name in names}
        try:
            yield {name: self._ready(name, *one) for name, one in begun.items()}
        finally:
            for _, process, _ in begun.values():
                process.stop()

    @contextmanager
    def program(self, name: str, *arguments: str) -> Iterator[LocalProcess]:
        """A Python module of the benchmark for as long as the context."""
        process = self._spawn(name, (sys.executable, "-m", *arguments), {})
        try:
            yield process
        finally:
            process.stop()

    def start_timed(self, name: str) -> Service:
        """Start one service, and see how long it takes to be ready; it runs until the end."""
        return self._ready(name, *self._begin(name, {}))

    def _begin(self, name: str, variables: Mapping[str, str]) -> tuple[int, LocalProcess, float]:
        port, begin = free_port(), time.perf_counter()
        service, _, copy = name.partition("#")
        module = variables.get("module", "ui" if service == "ui" else f"services.{service}")
        settings = self.settings()
        environment = {
            "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
            "PDX_DATABASE_URL": settings.database_url,
            "PDX_DATA_DIR": str(self.folder),
            "PDX_HTTP_PORT": str(port),
            "PDX_INSTANCE_ID": f"bench-{service}{copy}",
            "PDX_LOG_FORMAT": "json",
            **{key: value for key, value in variables.items() if key != "module"},
        }
        arguments = (sys.executable, "-m", module, *((service,) if "module" in variables else ()))
        return port, self._spawn(name, arguments, environment), begin

    def _ready(self, name: str, port: int, process: LocalProcess, begin: float) -> Service:
        service = name.partition("#")[0]
        process.wait_until(lambda: probe_service(service, port), READY_SECONDS)
        return Service(service, port, process, time.perf_counter() - begin)

    def _spawn(self, name: str, arguments: tuple[str, ...], environment: Mapping[str, str]) -> LocalProcess:
        process = LocalProcess(name, self.folder / "logs" / f"{name}.log")
        # as supervisord runs them: threads that wait for each other on two busy cores are slower than one
        single = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        whole = {**user_environment(), **single, **environment}
        process.start(Command(arguments=arguments, directory=CHECKOUT, environment=whole, stop_seconds=7.0))
        self._processes.append(process)
        return process

    async def _prepare(self) -> None:
        settings = self.settings()
        await create_topics(settings.kafka_bootstrap)
        await publish_packaged_pokedex(settings)
        ensure_keys(settings.signing_key_file, settings.verify_key_file)
        artefact = ArtefactStore(settings.artifacts).put(self._model)
        release = a_release(
            version=VERSION,
            artefact_uri=artefact.uri,
            sha256=artefact.sha256,
            size_bytes=artefact.size_bytes,
            feature_set=FEATURE_SET,
            feature_names=FEATURE_NAMES,
            pokedex_hash=load_snapshot_pokedex().pokedex_hash,
            drift_reference=store_reference(ArtefactStore(settings.artifacts)),
        )
        signed = sign_release(release, settings.signing_key_file)
        assigned = ModelAssigned(family=signed.family, champion=VERSION, assigned_at_ms=1)
        producer = create_producer(settings)
        await producer.start()
        try:
            await publish(producer, MODEL_RELEASED, signed, key=f"{signed.family}/{VERSION}")
            await publish(producer, MODEL_ASSIGNED, assigned, key=signed.family)
        finally:
            await producer.stop()


def without_settings() -> None:
    """Forget what points this process at another stack."""
    for name in set(os.environ) - set(user_environment()):
        del os.environ[name]
