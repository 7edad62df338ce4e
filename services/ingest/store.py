"""The relational Pokédex in PostgreSQL: replaced whole, in one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from services.ingest.rows import TableRows
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import (
    EFFECT_CLASS_IDS,
    FORM_IDS,
    LEARN_METHOD_IDS,
    MOVE_CATEGORY_IDS,
    Form,
    LearnMethod,
    MoveCategory,
    MoveEffectClass,
)

INGEST_LOCK: Final = 7_003_614_250_171_002
"""Advisory lock: two ingests write tables and topics one after the other."""
VOCABULARIES: Final[Mapping[type[Form | MoveCategory | LearnMethod | MoveEffectClass], Mapping[str, int]]] = {
    Form: FORM_IDS,
    MoveCategory: MOVE_CATEGORY_IDS,
    LearnMethod: LEARN_METHOD_IDS,
    MoveEffectClass: EFFECT_CLASS_IDS,
}


class PokedexStore:
    """Writes to a database that is open while the service runs."""

    def __init__(self, database: Database) -> None:
        """Nothing is written before `replace`."""
        self._database = database

    async def check_vocabularies(self) -> tuple[str, ...]:
        """How the vocabularies of the database differ from those of this build. Raises TransientFailure."""
        problems: list[str] = []
        with transient_when_passing():
            async with self._database.engine.connect() as connection:
                for table, ids in VOCABULARIES.items():
                    found = {
                        row.slug: row.id for row in await connection.execute(select(table.slug, table.id))
                    }
                    if found != ids:
                        problems.append(
                            f"{table.__tablename__}: {found}, expected {dict(ids)}; this build's migrations "
                            "fill it, so somebody changed it: put the rows back"
                        )
        return tuple(problems)

    @asynccontextmanager
    async def exclusively(self) -> AsyncIterator[None]:
        """No other ingest writes meanwhile; not to be nested. Raises TransientFailure when one is at it.

        Topics have no transactions that span a run: without this, two runs leave a mix of records in
        them that no announcement describes.
        """
        async with AsyncExitStack() as stack:
            with transient_when_passing():
                connection = await stack.enter_async_context(self._database.engine.connect())
                # The lock ends with its session, also of a run that was cut short anywhere.
                stack.push_async_callback(connection.invalidate)
                # Not in a transaction: PostgreSQL ends those that are idle for as long as a run may publish.
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": INGEST_LOCK})
            yield
            with transient_when_passing():
                # A session that was cut meanwhile let the lock go, and another run may have written among
                # ours: run again, this order finds and mends what the two have mixed.
                await connection.execute(text("SELECT 1"))

    async def replace(self, tables: Sequence[TableRows]) -> None:
        """Make `tables` what the database holds; within `exclusively`.

        Who reads meanwhile sees the old Pokédex or the new one, never a part. Raises TransientFailure,
        and IntegrityError.
        """
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                for one in reversed(tables):
                    await connection.execute(delete(one.table))
                for one in (table for table in tables if table.rows):
                    await connection.execute(insert(one.table), one.rows)
