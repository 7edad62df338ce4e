"""S3 on a loopback port: moto's server, a process of its own. What it keeps ends with it."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx

from services.embedded.ports import LOOPBACK, free_port
from services.embedded.processes import Command, LocalProcess

START_SECONDS: Final = 60.0
KEYS: Final = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Environment of who asks; any keys will do."""


class S3Server:
    """Buckets for tests, each its own."""

    def __init__(self, folder: Path) -> None:
        """Nothing is started yet; `folder` gets the log."""
        self.port = free_port()
        self._process = LocalProcess("s3", folder / "s3.log")
        self._folder = folder

    @property
    def host(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        arguments = (sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(self.port))
        self._process.start(Command(arguments=arguments, directory=self._folder))
        self._process.wait_until(self._why_not_ready, START_SECONDS)

    def stop(self) -> None:
        self._process.kill()

    def make_bucket(self, name: str | None = None) -> str:
        """An empty bucket; its name."""
        name = name or f"archive-{secrets.token_hex(4)}"
        httpx.put(f"http://{self.host}/{name}").raise_for_status()
        return name

    def archive(self, bucket: str, *, host: str | None = None) -> str:
        """`PDX_ARCHIVE` for a bucket here; `host`: a proxy before it."""
        return f"s3://{bucket}/pdx?region=us-east-1&endpoint_override=http://{host or self.host}"

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody's keys are good while the context lasts."""
        self._judge_keys("0")
        try:
            yield
        finally:
            self._judge_keys("inf")

    def _judge_keys(self, after: str) -> None:
        httpx.post(f"http://{self.host}/moto-api/reset-auth", content=after).raise_for_status()

    def _why_not_ready(self) -> str | None:
        try:
            httpx.get(f"http://{self.host}/moto-api/data.json", timeout=5).raise_for_status()
        except httpx.HTTPError as error:
            return str(error)
        return None
