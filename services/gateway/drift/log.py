"""The closed windows and their reports, read. The drift service writes both."""

import asyncio

from services.gateway.database import LogDatabase
from shared.artefacts import SCHEME, ArtefactStore
from shared.database.drift_windows import StoredWindow, WindowFilters, find_window, newest_windows
from shared.errors import ModelRejected, TransientFailure


class DriftLog:
    """Reads from the gateway's database. Each method raises TransientFailure while that is away."""

    def __init__(self, database: LogDatabase, store: ArtefactStore) -> None:
        """`database` is opened by its owner. `store` has the files of reports."""
        self._database = database
        self._store = store

    async def page(self, filters: WindowFilters, limit: int) -> list[StoredWindow]:
        """The newest windows that pass."""
        async with self._database.transaction() as connection:
            return await newest_windows(connection, filters, limit)

    async def find(self, window_id: str) -> StoredWindow | None:
        """The window of this id."""
        async with self._database.transaction() as connection:
            return await find_window(connection, window_id)

    async def report_file(self, sha256: str) -> bytes:
        """A file of a report, by its sha256."""
        try:
            return await asyncio.to_thread(self._store.get, SCHEME + sha256, sha256)
        except ModelRejected as error:
            raise TransientFailure(str(error)) from error
