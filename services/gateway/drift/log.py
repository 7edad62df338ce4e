"""The closed windows and their reports, read. The drift service writes both."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import text

from services.gateway.database import LogDatabase
from shared.artefacts import SCHEME, ArtefactStore
from shared.database.drift_performance import performances
from shared.database.drift_windows import StoredWindow, WindowFilters, find_window, newest_windows
from shared.drift.performance import Performance
from shared.errors import ModelRejected, TransientFailure
from shared.families import Family, families
from shared.logs import get_logger

LONGEST_LOOK_MS: Final = 5_000
"""A window is shown without its performance rather than late."""
_log = get_logger(__name__)


class DriftLog:
    """Reads from the gateway's database. Each method raises TransientFailure while that is away."""

    def __init__(
        self,
        database: LogDatabase,
        store: ArtefactStore,
        known: Callable[[], Mapping[str, Family]] = families,
    ) -> None:
        """`database` is opened by its owner. `store` has the files of reports. `known`: the families."""
        self._database = database
        self._store = store
        self._known = known

    async def page(self, filters: WindowFilters, limit: int) -> list[StoredWindow]:
        """The newest windows that pass."""
        async with self._database.transaction() as connection:
            return await newest_windows(connection, filters, limit)

    async def find(self, window_id: str) -> StoredWindow | None:
        """The window of this id."""
        async with self._database.transaction() as connection:
            return await find_window(connection, window_id)

    async def performance(self, window: StoredWindow) -> Performance | None:
        """How good its answers were; None when the prediction log has none of them, or is too slow."""
        # the code of a family is imported when it is first asked for: not on the loop
        known = await asyncio.to_thread(self._known)
        try:
            async with self._database.transaction() as connection:
                await connection.execute(text(f"SET LOCAL statement_timeout = {LONGEST_LOOK_MS}"))
                return (await performances(connection, [window], known)).get(window.window_id)
        except TransientFailure as error:
            _log.warning("performance not told", window=window.window_id, error=str(error))
            return None

    async def report_file(self, sha256: str) -> bytes | str:
        """A file of a report, by its sha256, or in words why it is none any more."""
        try:
            return await asyncio.to_thread(self._store.get, SCHEME + sha256, sha256)
        except ModelRejected as error:
            why, cause = "its file was altered", str(error)
        except TransientFailure as error:
            is_gone = isinstance(error.__cause__, FileNotFoundError)
            why, cause = "its file is gone" if is_gone else "its file cannot be read", str(error)
        # where the file lies is not for callers
        _log.warning("report not handed over", sha256=sha256, reason=cause)
        return why
