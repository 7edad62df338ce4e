"""The Alembic environment: `env.py` and one module a revision."""
