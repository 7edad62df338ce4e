"""The connection pool of a process."""

from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.settings import Settings

CONNECT_TIMEOUT_SECONDS: Final = 10
STATEMENT_TIMEOUT_SECONDS: Final = 30
POOL_SIZE: Final = 5


def create_engine(settings: Settings) -> AsyncEngine:
    """A pool on `settings.database_url`; the caller disposes of it.

    No connection is made before the first use. Connecting is given up after 10 s, a statement after
    30 s by the server, and a connection that went stale in the pool is replaced before it is used.
    """
    return create_async_engine(
        settings.database_url,
        pool_size=POOL_SIZE,
        max_overflow=POOL_SIZE,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        pool_pre_ping=True,
        connect_args=connect_arguments(settings.instance_id),
    )


def connect_arguments(application_name: str) -> dict[str, Any]:
    """What asyncpg is told for each connection."""
    return {
        "timeout": CONNECT_TIMEOUT_SECONDS,
        # The client gives up a little after the server has, so that the server's error is what is seen.
        "command_timeout": STATEMENT_TIMEOUT_SECONDS + 5,
        "server_settings": {
            "application_name": application_name[:63],
            "statement_timeout": str(STATEMENT_TIMEOUT_SECONDS * 1_000),
            "idle_in_transaction_session_timeout": str(2 * STATEMENT_TIMEOUT_SECONDS * 1_000),
        },
    }
