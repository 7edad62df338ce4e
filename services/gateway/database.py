"""The gateway's door to PostgreSQL, which only routes of history and jobs need.

Predictions go on while the database is away: those routes then answer 503.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database.engine import create_engine
from shared.database.failures import transient_when_passing
from shared.database.migrate import migrate
from shared.errors import Misconfigured, TransientFailure
from shared.logs import get_logger
from shared.settings import Settings
from shared.tasks import end_task

MIGRATION_WAIT_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 5.0
SHOWN: Final = 300
_log = get_logger(__name__)


class LogDatabase:
    """A pool that is usable once the schema is up to date, whenever that is."""

    def __init__(self, settings: Settings, tell: Callable[[str | None], None] = lambda _: None) -> None:
        """Nothing is opened before `start`. `tell` is given why there is no database; None once there is."""
        self._settings = settings
        self._tell = tell
        self._engine: AsyncEngine | None = None
        self._migration: asyncio.Task[None] | None = None
        self._is_current = asyncio.Event()

    async def start(self) -> None:
        """Begin to bring the schema up to date; does not wait for it."""
        self._engine = create_engine(self._settings)
        self._migration = asyncio.create_task(self._migrate(), name="migration")

    async def stop(self) -> None:
        """Close the pool."""
        if self._migration is not None:
            await end_task(self._migration)
        if self._engine is not None:
            await self._engine.dispose()

    async def wait_until_current(self) -> None:
        """Return once the schema is that of this build."""
        await self._is_current.wait()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is committed at the end. Raises TransientFailure while there is no database."""
        if self._engine is None or not self._is_current.is_set():
            raise TransientFailure("database: not there yet")
        with transient_when_passing():
            async with self._engine.begin() as connection:
                yield connection

    async def _migrate(self) -> None:
        while not self._is_current.is_set():
            try:
                await migrate(self._settings.database_url, wait_s=MIGRATION_WAIT_SECONDS)
                self._is_current.set()
                self._tell(None)
            except Exception as error:  # noqa: BLE001 - told, and tried again
                # Not only what is away: a schema newer than this build, a right that is missing, a full disk.
                text = str(error) if isinstance(error, Misconfigured) else repr(error)[:SHOWN]
                _log.warning("no database: history and jobs answer 503 until there is one", error=text)
                self._tell(f"history and jobs answer 503: {text}")
                await asyncio.sleep(PAUSE_SECONDS)
