"""The relational Pokédex in PostgreSQL: replaced whole, in one transaction."""

from collections.abc import Mapping, Sequence
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
"""Advisory lock: two ingests write one after the other."""
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

    async def replace(self, tables: Sequence[TableRows]) -> None:
        """Make `tables` what the database holds. Raises TransientFailure, and IntegrityError.

        Who reads meanwhile sees the old Pokédex or the new one, never a part.
        """
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": INGEST_LOCK})
                for one in reversed(tables):
                    await connection.execute(delete(one.table))
                for one in (table for table in tables if table.rows):
                    await connection.execute(insert(one.table), one.rows)
