"""A service's door to PostgreSQL: schema up to date, pool open, health told."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import create_engine
from shared.database.migrate import migrate
from shared.settings import Settings


class Database:
    """Open while the service runs."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before `start`."""
        self._settings = settings
        self._engine: AsyncEngine | None = None

    @property
    def engine(self) -> AsyncEngine:
        """The pool; it exists once started."""
        assert self._engine is not None, "the pool exists once the service has started"
        return self._engine

    async def start(self) -> None:
        """Bring the schema up to date and open the pool. Raises Misconfigured."""
        await migrate(self._settings.database_url)
        self._engine = create_engine(self._settings)

    async def stop(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()

    async def check(self) -> str | None:
        """The readiness check: the database answers."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return None
