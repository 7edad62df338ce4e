"""Transactions that others wait for end soon, also when their process is frozen in the middle."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FROZEN_MS: Final = 5_000
"""A process that holds a lock and asks nothing for so long loses its connection, and with it the lock."""


async def be_brief(connection: AsyncConnection) -> None:
    """Ask the server to end the transaction when its client falls silent; the first statement of one."""
    await connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {FROZEN_MS}"))
