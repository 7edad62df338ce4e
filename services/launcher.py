"""Makes `.venv` in the checkout from the hash-pinned locks, and starts the command line in it.

Runs before anything is installed: the standard library only. A stamp in `.venv` names the locks
that were installed completely, so that the next start has nothing to do.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NoReturn

CHECKOUT: Final = Path(__file__).resolve().parent.parent
ENVIRONMENT: Final = CHECKOUT / ".venv"
STAMP: Final = ENVIRONMENT / "predictiondex.json"
UV_LOCK: Final = CHECKOUT / "requirements-uv.lock"
BASE_LOCK: Final = CHECKOUT / "requirements.lock"
DEVELOPMENT_LOCK: Final = CHECKOUT / "requirements-dev.lock"
DEVELOPMENT_COMMANDS: Final = frozenset({"test", "lint"})
OLDEST_PYTHON: Final = (3, 11)
NEEDED_GIGABYTES: Final = 3
GIGABYTE: Final = 1_073_741_824
FAILED_EXIT: Final = 1
WRONG_USAGE_EXIT: Final = 2
INTERRUPTED_EXIT: Final = 130
OUTPUT_LINES: Final = 12


class NotInstalled(Exception):
    """The environment could not be made; the text says why and what to do."""


def has_packages() -> bool:
    """Whether this interpreter can run the command line as it is."""
    return all(importlib.util.find_spec(name) is not None for name in ("typer", "rich", "msgspec"))


def main() -> NoReturn:
    """Install what is missing, then become `.venv/bin/python -m services …`."""
    arguments = sys.argv[1:]
    try:
        ensure_environment(needs_development_tools(arguments))
    except NotInstalled as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(FAILED_EXIT) from None
    except KeyboardInterrupt:
        print("\nInterrupted: the next ./dex goes on from here.", file=sys.stderr)
        raise SystemExit(INTERRUPTED_EXIT) from None
    command = [str(environment_python()), "-m", "services.cli", *arguments]
    environment = command_environment(os.environ)
    if os.name == "nt":
        # exec on Windows returns to the shell before the program ends
        raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)  # noqa: S603
    os.execve(command[0], command, environment)  # noqa: S606


def command_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """What the command line, and with it every service, is started with."""
    kept = {name: value for name, value in outer.items() if name != "PYTHONDONTWRITEBYTECODE"}
    # images of Python often forbid bytecode: each of eight services would compile all libraries anew
    return {**kept, "PYTHONPATH": str(CHECKOUT), "PYTHONSAFEPATH": "1"}


def needs_development_tools(arguments: Sequence[str]) -> bool:
    """Whether the command is one for developers of the project."""
    command = next((argument for argument in arguments if not argument.startswith("-")), "")
    return command in DEVELOPMENT_COMMANDS


def environment_python() -> Path:
    """The interpreter in `.venv`."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(with_development_tools: bool) -> None:
    """Return at once when the stamp says that all is installed; else install. Raises NotInstalled."""
    wanted = wanted_stamp(with_development_tools)
    if is_current(wanted):
        return
    with _only_one():
        if is_current(wanted):
            return
        _install(with_development_tools)
        STAMP.write_text(json.dumps(wanted_stamp(with_development_tools)))


def wanted_stamp(with_development_tools: bool) -> dict[str, str]:
    """Name of each lock that must be installed → hash of its content."""
    locks = [UV_LOCK, BASE_LOCK, *([DEVELOPMENT_LOCK] if with_development_tools else [])]
    return {lock.name: hashlib.sha256(lock.read_bytes()).hexdigest() for lock in locks}


def is_current(wanted: dict[str, str]) -> bool:
    """Whether the stamp names all locks of `wanted` as they are."""
    try:
        installed = json.loads(STAMP.read_text())
        return environment_python().exists() and wanted.items() <= installed.items()
    except (OSError, ValueError, AttributeError):
        return False


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        yield
        return
    # an advisory lock on a file that is there anyway
    with UV_LOCK.open() as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _install(with_development_tools: bool) -> None:
    free = shutil.disk_usage(CHECKOUT).free / GIGABYTE
    if free < NEEDED_GIGABYTES:
        raise NotInstalled(
            f"{free:.1f} GB are free at {CHECKOUT}, about {NEEDED_GIGABYTES} GB are needed: make room first."
        )
    # a half-made environment must not look whole while this goes on
    STAMP.unlink(missing_ok=True)
    say("First start: installing packages, about 1.5 GB …")
    _make_environment()
    _install_uv()
    lock = DEVELOPMENT_LOCK if with_development_tools else BASE_LOCK
    say(f"  packages of {lock.name}")
    _run(
        (
            *(str(environment_python()), "-m", "uv", "pip", "install", "--quiet", "--require-hashes"),
            *("--python", str(environment_python()), "--requirements", str(lock)),
        ),
        "The packages could not be installed.",
    )
    say("  installed")


def _make_environment() -> None:
    if _works("import sys; sys.exit(sys.version_info < (3, 11))"):
        if _works("import pip"):
            return
        # made by another tool without pip, or interrupted in between
        if _try([str(environment_python()), "-m", "ensurepip"]) == 0:
            return
    say(f"  environment in {ENVIRONMENT}")
    outcome = subprocess.run(  # noqa: S603 - our own command line
        # not the interpreter of the environment that is about to be cleared
        [getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", str(ENVIRONMENT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise NotInstalled(
            f"Python {version} ({sys.executable}) cannot make a virtual environment.\n"
            f"On Debian and Ubuntu: apt-get install python3-venv (or python{version}-venv), then try again.\n"
            f"{_last_lines(outcome.stdout + outcome.stderr)}"
        )


def _install_uv() -> None:
    if _works("import importlib.metadata as m, sys; sys.exit(m.version('uv') != sys.argv[1])", _uv_version()):
        return
    say("  installer")
    _run(
        (
            *(str(environment_python()), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--require-hashes", "--requirement", str(UV_LOCK)),
        ),
        "The installer (uv) could not be installed.",
    )


def _uv_version() -> str:
    line = next(line for line in UV_LOCK.read_text().splitlines() if line.startswith("uv=="))
    return line.removeprefix("uv==").split()[0]


def _works(code: str, *arguments: str) -> bool:
    return _try([str(environment_python()), "-c", code, *arguments]) == 0


def _try(command: Sequence[str]) -> int:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603
    except OSError:
        return FAILED_EXIT


def _run(command: Sequence[str], failure: str) -> None:
    outcome = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=False, env=_installer_environment()
    )
    if outcome.returncode != 0:
        raise NotInstalled(
            f"{failure}\n"
            "Needed once: the Python package index, and Maven Central for Kafka (45 MB). Without a way\n"
            "there, set HTTPS_PROXY, or name a mirror: PIP_INDEX_URL and UV_DEFAULT_INDEX. Then try again.\n"
            f"{_last_lines(outcome.stdout + outcome.stderr)}"
        )


def _installer_environment() -> dict[str, str]:
    environment = dict(os.environ)
    # neither is ours, and both would send packages elsewhere than into .venv
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER"):
        environment.pop(name, None)
    environment.setdefault("PIP_RETRIES", "2")
    # uv does not read pip's settings; a mirror named for pip is meant for both
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    return environment


def _last_lines(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if "Retrying" not in line]
    return "\n".join(f"  {line}" for line in lines[-OUTPUT_LINES:])


def say(text: str) -> None:
    """A line about the installation; standard output belongs to the command."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        print("error: PredictionDex needs Python 3.11 or newer.", file=sys.stderr)
        raise SystemExit(WRONG_USAGE_EXIT)
    main()
