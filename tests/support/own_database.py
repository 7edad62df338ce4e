"""A database that no other test sees."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from shared.database import migrate


@asynccontextmanager
async def own_database(database_url: str, name: str) -> AsyncIterator[str]:
    """Its URL, on the server of `database_url`, with all tables; it goes with the context."""
    name = f"{name}_{secrets.token_hex(4)}"
    owner = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        await owner.execute(f"create database {name}")
        try:
            own = f"{database_url.rsplit('/', 1)[0]}/{name}"
            await migrate(own)
            yield own
        finally:
            await owner.execute(f"drop database {name} with (force)")
    finally:
        await owner.close()
