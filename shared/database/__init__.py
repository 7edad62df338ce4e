"""PostgreSQL: typed tables of all services, their migrations, and the engine."""

from shared.database.engine import create_engine
from shared.database.migrate import migrate

__all__ = ["create_engine", "migrate"]
