"""How many workers this machine, or this container, carries."""

import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

MAXIMUM_JOBS: Final = 16
MEGABYTE: Final = 1_000_000
PARENT_BYTES: Final = 700 * MEGABYTE
"""What the job itself needs for its libraries."""
ROW_BYTES: Final = 3_000
"""What it needs for each match-up at its peak: features from both sides, twice while they are joined."""
WORKER_BYTES: Final = 400 * MEGABYTE
_UNLIMITED: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores that may be used, and bytes of memory that are free."""

    cores: int
    free_bytes: int


def read_machine(root: Path = Path("/")) -> Machine:
    """Cores and free memory of this machine, within the limits of its container (cgroup v1 and v2)."""
    cores = min(len(os.sched_getaffinity(0)), _quota_of_cores(root / "sys/fs/cgroup"))
    available = _available_bytes(root / "proc/meminfo")
    return Machine(max(1, cores), min(available, _room_of_container(root / "sys/fs/cgroup")))


def choose_jobs(machine: Machine, match_ups: int, asked: int = 0) -> tuple[int, str]:
    """How many workers for so many match-ups, and why in words. `asked` above zero is taken as it is."""
    if asked > 0:
        return asked, f"{asked} workers, as asked"
    needed = PARENT_BYTES + match_ups * ROW_BYTES
    room = max(1, (machine.free_bytes - needed) // WORKER_BYTES)
    jobs = int(min(machine.cores, room, MAXIMUM_JOBS))
    memory = f"{machine.free_bytes / 1e9:.1f} GB free, {needed / 1e9:.1f} GB for the match-ups"
    return jobs, f"{jobs} workers: {machine.cores} cores, {memory}, {WORKER_BYTES / 1e9:.1f} GB a worker"


def _available_bytes(meminfo: Path) -> int:
    for line in _read(meminfo).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return _UNLIMITED


def _room_of_container(cgroup: Path) -> int:
    pairs = (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    )
    for limit_name, used_name in pairs:
        limit, used = _number(cgroup / limit_name), _number(cgroup / used_name)
        if limit is not None and limit < _UNLIMITED:
            return max(0, limit - (used or 0))
    return _UNLIMITED


def _quota_of_cores(cgroup: Path) -> int:
    words = _read(cgroup / "cpu.max").split()
    if len(words) == 2 and words[0].isdigit():
        return max(1, ceil(int(words[0]) / int(words[1])))
    quota, period = _number(cgroup / "cpu/cpu.cfs_quota_us"), _number(cgroup / "cpu/cpu.cfs_period_us")
    if quota is not None and quota > 0 and period:
        return max(1, ceil(quota / period))
    return MAXIMUM_JOBS


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
