"""What a killed stack left running: found by a mark in its environment, never by name."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Final

import psutil

MARK: Final = "PDX_STACK"
"""Set for supervisord and inherited by all it starts; the value is the data directory's id."""
POLITE_SECONDS: Final = 8.0


def processes_of(stack_id: str) -> list[psutil.Process]:
    """Living processes that carry the id, without this one and its parents."""
    ourselves = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [
        process
        for process in psutil.process_iter()
        if process.pid not in ourselves and _mark_of(process) == stack_id
    ]


def _mark_of(process: psutil.Process) -> str | None:
    # other accounts' processes do not let us look: they are not ours
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        mark: str | None = process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
    return mark


def stop_leftovers(stack_id: str, polite_seconds: float = POLITE_SECONDS) -> int:
    """Stop what carries the id: asked first, then killed. Returns how many there were."""
    found = processes_of(stack_id)
    for process in found:
        # to PostgreSQL SIGTERM means: wait until all clients have left
        polite = signal.SIGINT if _name(process) == "postgres" else signal.SIGTERM
        with contextlib.suppress(psutil.Error):
            process.send_signal(polite)
    psutil.wait_procs(found, timeout=polite_seconds)
    # a supervisor may have started something before it ended
    for process in processes_of(stack_id):
        with contextlib.suppress(psutil.Error):
            process.kill()
        psutil.wait_procs([process], timeout=2)
    return len(found)


def _name(process: psutil.Process) -> str:
    try:
        name: str = process.name()
    except psutil.Error:
        return ""
    return name


def remove_stale_files(run: Path, socket: Path, postgres_files: Path | None) -> None:
    """Remove what names processes that are gone; a reused process id would deceive PostgreSQL."""
    for file in (run / "supervisord.pid", socket):
        file.unlink(missing_ok=True)
    if postgres_files is not None:
        (postgres_files / "postmaster.pid").unlink(missing_ok=True)


def memory_bytes(pid: int) -> int:
    """Resident bytes of a process and its descendants; shared pages count in each."""
    total = 0
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
    return total
