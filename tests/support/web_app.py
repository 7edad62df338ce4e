"""The web app in processes of their own: on a made-up bus, or as it is."""

import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.support.local_stack import user_environment

START_SECONDS = 60


@dataclass
class Site:
    """The web app, started with `module`; stopped and started again it has the same data and port."""

    directory: Path
    module: str
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=lambda: _free_port())
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        secret = self.directory / "keys" / "ui-storage.secret"
        secret.parent.mkdir(parents=True)
        secret.write_text(secrets.token_urlsafe(48))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {
            **user_environment(),  # with what measures coverage
            "PDX_DATA_DIR": str(self.directory),
            "PDX_HTTP_PORT": str(self.port),
            "PDX_LOG_LEVEL": "WARNING",
            **self.environment,
        }
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", self.module], env=environment, stdout=log, stderr=log
            )
        try:
            self._wait_until_ready(self.process)
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            assert process.poll() is None, (self.directory / "log").read_text()
            assert time.monotonic() < deadline, (self.directory / "log").read_text()
            time.sleep(0.05)

    def stop(self) -> int:
        """End it and give its exit code. Raises TimeoutExpired after ten seconds."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(10)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=1).status_code == 200
        except httpx.HTTPError:
            return False

    async def asked(self) -> list[str]:
        """Request ids that were published, in order; of a site on a made-up bus."""
        async with httpx.AsyncClient() as client:
            return list((await client.get(f"{self.url}/asked")).json())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
