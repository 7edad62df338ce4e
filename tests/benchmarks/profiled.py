"""A worker service whose CPU time is looked at: `python -m tests.benchmarks.profiled feature`.

SIGUSR1 begins; SIGUSR2 ends, and writes what was seen into the folder that `BENCH_PROFILE` names.
"""

import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from shared.service import run
from tests.benchmarks.sampling import Sampler, Stack

VARIABLE: Final = "BENCH_PROFILE"
BEGIN: Final = signal.SIGUSR1
END: Final = signal.SIGUSR2


def file_of(folder: Path, pid: int) -> Path:
    """Where a process writes."""
    return folder / f"{pid}.profile"


def read(file: Path) -> dict[Stack, int]:
    """What it wrote."""
    found = msgspec.msgpack.decode(file.read_bytes(), type=list[tuple[Stack, int]])
    return dict(found)


def _write(sampler: Sampler, folder: Path) -> None:
    sampler.stop()
    file = file_of(folder, os.getpid())
    partial = file.with_suffix(".partial")
    partial.write_bytes(msgspec.msgpack.encode(list(sampler.stacks.items())))
    partial.replace(file)


if __name__ == "__main__":
    seen = Sampler()
    target = Path(os.environ[VARIABLE])
    signal.signal(BEGIN, lambda *_: seen.start())
    signal.signal(END, lambda *_: _write(seen, target))
    run(sys.argv[1], import_module(f"services.{sys.argv[1]}.app").create_app)
