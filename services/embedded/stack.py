"""The parts of the local stack: what each runs, where it answers, when it is ready."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from services.embedded.kafka import EmbeddedKafka, probe_kafka
from services.embedded.layout import CHECKOUT, DataDirectory
from services.embedded.leftovers import MARK
from services.embedded.mlflow import EmbeddedMlflow, probe_http
from services.embedded.ports import LOOPBACK, PortBook
from services.embedded.postgres import USER, EmbeddedPostgres, probe_database
from services.embedded.processes import Command
from services.embedded.scale import instances, service_of
from services.embedded.supervisor import Program
from shared.errors import Misconfigured
from shared.private_files import write_private
from shared.settings import Settings

WORKERS: Final = ("ingest", "training", "feature", "inference", "recorder", "drift")
SITES: Final = ("gateway", "ui")
SERVICES: Final = (*WORKERS, *SITES)
FOUNDATION: Final = ("kafka", "database", "mlflow")
PARTS: Final = (*FOUNDATION, *SERVICES)
DEFAULT_PORTS: Final = {
    "kafka": 9092,
    "kafka_controller": 9093,
    "database": 5432,
    "mlflow": 5000,
    "gateway": 8000,
    "ui": 8080,
    **{worker: 8101 + number for number, worker in enumerate(WORKERS)},
}
FIRST_PORT_OF_MORE: Final = 8121
"""Second and further processes of a service."""
OUTSIDE_SETTINGS: Final = {
    "kafka": "PDX_KAFKA_BOOTSTRAP",
    "database": "PDX_DATABASE_URL",
    "mlflow": "MLFLOW_TRACKING_URI",
}
# supervisord stops high numbers first when it is told to end by anyone but us
PRIORITIES: Final = {"kafka": 10, "database": 20, "mlflow": 30, "services": 40}
DRAIN_SECONDS: Final = "5"
STOP_SECONDS: Final = 2.0
"""What a service takes to stop beyond its grace and its drain; then it is killed."""

Probe = Callable[[], str | None]
"""None when ready, else why not. Blocks for some seconds at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part. `is_external`: not ours to start; `address` is for people."""

    name: str
    address: str
    probe: Probe
    is_external: bool = False


class Stack:
    """All parts of one data directory, at the given ports."""

    def __init__(
        self,
        directory: DataDirectory,
        ports: Mapping[str, int],
        outside: Mapping[str, str],
        scale: Mapping[str, int] | None = None,
    ) -> None:
        """`outside` maps kafka, database or mlflow to the address of a server that is not ours.

        `scale`: service → processes, of those that run more than once.
        """
        self.directory = directory
        self.ports = dict(ports)
        self.outside = dict(outside)
        self.scale = dict(scale or {})
        root = directory.root
        self.kafka: EmbeddedKafka | None = None
        self.postgres: EmbeddedPostgres | None = None
        self.mlflow: EmbeddedMlflow | None = None
        if "kafka" not in outside:
            self.kafka = EmbeddedKafka(
                root / "kafka",
                port=ports["kafka"],
                controller_port=ports["kafka_controller"],
            )
        if "database" not in outside:
            self.postgres = EmbeddedPostgres(
                root / "database",
                port=ports["database"],
                password_file=directory.keys / "database.password",
            )
        if "mlflow" not in outside:
            self.mlflow = EmbeddedMlflow(root / "mlflow", ports["mlflow"])

    @classmethod
    def plan(
        cls,
        directory: DataDirectory,
        environment: Mapping[str, str] = os.environ,
        scale: Mapping[str, int] | None = None,
    ) -> "Stack":
        """Choose ports for all that is ours to start, and remember them."""
        outside = {
            part: environment[setting]
            for part, setting in OUTSIDE_SETTINGS.items()
            if environment.get(setting)
        }
        book = PortBook(directory.ports_file, environment)
        for part, default in DEFAULT_PORTS.items():
            if part.removesuffix("_controller") not in outside:
                book.choose(part, default)
        for instance in instances(SERVICES, scale or {}):
            if instance not in book.ports:
                book.choose(instance, FIRST_PORT_OF_MORE)
        book.save()
        return cls(directory, book.ports, outside, scale)

    @classmethod
    def load(cls, directory: DataDirectory) -> "Stack":
        """The stack that the last `up` described. Raises Misconfigured when there was none."""
        try:
            entries = json.loads((directory.run / "stack.json").read_text())
            return cls(directory, entries["ports"], entries["outside"], entries.get("scale"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"No stack was started in {directory.root}: run `./dex up` first.") from error

    def describe(self) -> None:
        """Write down what `load` reads; readable by this account only, for it may hold a password."""
        file = self.directory.run / "stack.json"
        entries = {"ports": self.ports, "outside": self.outside, "scale": self.scale}
        write_private(file, json.dumps(entries, indent=2).encode())

    @property
    def services(self) -> tuple[str, ...]:
        """The processes of all services, by the names of their parts."""
        return instances(SERVICES, self.scale)

    @property
    def kafka_bootstrap(self) -> str:
        return self.outside.get("kafka") or f"{LOOPBACK}:{self.ports['kafka']}"

    @property
    def database_url(self) -> str:
        """Without the password of an embedded server: clients find it by `PGPASSFILE`."""
        if self.postgres is not None:
            return self.postgres.url(with_password=False)
        return self.outside["database"]

    @property
    def mlflow_url(self) -> str:
        return self.outside.get("mlflow") or f"http://{LOOPBACK}:{self.ports['mlflow']}"

    def url_of(self, site: str) -> str:
        """Base URL of `gateway`, `ui` or a worker's health endpoints."""
        return f"http://{LOOPBACK}:{self.ports[site]}"

    def environment(self) -> dict[str, str]:
        """What a process needs to use this stack: the services, and commands that act on it."""
        variables = {
            "PDX_DATA_DIR": str(self.directory.root),
            "PDX_KAFKA_BOOTSTRAP": self.kafka_bootstrap,
            "PDX_DATABASE_URL": self.database_url,
            "MLFLOW_TRACKING_URI": self.mlflow_url,
            "PDX_GATEWAY_URL": self.url_of("gateway"),
            "PDX_UI_URL": self.url_of("ui"),
        }
        if self.postgres is not None:
            variables["PGPASSFILE"] = str(self.directory.password_file)
        return variables

    def write_password_file(self) -> None:
        """Let libpq and asyncpg find the embedded server's password."""
        if self.postgres is None:
            return
        line = f"{LOOPBACK}:*:*:{USER}:{self.postgres.password}\n"
        write_private(self.directory.password_file, line.encode())

    def parts(self) -> dict[str, Part]:
        """Every part by name, in the order of `PARTS`, all processes of a service in a row."""
        parts = [self._kafka_part(), self._database_part(), self._mlflow_part()]
        parts += [self._service_part(name) for name in self.services]
        return {part.name: part for part in parts}

    def programs(self) -> list[Program]:
        """What supervisord is to run. Everything must be prepared: Kafka's command names its jars."""
        programs = []
        if self.kafka is not None:
            programs.append(_program("kafka", "kafka", self.kafka.command()))
        if self.postgres is not None:
            programs.append(_program("database", "database", self.postgres.command()))
        if self.mlflow is not None:
            programs.append(_program("mlflow", "mlflow", self.mlflow.command()))
        programs += [_program(name, "services", self._service_command(name)) for name in self.services]
        return programs

    def _service_command(self, name: str) -> Command:
        return Command(
            arguments=(sys.executable, "-m", "ui" if name == "ui" else f"services.{service_of(name)}"),
            directory=CHECKOUT,
            environment={
                **self.environment(),
                "PDX_HTTP_PORT": str(self.ports[name]),
                "PDX_HTTP_HOST": LOOPBACK,
            },
            stop_seconds=_seconds("PDX_STOP_GRACE_SECONDS", "0")
            + _seconds("PDX_DRAIN_SECONDS", DRAIN_SECONDS)
            + STOP_SECONDS,
        )

    def _kafka_part(self) -> Part:
        bootstrap = self.kafka_bootstrap
        return Part(
            name="kafka",
            address=bootstrap,
            probe=lambda: probe_kafka(bootstrap),
            is_external=self.kafka is None,
        )

    def _database_part(self) -> Part:
        url = self.database_url
        return Part(
            name="database",
            address=shown(url),
            probe=self.postgres.probe if self.postgres is not None else lambda: probe_database(url),
            is_external=self.postgres is None,
        )

    def _mlflow_part(self) -> Part:
        address = urlsplit(self.mlflow_url)
        return Part(
            name="mlflow",
            address=shown(self.mlflow_url),
            probe=lambda: probe_http(address.hostname or LOOPBACK, address.port or 80, "/health"),
            is_external=self.mlflow is None,
        )

    def _service_part(self, name: str) -> Part:
        port, service = self.ports[name], service_of(name)
        return Part(name=name, address=self.url_of(name), probe=lambda: probe_service(service, port))

    def supervisor_environment(self) -> dict[str, str]:
        """What all parts have in common, beside the environment of the caller."""
        return {
            MARK: self.directory.id,
            "PYTHONPATH": str(CHECKOUT),
            "PYTHONUNBUFFERED": "1",
            "PDX_DRAIN_SECONDS": os.environ.get("PDX_DRAIN_SECONDS", DRAIN_SECONDS),
            "PDX_LOG_FORMAT": os.environ.get("PDX_LOG_FORMAT", "json"),
            # threads that wait for each other on two busy cores are slower than one
            "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
            "OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1"),
            "MALLOC_ARENA_MAX": "2",
        }


def _seconds(setting: str, default: str) -> float:
    try:
        return float(os.environ.get(setting, default))
    except ValueError:
        return float(default)  # each service refuses it by name


def _program(name: str, group: str, command: Command) -> Program:
    return Program(name=name, group=group, priority=PRIORITIES[group], command=command)


def stack_settings(data_dir: Path) -> Settings:
    """Settings that reach the stack of a data directory, its password included.

    Raises Misconfigured when no stack was started there.
    """
    stack = Stack.load(DataDirectory(data_dir))
    database_url = stack.postgres.url() if stack.postgres is not None else stack.database_url
    return Settings(
        data_dir=data_dir,
        kafka_bootstrap=stack.kafka_bootstrap,
        database_url=database_url,
        mlflow_tracking_uri=stack.mlflow_url,
        gateway_url=stack.url_of("gateway"),
        ui_url=stack.url_of("ui"),
    )


def probe_service(name: str, port: int) -> str | None:
    """None when the service of that name says it is ready on that port, else its reasons."""
    answer = probe_http(LOOPBACK, port, "/health/ready")
    if answer is None:
        return None
    report = _report(answer)
    if report is None:
        return answer
    if report.get("service") not in (None, name):
        return f"port {port} is answered by {report['service']}"
    reasons = [f"{check}: {text}" for check, text in report.get("checks", {}).items() if text != "ok"]
    return "; ".join(reasons) or answer


def _report(text: str) -> dict[str, Any] | None:
    try:
        report = json.loads(text)
    except ValueError:
        return None
    return report if isinstance(report, dict) else None


def shown(url: str) -> str:
    """The URL as it may be shown, without the driver's name too: as psql takes it."""
    url = url.replace("postgresql+asyncpg://", "postgresql://")
    parts = urlsplit(url)
    if parts.password is None:
        return url
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":…@")).geturl()
