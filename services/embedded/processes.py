"""What is run, and how tests run it directly."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import psutil

from shared.errors import PredictionDexError

LOG_TAIL_LINES: Final = 15
POLL_SECONDS: Final = 0.05

T = TypeVar("T")


class PartFailed(PredictionDexError):
    """A part of the local stack ended or was not ready in time. The text has its log's tail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How one part is run. supervisord and `LocalProcess` read the same fields.

    `environment` is added to that of the caller. `user` changes the account (root only).
    """

    arguments: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10.0


class LocalProcess:
    """A part as a child of this process, in a process group of its own, writing to `log_file`."""

    def __init__(self, name: str, log_file: Path) -> None:
        """Nothing is started yet."""
        self.name = name
        self.log_file = log_file
        self._command: Command | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id. Raises RuntimeError when it was never started."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was not started")
        return self._child.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has been started and has not ended."""
        return self._child is not None and self._child.poll() is None

    def start(self, command: Command) -> None:
        """Start the process; returns at once."""
        self._command = command
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        account: dict[str, object] = {}
        if command.user is not None:
            account = {"user": command.user, "group": _group_of(command.user), "extra_groups": []}
        with self.log_file.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 - our own command line
                command.arguments,
                cwd=command.directory,
                env={**os.environ, **command.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **account,  # type: ignore[call-overload]
            )

    def stop(self) -> None:
        """Ask it to end, wait for as long as its command allows, then kill it. Idempotent."""
        if self._child is None or self._command is None:
            return
        if self._child.poll() is None:
            self._child.send_signal(self._command.stop_signal)
            try:
                self._child.wait(self._command.stop_seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL the process and its children, and wait until they are gone."""
        if self._child is None:
            return
        kill_tree(self._child.pid)
        self._child.wait()

    def pause(self) -> None:
        """SIGSTOP: the process keeps its sockets and answers nothing once this returns."""
        os.kill(self.pid, signal.SIGSTOP)
        # the signal is taken thread by thread: one on another core may still answer
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        os.kill(self.pid, signal.SIGCONT)

    def wait_until(self, probe: Callable[[], str | None], timeout_s: float) -> None:
        """Call `probe` until it returns None (ready). Raises PartFailed with the log's tail.

        `probe` answers why the part is not ready yet. A process that ended is reported at once.
        """
        deadline = time.monotonic() + timeout_s
        while (reason := probe()) is not None:
            if not self.is_running:
                raise PartFailed(f"{self.name} ended while starting.\n{tail(self.log_file)}")
            if time.monotonic() > deadline:
                raise PartFailed(
                    f"{self.name} was not ready within {timeout_s:g} s: {reason}\n{tail(self.log_file)}"
                )
            time.sleep(POLL_SECONDS)


def _group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def kill_tree(pid: int) -> None:
    """SIGKILL a process and all its descendants; those already gone are ignored."""
    with contextlib.suppress(psutil.NoSuchProcess):
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=5)


def tail(log_file: Path, lines: int = LOG_TAIL_LINES) -> str:
    """The last lines of a log, indented, with its path; says so when there is none."""
    if not log_file.exists():
        return f"(no log at {log_file})"
    with log_file.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - 64 * 1024))
        text = stream.read().decode(errors="replace").splitlines()[-lines:]
    return "\n".join([f"Last lines of {log_file}:", *(f"  {line}" for line in text)])


def in_thread(function: Callable[[], T]) -> T:
    """Run a function that needs an event loop of its own, also from inside a running loop."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(function).result()
