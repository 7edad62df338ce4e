"""Which port each part listens on: fixed by setting, remembered, the usual one, or the next free."""

import fcntl
import json
import os
import random
import socket
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

from shared.errors import Misconfigured

LOOPBACK: Final = "127.0.0.1"
HIGHEST_PORT: Final = 65_535
LOWEST_FREE_PORT: Final = 12_000
USUAL_LOWEST_OUTGOING_PORT: Final = 32_768


def is_free(port: int) -> bool:
    """Whether a server could listen on the loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # as servers do: a port in TIME_WAIT counts as free, one that is listened on does not
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def claim(port: int) -> bool:
    """Keep other stacks that start now off the port until this process ends; False when one keeps us off.

    Between the choice of a port and its first use lie seconds, in which a second `up` would choose it too.
    """
    folder = Path(tempfile.gettempdir()) / "predictiondex-ports"
    try:
        folder.mkdir(mode=0o777, exist_ok=True)
        descriptor = os.open(folder / str(port), os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o666)
    except OSError:
        return True  # without a place for claims the port is as free as it looks
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return port in _claims
    _claims[port] = descriptor
    return True


_claims: dict[int, int] = {}
"""Descriptors whose locks end with the process, however it ends."""


def free_port() -> int:
    """A free loopback port that no other process of ours was given, below those of outgoing connections.

    Who connects to a port of that range while nobody listens there may be given the same port for its own
    end: it is then connected to itself, and a server that comes back finds its port taken.
    """
    candidates = range(LOWEST_FREE_PORT, max(_lowest_outgoing_port(), LOWEST_FREE_PORT + 1))
    for port in random.sample(candidates, len(candidates)):
        if port not in _claims and is_free(port) and claim(port):
            return port
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        chosen: int = probe.getsockname()[1]
        return chosen


def _lowest_outgoing_port() -> int:
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return USUAL_LOWEST_OUTGOING_PORT


def holder_of(port: int) -> str:
    """The process that listens on a port, as far as this account may know."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr[1] == port:
            if connection.pid is None:
                break
            try:
                process = psutil.Process(connection.pid)
                command = " ".join(process.cmdline())[:120] or process.name()
            except psutil.Error:
                break
            return f"process {connection.pid} ({command})"
    return "a process of another account"


class PortBook:
    """The ports of one data directory. `choose` decides, `save` remembers for the next start."""

    def __init__(self, file: Path, environment: Mapping[str, str] = os.environ) -> None:
        """Read what was remembered in `file`; a damaged file counts as empty."""
        self._file = file
        self._environment = environment
        self.remembered = _read(file)
        self.ports: dict[str, int] = {}

    def choose(self, part: str, default: int) -> int:
        """A free port for `part`. Raises Misconfigured when `PDX_PORT_<PART>` is wrong or taken."""
        setting = f"PDX_PORT_{part.upper().replace('-', '_')}"
        fixed = self._environment.get(setting)
        port = self._next(part, default) if fixed is None else self._fixed(setting, fixed)
        self.ports[part] = port
        return port

    def _fixed(self, setting: str, text: str) -> int:
        if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= HIGHEST_PORT:
            raise Misconfigured(f"{setting}={text} is not a port: use a number from 1 to {HIGHEST_PORT}.")
        port = int(text)
        if port in self.ports.values():
            raise Misconfigured(f"{setting}={port} is given to two parts: choose another port for one.")
        if not is_free(port):
            raise Misconfigured(
                f"Port {port} ({setting}) is taken by {holder_of(port)}.\n"
                f"Stop it, choose another {setting}, or unset it to let the next free port be used."
            )
        return port

    def _next(self, part: str, default: int) -> int:
        taken = set(self.ports.values())
        remembered = self.remembered.get(part)
        candidates = [remembered] if remembered is not None else []
        candidates += range(default, HIGHEST_PORT)
        for port in candidates:
            if port not in taken and is_free(port) and claim(port):
                return port
        raise Misconfigured(f"No free port for {part} from {default} up.")

    def save(self) -> None:
        """Remember the chosen ports."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(self.ports, indent=2) + "\n")


def _read(file: Path) -> dict[str, int]:
    try:
        entries = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(entries, dict):
        return {}
    return {part: port for part, port in entries.items() if isinstance(port, int)}
