"""What the figures were measured on."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psutil

from services.embedded.layout import CHECKOUT
from shared.cores import usable_cores

LIBRARIES: Final = ("aiokafka", "faststream", "msgspec", "numpy", "onnxruntime", "xgboost-cpu", "sqlalchemy")
BROKER: Final = (
    "one embedded Kafka node, replication 1, 4 partitions a topic, acks=all and idempotence on our side"
)


def load() -> float:
    """Processes that wanted a core during the last minute."""
    return os.getloadavg()[0]


def describe() -> dict[str, Any]:
    """Machine, versions, broker settings, date and commit."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": _commit(),
        "cores": usable_cores(),
        "processor": _processor(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in LIBRARIES},
        "broker": BROKER,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _commit() -> str:
    """The commit that was measured, with a plus when files differ from it; empty without git."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""
