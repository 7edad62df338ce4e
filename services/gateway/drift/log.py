"""The closed windows, read. The drift service writes them when it closes them."""

from services.gateway.database import LogDatabase
from shared.database.drift_windows import StoredWindow, WindowFilters, find_window, newest_windows


class DriftLog:
    """Reads from the gateway's database. Each method raises TransientFailure while that is away."""

    def __init__(self, database: LogDatabase) -> None:
        """`database` is opened by its owner."""
        self._database = database

    async def page(self, filters: WindowFilters, limit: int) -> list[StoredWindow]:
        """The newest windows that pass."""
        async with self._database.transaction() as connection:
            return await newest_windows(connection, filters, limit)

    async def find(self, window_id: str) -> StoredWindow | None:
        """The window of this id."""
        async with self._database.transaction() as connection:
            return await find_window(connection, window_id)
