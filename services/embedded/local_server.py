"""A server that a process of ours can start, probe and end; what each of them shares."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

from services.embedded.processes import Command, LocalProcess

READY_TIMEOUT_SECONDS: Final = 60.0


class LocalServer(ABC):
    """One server. All methods block.

    `prepare`, `command` and `probe` serve a supervisor; `start` … `resume` run the server as a child
    of this process. Its address stays the same over restarts.
    """

    def __init__(self, name: str, log_file: Path) -> None:
        """Nothing is started yet."""
        self.process = LocalProcess(name, log_file)

    @abstractmethod
    def prepare(self) -> None:
        """Get and make what the server needs before it can run."""

    @abstractmethod
    def command(self) -> Command:
        """How the server is run; `prepare` comes first."""

    @abstractmethod
    def probe(self) -> str | None:
        """None when the server does its work, else why not."""

    @property
    def pid(self) -> int:
        """Process id of the server that `start` started."""
        return self.process.pid

    def start(self) -> None:
        """Prepare, start and wait until ready. Raises PartFailed with the log's tail."""
        self.prepare()
        self.process.start(self.command())
        try:
            self.process.wait_until(self.probe, READY_TIMEOUT_SECONDS)
        except BaseException:
            self.process.kill()
            raise

    def stop(self) -> None:
        """A clean stop. Idempotent."""
        self.process.stop()

    def kill(self) -> None:
        """SIGKILL of the server and its children: what a crash does."""
        self.process.kill()

    def restart(self) -> None:
        """Stop if running, and start again with the same address and data."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP the server (not its children)."""
        self.process.pause()

    def resume(self) -> None:
        """SIGCONT the server."""
        self.process.resume()
