"""Windows of drift become sums of cells, with scores, revisions and an outbox.

Counts of before have no columns to score: they are dropped, and counting goes on from where it stood.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables in the place of the one of before."""
    op.drop_table("drift_windows")
    op.add_column(
        "drift_offsets",
        sa.Column("bucket_offsets", postgresql.JSONB(), server_default="{}", nullable=False),
    )
    op.add_column(
        "drift_offsets", sa.Column("caught_up_ms", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.create_table(
        "drift_cells",
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("duplicates", sa.BigInteger(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.LargeBinary(), nullable=True),
        sa.Column("is_dirty", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint(
            "events >= 0 AND duplicates >= 0 AND events + duplicates > 0", name=op.f("ck_drift_cells_events")
        ),
        sa.CheckConstraint("first_offset <= last_offset", name=op.f("ck_drift_cells_offsets")),
        sa.PrimaryKeyConstraint(
            "definition", "family", "model_version", "start_ms", "partition", name=op.f("pk_drift_cells")
        ),
    )
    op.create_index(
        "ix_drift_cells_dirty", "drift_cells", ["definition"], postgresql_where=sa.text("is_dirty")
    )
    op.create_table(
        "drift_windows",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("offsets", postgresql.JSONB(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("start_ms < end_ms", name=op.f("ck_drift_windows_span")),
        sa.CheckConstraint("revision > 0", name=op.f("ck_drift_windows_revision")),
        sa.PrimaryKeyConstraint("window_id", name=op.f("pk_drift_windows")),
    )
    op.create_index(
        op.f("ix_drift_windows_definition_family_model_version_start_ms"),
        "drift_windows",
        ["definition", "family", "model_version", "start_ms"],
        unique=True,
    )
    op.create_index(op.f("ix_drift_windows_start_ms_window_id"), "drift_windows", ["start_ms", "window_id"])
    op.create_table(
        "drift_outbox",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_drift_outbox")),
    )
    _create_reports()


def _create_reports() -> None:
    op.create_table(
        "drift_reports",
        sa.Column("window_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_sha256", sa.Text(), nullable=True),
        sa.Column("html_sha256", sa.Text(), nullable=True),
        sa.Column("json_sha256", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("wanted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('wanted', 'made', 'failed')", name=op.f("ck_drift_reports_state")),
        sa.CheckConstraint("reason IN ('alarm', 'request')", name=op.f("ck_drift_reports_reason")),
        sa.CheckConstraint(
            "state <> 'made' OR (window_sha256 IS NOT NULL AND html_sha256 IS NOT NULL AND "
            "json_sha256 IS NOT NULL AND made_at IS NOT NULL)",
            name=op.f("ck_drift_reports_files"),
        ),
        sa.PrimaryKeyConstraint("window_id", name=op.f("pk_drift_reports")),
    )
    op.create_index(
        "ix_drift_reports_wanted",
        "drift_reports",
        ["wanted_at"],
        postgresql_where=sa.text("state = 'wanted'"),
    )


def downgrade() -> None:
    """The table of before, empty."""
    op.drop_table("drift_reports")
    op.drop_table("drift_outbox")
    op.drop_table("drift_windows")
    op.drop_table("drift_cells")
    op.drop_column("drift_offsets", "caught_up_ms")
    op.drop_column("drift_offsets", "bucket_offsets")
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
