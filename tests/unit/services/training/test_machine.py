"""The worker count follows cores and free memory, inside a container too."""

from pathlib import Path

import pytest

from services.training.machine import Machine, choose_jobs, read_machine

GIGABYTE = 1_000_000_000


def machine_with(root: Path, files: dict[str, str]) -> Machine:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_machine(root)


def test_free_memory_is_that_of_the_machine(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, {"proc/meminfo": "MemTotal: 9 kB\nMemAvailable:  2000000 kB\n"})
    assert machine.free_bytes == 2_000_000 * 1024
    assert machine.cores >= 1


@pytest.mark.parametrize(
    "files",
    [
        {"sys/fs/cgroup/memory.max": "3000000000\n", "sys/fs/cgroup/memory.current": "1000000000\n"},
        {
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "3000000000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000000\n",
        },
    ],
)
def test_a_container_leaves_what_it_has_not_used(tmp_path: Path, files: dict[str, str]) -> None:
    machine = machine_with(tmp_path, {"proc/meminfo": "MemAvailable: 99000000 kB\n", **files})
    assert machine.free_bytes == 2 * GIGABYTE


@pytest.mark.parametrize("text", ["max\n", "9223372036854771712\n"])
def test_no_limit_is_no_limit(tmp_path: Path, text: str) -> None:
    files = {"proc/meminfo": "MemAvailable: 1000 kB\n", "sys/fs/cgroup/memory.max": text}
    assert machine_with(tmp_path, files).free_bytes == 1000 * 1024


@pytest.mark.parametrize(
    "files",
    [
        {"sys/fs/cgroup/cpu.max": "50000 100000\n"},
        {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n"},
    ],
)
def test_half_a_core_is_one_worker(tmp_path: Path, files: dict[str, str]) -> None:
    assert machine_with(tmp_path, files).cores == 1


@pytest.mark.parametrize(
    ("cores", "free", "match_ups", "asked", "jobs"),
    [
        (2, 20, 900_000, 0, 2), (8, 3, 300_000, 0, 3), (8, 3, 900_000, 0, 1), (8, 1, 300_000, 0, 1),
        (64, 500, 900_000, 0, 16), (2, 1, 900_000, 5, 5),
    ],
)  # fmt: skip
def test_jobs_are_limited_by_the_scarcer(
    cores: int, free: int, match_ups: int, asked: int, jobs: int
) -> None:
    chosen, words = choose_jobs(Machine(cores, free * GIGABYTE), match_ups, asked)
    assert chosen == jobs
    assert words.startswith(f"{jobs} workers")
