"""Which database errors may pass by themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from shared.errors import TransientFailure

TRANSIENT_SQLSTATE_CLASSES = ("08", "40", "53", "55", "57", "58")
"""Connection, rollback (serialization, deadlock), resources, lock, operator intervention, system."""


@contextmanager
def transient_when_passing() -> Iterator[None]:
    """Turn errors that a later try may not meet into TransientFailure; let the others through."""
    try:
        yield
    except (OSError, TimeoutError, PoolTimeoutError, OperationalError, InterfaceError) as error:
        raise TransientFailure(f"database: {_short(error)}") from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", "") or "")
        if error.connection_invalidated or state[:2] in TRANSIENT_SQLSTATE_CLASSES:
            raise TransientFailure(f"database: {_short(error)}") from error
        raise


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
