"""The manifest of the archive, and what retention deletes by."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the index."""
    op.create_table(
        "archive_offsets",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("covered_offset", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("topic", "partition", name=op.f("pk_archive_offsets")),
    )
    op.create_table(
        "archive_files",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("records > 0", name=op.f("ck_archive_files_records")),
        sa.CheckConstraint(
            "last_offset - first_offset >= records - 1", name=op.f("ck_archive_files_offsets")
        ),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_archive_files")),
    )
    op.create_index(op.f("ix_archive_files_day"), "archive_files", ["day"])
    op.create_index(
        op.f("ix_archive_files_topic_partition_first_offset"),
        "archive_files",
        ["topic", "partition", "first_offset"],
    )
    op.create_index(op.f("ix_outcomes_reported_at"), "outcomes", ["reported_at"])


def downgrade() -> None:
    """Drop the tables with all that they hold, and the index. The files stay, and count no more."""
    op.drop_index(op.f("ix_outcomes_reported_at"), "outcomes")
    op.drop_table("archive_files")
    op.drop_table("archive_offsets")
