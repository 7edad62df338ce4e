"""Predictions by their place in the log: windows of drift are ranges of offsets."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        op.f("ix_predictions_source_partition_source_offset"),
        "predictions",
        ["source_partition", "source_offset"],
    )


def downgrade() -> None:
    """Drop the index."""
    op.drop_index(op.f("ix_predictions_source_partition_source_offset"), "predictions")
