"""Alembic's entry: runs revisions on the connection that `shared.database.migrate` hands over."""

from alembic import context

from shared.database.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
