"""The worker count follows cores and free memory, inside a container too."""

import os
from pathlib import Path

import psutil
import pytest

from services.training.machine import Machine, choose_jobs, read_machine

GIGABYTE = 1_000_000_000
PLENTY = {"proc/meminfo": "MemAvailable: 99000000 kB\n"}


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


LIMITS = {"memory.max": "3000000000\n", "memory.current": "1000000000\n", "cpu.max": "100000 100000\n"}
OLD_LIMITS = {
    "memory/{}/memory.limit_in_bytes": "3000000000\n",
    "memory/{}/memory.usage_in_bytes": "1000000000\n",
    "cpu/{}/cpu.cfs_quota_us": "100000\n",
    "cpu/{}/cpu.cfs_period_us": "100000\n",
}


@pytest.mark.parametrize(
    ("limited", "own"),
    [
        ("system.slice/run-7.service", "/system.slice/run-7.service"),
        ("system.slice", "/system.slice/run-7.service"),
        ("", "/../../docker/1234"),
    ],
)
def test_the_limits_of_the_groups_around_it_hold(tmp_path: Path, limited: str, own: str) -> None:
    files = {f"sys/fs/cgroup/{limited}/{name}": text for name, text in LIMITS.items()}
    machine = machine_with(tmp_path, {**PLENTY, **files, "proc/self/cgroup": f"0::{own}\n"})
    assert machine == Machine(1, 2 * GIGABYTE)


def test_a_group_that_it_is_not_in_limits_nothing(tmp_path: Path) -> None:
    files = {f"sys/fs/cgroup/other.slice/{name}": text for name, text in LIMITS.items()}
    machine = machine_with(tmp_path, {**PLENTY, **files, "proc/self/cgroup": "0::/system.slice\n"})
    assert machine.free_bytes == 99_000_000 * 1024


def test_groups_of_the_old_kind_have_a_folder_for_each_controller(tmp_path: Path) -> None:
    own = "4:memory:/user/1\n3:cpu,cpuacct:/user/2\n1:name=systemd:/user\n"
    places = {"memory": "user/1", "cpu": "user/2"}
    files = {
        f"sys/fs/cgroup/{name.format(places[name.split('/')[0]])}": text for name, text in OLD_LIMITS.items()
    }
    assert machine_with(tmp_path, {**PLENTY, **files, "proc/self/cgroup": own}) == Machine(1, 2 * GIGABYTE)


def test_the_tightest_of_nested_limits_counts(tmp_path: Path) -> None:
    files = {
        "sys/fs/cgroup/a/memory.max": "8000000000\n", "sys/fs/cgroup/a/memory.current": "7000000000\n",
        "sys/fs/cgroup/a/b/memory.max": "4000000000\n", "sys/fs/cgroup/a/b/memory.current": "1000000000\n",
    }  # fmt: skip
    machine = machine_with(tmp_path, {**PLENTY, **files, "proc/self/cgroup": "0::/a/b\n"})
    assert machine.free_bytes == 1 * GIGABYTE


def test_files_that_were_read_are_given_up_first(tmp_path: Path) -> None:
    files = {f"sys/fs/cgroup/{name}": text for name, text in LIMITS.items()}
    files["sys/fs/cgroup/memory.stat"] = "anon 100\ninactive_file 400000000\n"
    assert machine_with(tmp_path, {**PLENTY, **files}).free_bytes == 2_400_000_000


def test_a_system_that_tells_neither_cores_nor_free_memory_is_taken_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert read_machine(tmp_path) == Machine(6, psutil.virtual_memory().total)


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
