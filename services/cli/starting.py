"""`dex up`: prepare, start and wait for every part, and see that there is a model to serve."""

import asyncio
import os
import threading
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Final

from services.cli.console import Steps
from services.cli.first_model import ensure_first_model
from services.cli.granting import ensure_first_key
from services.cli.reaching import NotRunning
from services.embedded import class_archive
from services.embedded.jars import KAFKA_VERSION, are_kafka_jars_here
from services.embedded.layout import DataDirectory
from services.embedded.leftovers import remove_stale_files, stop_leftovers
from services.embedded.postgres import read_or_make_secret
from services.embedded.processes import PartFailed, tail
from services.embedded.stack import Part, Stack
from services.embedded.supervisor import ProgramState, Supervisor
from services.embedded.together import run_together
from shared.errors import Misconfigured
from shared.settings import Settings
from shared.signing import ensure_keys
from shared.topics import create_topics

READY_SECONDS: Final = 150.0
EXTERNAL_SECONDS: Final = 20.0
POLL_SECONDS: Final = 0.15
MISCONFIGURED_EXIT: Final = 2
HOPELESS_ENDS: Final = 3
MOST_PARTS: Final = 64
FOUNDATION: Final = ("kafka", "database")


def clear_leftovers(directory: DataDirectory, steps: Steps) -> None:
    """Stop what a killed stack left running: it holds ports and files that the next one needs."""
    stopped = stop_leftovers(directory.id)
    if stopped:
        steps.note(f"  stopped {stopped} processes that an earlier stack had left behind")


def prepare(stack: Stack, steps: Steps) -> None:
    """Everything that must lie on disk before a part is started."""
    directory = stack.directory
    directory.make_folders()
    remove_stale_files(directory.run, directory.socket, stack.postgres.files if stack.postgres else None)
    if stack.kafka is not None and not are_kafka_jars_here():
        steps.note(f"  getting Kafka {KAFKA_VERSION} (45 MB, once) …")
    if stack.kafka is not None and not class_archive.file().exists():
        steps.note("  loading Kafka's classes into an archive, for quick starts (10 s, once) …")
    servers = (stack.kafka, stack.postgres, stack.mlflow)
    run_together(server.prepare for server in servers if server is not None)
    os.environ.update(stack.environment())
    settings = Settings()
    ensure_keys(settings.signing_key_file, settings.verify_key_file)
    read_or_make_secret(settings.storage_secret_file)
    stack.write_password_file()
    stack.describe()


def start(stack: Stack, supervisor: Supervisor, steps: Steps) -> None:
    """Bring every part up; returns when all are ready. Raises PartFailed or Misconfigured."""
    parts = stack.parts()
    if not supervisor.is_alive:
        with steps.step("files"):
            prepare(stack, steps)
        supervisor.start(stack.programs(), stack.supervisor_environment())
    os.environ.update(stack.environment())
    settings = Settings()
    with Waiting(stack, supervisor, steps) as waiting:
        waiting.start(parts[name] for name in (*FOUNDATION, "mlflow"))
        waiting.until_ready(FOUNDATION)
        with steps.step("topics"):
            _create_topics(stack.kafka_bootstrap)
        waiting.start(parts[name] for name in stack.services)
        with steps.step("api key", str(settings.api_key_file)):
            asyncio.run(ensure_first_key(settings, f"up.{stack.directory.id[:12]}"))
        asyncio.run(ensure_first_model(settings, steps, waiting.while_training))
        waiting.until_ready(parts)


def api_key_file(directory: DataDirectory) -> Path:
    """Where the key of this installation lies."""
    return Settings(data_dir=directory.root).api_key_file


def _create_topics(bootstrap: str) -> None:
    reports = asyncio.run(create_topics(bootstrap))
    wrong = [report for report in reports if report.state in ("missing", "mismatch")]
    # Settings that differ are an operator's choice on a Kafka of theirs; services refuse what they
    # cannot work with when they start.
    for report in wrong:
        Steps().note(f"  topic {report.name}: {report.detail}")


class Waiting:
    """Starts parts and waits for many at once, one probing thread a part."""

    def __init__(self, stack: Stack, supervisor: Supervisor, steps: Steps) -> None:
        self._stack = stack
        self._supervisor = supervisor
        self._steps = steps
        self._pool = ThreadPoolExecutor(max_workers=MOST_PARTS)
        self._given_up = threading.Event()
        self._waits: dict[str, Future[float]] = {}
        self._reported: set[str] = set()
        self._ends: dict[str, set[int]] = {}
        self._clock = time.monotonic()

    def __enter__(self) -> "Waiting":
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def start(self, parts: Iterable[Part]) -> None:
        """Start the parts that are ours and begin to probe all of them."""
        for part in parts:
            if not part.is_external:
                self._supervisor.start_program(part.name)
            self._waits[part.name] = self._pool.submit(self._probe, part)

    def _probe(self, part: Part) -> float:
        begin = time.monotonic()
        while (reason := part.probe()) is not None:
            if self._given_up.wait(POLL_SECONDS):
                raise PartFailed("given up")
            waited = time.monotonic() - max(begin, self._clock)
            if part.is_external and waited > EXTERNAL_SECONDS:
                raise NotRunning(f"{part.name} at {part.address} does not answer: {reason}")
            if waited > READY_SECONDS:
                raise PartFailed(self._explain(part, f"was not ready within {READY_SECONDS:g} s: {reason}"))
        return time.monotonic() - begin

    def _explain(self, part: Part, what: str) -> str:
        return f"{part.name} {what}\n{tail(self._stack.directory.log_file(part.name))}"

    def until_ready(self, names: Iterable[str]) -> None:
        """Return when all of these are ready, printing each as it comes."""
        pending = {self._waits[name] for name in names}
        while pending:
            _, pending = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            self.raise_failure()

    def while_training(self) -> None:
        """As `raise_failure`, while who needs a model cannot be ready: its time begins afterwards."""
        self._clock = time.monotonic()
        self.raise_failure()

    def raise_failure(self) -> None:
        """Print who became ready since the last call; raise what failed, if anything did."""
        parts = self._stack.parts()
        for name, future in self._waits.items():
            if name not in self._reported and future.done():
                self._reported.add(name)
                self._steps.done(name, future.result(), parts[name].address)
        for name, state in self._supervisor.states().items():
            if name in self._waits and name not in self._reported:
                self._raise_if_hopeless(parts[name], state)

    def _raise_if_hopeless(self, part: Part, state: ProgramState) -> None:
        if state.has_failed and state.exit_status == MISCONFIGURED_EXIT:
            raise Misconfigured(self._explain(part, "refused to start."))
        if state.has_failed:
            self._ends.setdefault(part.name, set()).add(state.started_at)
        if state.state == "FATAL" or len(self._ends.get(part.name, ())) >= HOPELESS_ENDS:
            raise PartFailed(self._explain(part, "ended again and again."))
