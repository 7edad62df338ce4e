"""Changes of single signals that ADWIN saw, beside the windows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "drift_changes",
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source_offset", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("signal", sa.Text(), nullable=False),
        sa.Column("before", sa.Float(), nullable=False),
        sa.Column("after", sa.Float(), nullable=False),
        sa.Column("recent", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("recent > 0", name=op.f("ck_drift_changes_recent")),
        sa.PrimaryKeyConstraint(
            "family",
            "model_version",
            "at_ms",
            "source_partition",
            "source_offset",
            "signal",
            name=op.f("pk_drift_changes"),
        ),
    )
    op.create_index(op.f("ix_drift_changes_at_ms"), "drift_changes", ["at_ms"])


def downgrade() -> None:
    """Drop the table with the opinions that it holds."""
    op.drop_table("drift_changes")
