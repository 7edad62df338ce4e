"""How many workers this machine, or the container or service unit around it, carries."""

import os
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Final

from shared.cores import usable_cores

MAXIMUM_JOBS: Final = 16
MEGABYTE: Final = 1_000_000
PARENT_BYTES: Final = 700 * MEGABYTE
"""What the job itself needs for its libraries."""
ROW_BYTES: Final = 3_000
"""What it needs for each match-up at its peak: features from both sides, twice while they are joined."""
WORKER_BYTES: Final = 400 * MEGABYTE
_UNLIMITED: Final = 1 << 60
_MEMORY_FILES: Final = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
"""Limit, use, and what of the use are files that were read, by version of control groups."""


@dataclass(frozen=True, slots=True)
class Machine:
    """Cores that may be used, and bytes of memory that are free."""

    cores: int
    free_bytes: int


def read_machine(root: Path = Path("/")) -> Machine:
    """Cores and free memory of this machine, within the limits of every control group around it (v1 and v2).

    Where the system does not tell how much memory is free (macOS), it is what the machine has.
    """
    groups = _own_groups(root)
    cores = min([usable_cores(), *(quota for one in groups.cores if (quota := _quota_of_cores(one)))])
    rooms = (room for one in groups.memory if (room := _room_of_group(one)) is not None)
    return Machine(cores, min([_available_bytes(root / "proc/meminfo"), *rooms]))


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
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class _Groups:
    """Folders of the control groups that limit this process, its own first."""

    cores: tuple[Path, ...]
    memory: tuple[Path, ...]


def _own_groups(root: Path) -> _Groups:
    """As /proc tells. A container that sees its own group as the root of all has only that folder."""
    mounted = root / "sys/fs/cgroup"
    place = {"": "/", "cpu": "/", "memory": "/"}
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        place |= dict.fromkeys(controllers.split(","), path)
    unified = _with_parents(mounted, place[""])
    return _Groups(
        (*unified, *_with_parents(mounted / "cpu", place["cpu"])),
        (*unified, *_with_parents(mounted / "memory", place["memory"])),
    )


def _with_parents(mounted: Path, place: str) -> tuple[Path, ...]:
    names = [name for name in place.split("/") if name not in ("", "..")]
    return tuple(mounted.joinpath(*names[:depth]) for depth in range(len(names), -1, -1))


def _room_of_group(group: Path) -> int | None:
    """Bytes that its limit leaves; files it has read are given up before anything else. None: no limit."""
    for limit_name, used_name, cached_name in _MEMORY_FILES:
        limit, used = _number(group / limit_name), _number(group / used_name)
        if limit is not None and limit < _UNLIMITED:
            cached = _stated(group / "memory.stat", cached_name)
            return max(0, limit - max(0, (used or 0) - cached))
    return None


def _quota_of_cores(group: Path) -> int | None:
    """Whole cores, at least one. None: no limit."""
    words = _read(group / "cpu.max").split()
    if len(words) == 2 and words[0].isdigit():
        return max(1, ceil(int(words[0]) / int(words[1])))
    quota, period = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    if quota is not None and quota > 0 and period:
        return max(1, ceil(quota / period))
    return None


def _stated(path: Path, name: str) -> int:
    for line in _read(path).splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0


def _number(path: Path) -> int | None:
    text = _read(path).strip()
    return int(text) if text.lstrip("-").isdigit() else None


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
