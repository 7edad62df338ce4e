"""A database that no other test sees."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg


@asynccontextmanager
async def own_database(database_url: str, name: str) -> AsyncIterator[str]:
    """Its URL, on the server of `database_url`; it goes with the context."""
    name = f"{name}_{secrets.token_hex(4)}"
    owner = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await owner.execute(f"create database {name}")
    yield f"{database_url.rsplit('/', 1)[0]}/{name}"
    await owner.execute(f"drop database {name} with (force)")
    await owner.close()
