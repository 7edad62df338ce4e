"""What the relational Pokédex holds, byte for byte."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.ingest.rows import table_rows
from tests.support.pokedex import load_snapshot_records

TABLES = tuple(one.table.__tablename__ for one in table_rows(load_snapshot_records(), ()))
"""Those that a run replaces, a table after those it refers to."""


async def dump_pokedex(database: AsyncConnection) -> dict[str, list[str]]:
    """Table → its rows as PostgreSQL writes them, in the order of their keys."""
    dumped = {}
    for table in TABLES:
        rows = await database.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1"))
        dumped[table] = [row[0] for row in rows]
    return dumped


async def empty_pokedex_tables(database: AsyncConnection) -> None:
    for table in reversed(TABLES):
        await database.execute(text(f"DELETE FROM {table}"))
