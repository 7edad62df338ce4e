"""supervisord: configuration written into the data directory, driven over its Unix socket."""

import contextlib
import http.client
import os
import shlex
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.embedded.layout import CHECKOUT, DataDirectory
from services.embedded.processes import Command, PartFailed, tail
from shared.errors import Misconfigured
from shared.private_files import write_private

RPC_TIMEOUT_SECONDS: Final = 10.0
START_TIMEOUT_SECONDS: Final = 15.0
STABLE_SECONDS: Final = 10
"""A process that ends sooner counts as a failed start: it is retried after 1, 2, 3 … seconds."""
RETRIES: Final = 20
LOG_BYTES: Final = "10MB"
LOG_BACKUPS: Final = 3
NOT_RUNNING_FAULT: Final = 70
ALREADY_STARTED_FAULT: Final = 60

_SUPERVISORD: Final = """\
[supervisord]
nodaemon=true
silent=true
{user}pidfile={run}/supervisord.pid
logfile={logs}/supervisord.log
logfile_maxbytes=1MB
logfile_backups=1
childlogdir={logs}
directory={checkout}
umask=077

[unix_http_server]
file={socket}
chmod=0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
_PROGRAM: Final = """
[program:{name}]
command={command}
directory={directory}
environment={environment}
{user}autostart=false
autorestart=true
startsecs={stable}
startretries={retries}
stopsignal={signal}
stopwaitsecs={stop_seconds}
stopasgroup=false
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes={log_bytes}
stdout_logfile_backups={log_backups}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One part as supervisord runs it. Groups of equal name start and stop together."""

    name: str
    group: str
    priority: int
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramState:
    """What supervisord says. `state` is its word: RUNNING, STARTING, BACKOFF, FATAL, STOPPED …"""

    name: str
    state: str
    pid: int | None
    exit_status: int
    started_at: int

    @property
    def has_failed(self) -> bool:
        """Ended, whether or not another try will follow."""
        return self.state in {"BACKOFF", "FATAL", "EXITED"}

    @property
    def is_alive(self) -> bool:
        return self.state in {"RUNNING", "STARTING", "STOPPING"}


def configuration(directory: DataDirectory, programs: Iterable[Program]) -> str:
    """The text of supervisord's configuration file."""
    programs = tuple(programs)
    # root says so, or supervisord warns at every start
    account = "user=root\n" if os.geteuid() == 0 else ""
    text = _SUPERVISORD.format(
        user=account,
        run=_escape(str(directory.run)),
        logs=_escape(str(directory.logs)),
        socket=_escape(str(directory.socket)),
        checkout=_escape(str(CHECKOUT)),
    )
    for program in programs:
        command = program.command
        text += _PROGRAM.format(
            name=program.name,
            command=_escape(shlex.join(command.arguments)),
            directory=_escape(str(command.directory)),
            environment=_environment(command.environment),
            user=f"user={command.user}\n" if command.user else "",
            stable=STABLE_SECONDS,
            retries=RETRIES,
            signal=command.stop_signal.name.removeprefix("SIG"),
            stop_seconds=int(command.stop_seconds),
            log=_escape(str(directory.log_file(program.name))),
            log_bytes=LOG_BYTES,
            log_backups=LOG_BACKUPS,
        )
    groups = {program.group: program.priority for program in programs}
    for group, priority in groups.items():
        members = ",".join(program.name for program in programs if program.group == group)
        text += f"\n[group:{group}]\nprograms={members}\npriority={priority}\n"
    return text


def _escape(text: str) -> str:
    # % starts an expansion, and a space before ; a comment
    if "\n" in text or " ;" in text:
        raise Misconfigured(
            f"{text!r} cannot stand in a path here: use a folder without line breaks and ` ;`."
        )
    return text.replace("%", "%%")


def _environment(variables: Mapping[str, str]) -> str:
    quoted = []
    for name, value in variables.items():
        quote = "'" if '"' in value else '"'
        if quote in value:
            raise Misconfigured(f"{name}={value} has both kinds of quotes in it: use a path without them.")
        quoted.append(f"{name}={quote}{_escape(value)}{quote}")
    return ",".join(quoted)


class Supervisor:
    """The supervisord of one data directory, whoever started it. All methods block."""

    def __init__(self, directory: DataDirectory) -> None:
        self._directory = directory
        self._groups: dict[str, str] = {}

    def start(self, programs: Iterable[Program], environment: Mapping[str, str]) -> None:
        """Start supervisord with these programs, none of them running. Raises PartFailed.

        `environment` is added to ours and inherited by all of them.
        """
        file = self._directory.run / "supervisord.conf"
        write_private(file, configuration(self._directory, programs).encode())
        self._directory.socket.unlink(missing_ok=True)
        output = self._directory.logs / "supervisord.out"
        with output.open("wb") as stream:
            child = subprocess.Popen(  # noqa: S603 - our own command line
                [sys.executable, "-m", "supervisor.supervisord", "--configuration", str(file)],
                cwd=CHECKOUT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # the terminal's Ctrl-C is for the command line, which stops the parts in order
                start_new_session=True,
            )
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not self.is_alive:
            if child.poll() is not None or time.monotonic() > deadline:
                raise PartFailed(f"The supervisor did not start.\n{tail(output)}")
            time.sleep(0.05)

    @property
    def is_alive(self) -> bool:
        """Whether a supervisord answers on this data directory's socket."""
        if not self._directory.exists or not self._directory.socket.exists():
            return False
        try:
            self._call("supervisor.getState")
        except PartFailed:
            return False
        return True

    @property
    def pid(self) -> int:
        return int(self._call("supervisor.getPID"))

    def states(self) -> dict[str, ProgramState]:
        """State by program name. Raises PartFailed when supervisord does not answer."""
        states = {}
        for entry in self._call("supervisor.getAllProcessInfo"):
            self._groups[entry["name"]] = entry["group"]
            states[entry["name"]] = ProgramState(
                name=entry["name"],
                state=entry["statename"],
                pid=entry["pid"] or None,
                exit_status=entry["exitstatus"],
                started_at=entry["start"],
            )
        return states

    def start_program(self, name: str) -> None:
        """Start one program; returns before it is ready. One that runs is left alone."""
        with _tolerated(ALREADY_STARTED_FAULT):
            self._call("supervisor.startProcess", self._qualified(name), False)

    def stop_program(self, name: str) -> None:
        """Send its stop signal; returns before it has ended. One that does not run is left alone."""
        with _tolerated(NOT_RUNNING_FAULT):
            self._call("supervisor.stopProcess", self._qualified(name), False)

    def shutdown(self) -> None:
        """Ask supervisord to stop everything that runs, and to end."""
        self._call("supervisor.shutdown")

    def _qualified(self, name: str) -> str:
        if name not in self._groups:
            self.states()
        return f"{self._groups[name]}:{name}"

    def _call(self, method: str, *arguments: Any) -> Any:
        proxy = xmlrpc.client.ServerProxy(
            "http://localhost", transport=_SocketTransport(self._directory.socket)
        )
        try:
            with proxy:
                return getattr(proxy, method)(*arguments)
        except (OSError, http.client.HTTPException) as error:
            raise PartFailed(f"The supervisor of {self._directory.root} does not answer: {error}") from error


@contextlib.contextmanager
def _tolerated(fault_code: int) -> Any:
    try:
        yield
    except xmlrpc.client.Fault as fault:
        if fault.faultCode != fault_code:
            raise PartFailed(f"The supervisor refused: {fault.faultString}") from fault


class _SocketTransport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket, with a timeout: a stopped supervisord must not hang a command."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _SocketConnection(self._path)


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=RPC_TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(RPC_TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))
