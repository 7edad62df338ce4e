"""Services as processes that can be killed, stopped and asked, without the seconds of their imports."""

import asyncio
import importlib
import multiprocessing
import os
import signal
import time
from collections.abc import Mapping
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
from prometheus_client.parser import text_string_to_metric_families

from services.embedded.ports import free_port
from services.embedded.processes import tail
from shared.settings import Settings
from tests.support.kill_points import Inside, put_inside

PRELOADED: Final = (
    "tests.support.service_process",
    "tests.faults.ledger",
    "services.feature.app",
    "services.inference.app",
    "services.recorder.app",
    "shared.archive.rows",
    "shared.archive.store",
    "services.drift.app",
    "services.drift.adwin",
    "services.gateway.app",
    "shared.service",
    "tests.support.compiled_features",
)
READY_SECONDS: Final = 60.0
TELL_TASKS: Final = signal.SIGUSR1
"""Has a process write how many tasks its event loop has."""
_context: Final[ForkServerContext] = multiprocessing.get_context("forkserver")


def spawn(target: Any, *arguments: Any) -> BaseProcess:
    """A process of its own that has the imports of services behind it."""
    _context.set_forkserver_preload(list(PRELOADED))
    process = _context.Process(target=target, args=arguments, daemon=True)
    process.start()
    return process


class Member:
    """One process of one service. Its address stays over restarts."""

    def __init__(
        self, service: str, settings: Settings, log_file: Path, *, inside: Inside | None = None
    ) -> None:
        """Nothing is started yet; `settings` becomes the environment of the process."""
        self.service = service
        self.log_file = log_file
        self._inside = inside or Inside()
        self._environment = _environment(settings, free_port(), log_file.stem)
        self.address = f"http://127.0.0.1:{self._environment['PDX_HTTP_PORT']}"
        self._process: BaseProcess | None = None
        self._mark = 0

    @property
    def process(self) -> BaseProcess:
        assert self._process is not None, f"{self.log_file.stem} was not started"
        return self._process

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self) -> None:
        """Start the process; returns at once."""
        self._process = spawn(_serve, self.service, dict(self._environment), str(self.log_file), self._inside)

    async def checks(self) -> dict[str, str] | None:
        """What readiness says, `ok` or the reason by name; None without an answer."""
        try:
            async with httpx.AsyncClient(timeout=3) as client:
                checks: dict[str, str] = (await client.get(f"{self.address}/health/ready")).json()["checks"]
                return checks
        except (httpx.HTTPError, ValueError, KeyError):
            return None

    async def is_ready(self) -> bool:
        checks = await self.checks()
        return checks is not None and set(checks.values()) <= {"ok"}

    async def wait_ready(self, timeout_s: float = READY_SECONDS) -> None:
        deadline = time.monotonic() + timeout_s
        while not await self.is_ready():
            assert self.is_alive, f"{self.log_file.stem} ended while starting.\n{tail(self.log_file)}"
            assert time.monotonic() < deadline, (
                f"{self.log_file.stem} was not ready within {timeout_s:g} s: {await self.checks()}\n"
                f"{tail(self.log_file)}"
            )
            await asyncio.sleep(0.05)

    async def wait_gone(self, timeout_s: float) -> int:
        """Its exit code; fails when it still runs after `timeout_s`."""
        await asyncio.to_thread(self.process.join, timeout_s)
        assert self.process.exitcode is not None, (
            f"{self.log_file.stem} still runs after {timeout_s:g} s\n{tail(self.log_file)}"
        )
        return self.process.exitcode

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.process.kill()
        self.process.join()

    def terminate(self) -> None:
        """SIGTERM; returns at once."""
        self.process.terminate()

    def pause(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of a metric's samples that have these labels."""
        async with httpx.AsyncClient(timeout=5) as client:
            text = (await client.get(f"{self.address}/metrics")).text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def memory_bytes(self) -> int:
        """Resident memory."""
        return int(psutil.Process(self.pid).memory_info().rss)

    def descriptors(self) -> int:
        """Open files and sockets."""
        return int(psutil.Process(self.pid).num_fds())

    async def tasks(self, looks: int = 5) -> int:
        """Tasks of its event loop, the fewest of some looks: an answer about health is one for a while."""
        return min([await self._count_tasks() for _ in range(looks)])

    async def _count_tasks(self, timeout_s: float = 10.0) -> int:
        file = _tasks_file(str(self.log_file))
        file.unlink(missing_ok=True)
        os.kill(self.pid, TELL_TASKS)
        async with asyncio.timeout(timeout_s):
            while not file.exists():
                await asyncio.sleep(0.02)
        return int(file.read_text())

    def mark_log(self) -> None:
        """What was written until now is no part of `log()` any more: call it right before a fault."""
        self._mark = self.log_file.stat().st_size if self.log_file.exists() else 0

    def log(self) -> str:
        """What it wrote since the last mark, over restarts too; from its begin without a mark."""
        if not self.log_file.exists():
            return ""
        return self.log_file.read_bytes()[self._mark :].decode("utf-8", "replace")


def _environment(settings: Settings, port: int, name: str) -> Mapping[str, str]:
    return {
        "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "PDX_DATABASE_URL": settings.database_url,
        "PDX_DATA_DIR": str(settings.data_dir),
        "PDX_ARTIFACTS": settings.artifacts,
        "PDX_MODEL_CACHE_DIR": str(settings.model_cache_dir),
        "PDX_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
        "PDX_COMMIT_INTERVAL_SECONDS": str(settings.commit_interval_seconds),
        "PDX_MAXIMUM_BATCH_RECORDS": str(settings.maximum_batch_records),
        "PDX_HTTP_PORT": str(port),
        "PDX_INSTANCE_ID": name,
        "PDX_METADATA_MAX_AGE_MS": str(settings.metadata_max_age_ms),
        "PDX_ARCHIVE": settings.archive,
        "PDX_ARCHIVE_SECONDS": str(settings.archive_seconds),
        **{
            f"PDX_{name.upper()}": str(getattr(settings, name))
            for name in settings.model_fields_set
            if name.startswith(("drift_", "dead_letter_", "stop_"))
        },
        **{name: value for name, value in os.environ.items() if name.startswith("AWS_")},
        **({"MLFLOW_TRACKING_URI": settings.mlflow_tracking_uri} if settings.mlflow_tracking_uri else {}),
    }


def _tasks_file(log_file: str) -> Path:
    return Path(log_file).with_suffix(".tasks")


def _tell_tasks(file: Path) -> None:
    partial = file.with_suffix(".partial")
    partial.write_text(str(len(asyncio.all_tasks())))
    partial.replace(file)


def _serve(service: str, environment: dict[str, str], log_file: str, inside: Inside) -> None:
    os.environ.update(environment)
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    signal.signal(TELL_TASKS, lambda *_: _tell_tasks(_tasks_file(log_file)))
    put_inside(inside)
    module = "ui.app" if service == "ui" else f"services.{service}.app"
    importlib.import_module("shared.service").run(service, importlib.import_module(module).create_app)
