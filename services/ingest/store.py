"""The relational Pokédex in PostgreSQL: replaced whole, in one transaction."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, func, text, update
from sqlalchemy.dialects.postgresql import insert

from contracts.pokedex import PokedexCounts
from services.ingest.rows import TableRows
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import IngestRun

INGEST_LOCK: Final = 7_003_614_250_171_002
"""Advisory lock: two ingests write one after the other."""


class PokedexStore:
    """Writes to a database that is open while the service runs."""

    def __init__(self, database: Database) -> None:
        """Nothing is written before `replace`."""
        self._database = database

    async def replace(
        self,
        tables: Sequence[TableRows],
        *,
        run_id: str,
        source: str,
        counts: PokedexCounts,
        pokedex_hash: str,
    ) -> None:
        """Make `tables` what the database holds, and note the run. Raises TransientFailure.

        Who reads meanwhile sees the old Pokédex or the new one, never a part.
        """
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": INGEST_LOCK})
                for one in reversed(tables):
                    await connection.execute(delete(one.table))
                for one in tables:
                    await connection.execute(insert(one.table), one.rows)
                # A run that is tried again after its tables were written is the same run.
                await connection.execute(
                    insert(IngestRun)
                    .values(
                        run_id=run_id,
                        source=source,
                        pokedex_hash=pokedex_hash,
                        pokemon=counts.pokemon,
                        moves=counts.moves,
                        types=counts.types,
                    )
                    .on_conflict_do_nothing(index_elements=["run_id"])
                )

    async def finish(self, run_id: str, *, published: int, removed: int) -> None:
        """Note that the run is announced on the bus. Raises TransientFailure."""
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(
                    update(IngestRun)
                    .where(IngestRun.run_id == run_id)
                    .values(published=published, removed=removed, finished_at=func.now())
                )
