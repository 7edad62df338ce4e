"""Brings a database to the schema of this build."""

import asyncio
from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shared.database.engine import connect_arguments
from shared.errors import Misconfigured

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = "shared.database.migrations"
NEWEST: Final = "head"
MIGRATION_LOCK: Final = 7_003_614_250_171_001
"""Advisory lock: services that start together migrate one after the other."""
WAIT_SECONDS: Final = 30.0
_CANCELLED: Final = "57014"
"""SQLSTATE of a statement that was ended: the server is there."""
_REFUSED_FOR_GOOD = ("28", "3D")
"""SQLSTATE classes: invalid authorisation, no such database."""


def newest_revision() -> str:
    """The revision that this build's tables have: the files are named by it and in its order."""
    names = (entry.name for entry in files(f"{MIGRATIONS}.versions").iterdir())
    return max(name.partition("_")[0] for name in names if name[0].isdigit())


async def migrate(database_url: str, *, revision: str = NEWEST, wait_s: float = WAIT_SECONDS) -> None:
    """Upgrade to `revision` in one transaction; nothing happens when the database is there already.

    Waits up to `wait_s` for a server that does not answer yet. Raises Misconfigured naming the
    address when it stays away, refuses us, or has no such database.
    """
    deadline = asyncio.get_running_loop().time() + wait_s
    delay = 0.2
    while True:
        try:
            if revision != NEWEST or not await _is_newest(database_url):
                await _change(database_url, lambda config: _upgrade(config, revision))
            return
        except (OSError, TimeoutError, asyncpg.PostgresError, DBAPIError) as error:
            if not _may_pass(error):
                raise
            refused = _sqlstate(error)[:2] in _REFUSED_FOR_GOOD
            if refused or asyncio.get_running_loop().time() + delay > deadline:
                raise Misconfigured(
                    f"PostgreSQL at {_address(database_url)} cannot be used ({_reason(error)}); "
                    "start one with `./dex up`, or set PDX_DATABASE_URL to yours"
                ) from error
        await asyncio.sleep(delay)
        delay = min(delay * 1.6, 2.0)


async def downgrade(database_url: str, revision: str) -> None:
    """Take the schema back to `revision` (`base`: empty). Loses what the older schema cannot hold."""
    from alembic import command

    await _change(database_url, lambda config: command.downgrade(config, revision))


async def _is_newest(database_url: str) -> bool:
    # Every start but the first ends here, without Alembic: its import costs half a second of a core.
    engine = _engine(database_url)
    try:
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return False
            found: str = await connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found == newest_revision()
    finally:
        await engine.dispose()


def _upgrade(config: "Config", revision: str) -> None:
    from alembic import command

    command.upgrade(config, revision)


async def _change(database_url: str, command_on: Callable[["Config"], None]) -> None:
    from alembic.config import Config

    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "shared.database:migrations")
        config.attributes["connection"] = connection
        command_on(config)

    # an index on a long log takes minutes, and so does waiting for who makes it
    engine = _engine(database_url, command_timeout=None)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.run_sync(run)
    finally:
        await engine.dispose()


def _engine(database_url: str, **arguments: Any) -> AsyncEngine:
    return create_async_engine(
        database_url, poolclass=NullPool, connect_args=connect_arguments("pdx migrate") | arguments
    )


def _sqlstate(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlstate", None) or "")


def _may_pass(error: BaseException) -> bool:
    """Whether the server could not be reached or used at all, as opposed to a failing migration."""
    if isinstance(error, OSError | TimeoutError):
        return True
    state = _sqlstate(error)
    return state != _CANCELLED and state[:2] in ("08", "53", "57", *_REFUSED_FOR_GOOD)


def _reason(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return (str(cause) or type(cause).__name__).splitlines()[0]


def _address(database_url: str) -> str:
    url = make_url(database_url)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database or ''}"
