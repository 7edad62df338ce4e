"""The ingest service as a process that can be killed, without the seconds that its imports take."""

import multiprocessing
import os
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from services.ingest.app import create_app
from shared.service import run
from shared.settings import Settings

BEGINS: Final = "ingest begins"
COMPLETED: Final = "ingest completed"
_context: Final[ForkServerContext] = multiprocessing.get_context("forkserver")


def start_ingest(settings: Settings, log_file: Path) -> BaseProcess:
    """Begin `python -m services.ingest`'s work in a process of its own; its log goes to `log_file`."""
    _context.set_forkserver_preload([__name__])
    environment = {
        "PDX_KAFKA_BOOTSTRAP": settings.kafka_bootstrap,
        "PDX_DATABASE_URL": settings.database_url,
        "PDX_DATA_DIR": str(log_file.parent),
        "PDX_SESSION_TIMEOUT_MS": str(settings.session_timeout_ms),
    }
    process = _context.Process(target=_serve, args=(environment, str(log_file)), daemon=True)
    process.start()
    return process


def _serve(environment: dict[str, str], log_file: str) -> None:
    os.environ.update(environment)
    log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    run("ingest", create_app)
