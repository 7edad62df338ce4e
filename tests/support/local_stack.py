"""A whole stack as a user has it: started, asked and stopped through the command line."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.embedded.layout import CHECKOUT, DataDirectory
from services.embedded.leftovers import processes_of, stop_leftovers

FIRST_UP_SECONDS = 300
NEXT_UP_SECONDS = 120


def user_environment() -> dict[str, str]:
    """Of a user who set nothing: what points at other stacks must not leak in."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PDX_") and name not in ("MLFLOW_TRACKING_URI", "PGPASSFILE", "DISPLAY")
    }
    return {**kept, "PYTHONPATH": str(CHECKOUT)}


def dex_command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "services.cli", *arguments]


@dataclass(frozen=True)
class LocalStack:
    """A stack in a data directory, acted on through the command line."""

    data: Path

    def dex(
        self, *arguments: str, timeout_s: float = 60, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run one command on this stack."""
        return subprocess.run(
            dex_command(*arguments),
            env={**user_environment(), "PDX_DATA_DIR": str(self.data)},
            cwd="/",
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def up(self, *options: str, timeout_s: float = NEXT_UP_SECONDS) -> subprocess.CompletedProcess[str]:
        """`dex up`, returning when everything is ready."""
        outcome = self.dex("up", "--detach", "--no-browser", *options, timeout_s=timeout_s)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        return outcome

    def start_in_foreground(self, *options: str) -> subprocess.Popen[str]:
        """`dex up` as in a terminal; the caller ends it."""
        return subprocess.Popen(
            dex_command("up", "--no-browser", *options),
            env={**user_environment(), "PDX_DATA_DIR": str(self.data), "PYTHONUNBUFFERED": "1"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def status(self) -> dict[str, Any]:
        """What `dex status --json` says."""
        report: dict[str, Any] = json.loads(self.dex("status", "--json").stdout)
        return report

    def address_of(self, part: str) -> str:
        """Where a part answers."""
        address: str = self.status()["parts"][part]["address"]
        return address

    @property
    def id(self) -> str:
        return DataDirectory(self.data).id

    def process_count(self) -> int:
        """How many processes this stack has."""
        return len(processes_of(self.id))

    def kill_everything(self) -> None:
        """SIGKILL for every process of this stack, as a power cut does."""
        for process in processes_of(self.id):
            process.kill()
        wait_for(lambda: self.process_count() == 0, 10, "all processes to be gone")

    def destroy(self) -> None:
        """Stop it, whatever state it is in, and remove its data."""
        directory = DataDirectory(self.data)
        if directory.exists:
            self.dex("down")
            stop_leftovers(self.id)
            directory.wipe()


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Return when the condition holds; fail saying what was awaited."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.1)
