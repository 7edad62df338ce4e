"""Drift windows and the offsets that they cover."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "drift_offsets",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("covered_offset", sa.BigInteger(), nullable=False),
        sa.Column("running_max_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_drift_offsets")),
    )
    op.create_table(
        "drift_windows",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("window_start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("window_ms", sa.Integer(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("events > 0", name=op.f("ck_drift_windows_events")),
        sa.CheckConstraint("first_offset <= last_offset", name=op.f("ck_drift_windows_offsets")),
        sa.PrimaryKeyConstraint(
            "family", "model_version", "partition", "window_start_ms", name=op.f("pk_drift_windows")
        ),
    )


def downgrade() -> None:
    """Drop the tables with all that they hold."""
    op.drop_table("drift_windows")
    op.drop_table("drift_offsets")
