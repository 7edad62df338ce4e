"""The MLflow tracking server: one process, SQLite and a folder, loopback only."""

import http.client
import sys
from pathlib import Path
from typing import Final

from services.embedded.ports import LOOPBACK
from services.embedded.processes import Command

ENVIRONMENT: Final = {
    # eight more processes otherwise, 600 MB
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "GIT_PYTHON_REFRESH": "quiet",
}


class EmbeddedMlflow:
    """The server with its files in `directory`."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory.absolute()
        self.port = port

    def prepare(self) -> None:
        """Make the folder."""
        (self.directory / "artifacts").mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """How it is run, without MLflow's launcher process, which would stay and hold 255 MB."""
        return Command(
            arguments=(
                sys.executable,
                "-m",
                "services.embedded.mlflow_server",
                str(self.directory),
                LOOPBACK,
                str(self.port),
            ),
            directory=self.directory,
            environment=ENVIRONMENT,
            stop_seconds=5.0,
        )


def probe_http(host: str, port: int, path: str, timeout_s: float = 3.0) -> str | None:
    """None when `path` answers 200, else the reason: the body of another answer, or the error."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read(4096).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return f"{type(error).__name__}: {error}"
    finally:
        connection.close()
    return None if answer.status == http.client.OK else body or f"HTTP {answer.status}"
