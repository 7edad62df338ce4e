"""Whose prediction it is, what came of it in truth, and the jobs of the REST API."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and make the tables."""
    op.add_column("predictions", sa.Column("requester", sa.Text(), nullable=True))
    op.create_index(
        op.f("ix_predictions_requester_made_at_request_id"),
        "predictions",
        ["requester", "made_at", "request_id"],
    )
    op.create_table(
        "outcomes",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("source_partition", sa.Integer(), nullable=False),
        sa.Column("source_offset", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("request_id", "reporter", name=op.f("pk_outcomes")),
    )
    op.create_table(
        "jobs",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("requester", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), server_default="0", nullable=False),
        sa.Column("refused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expired", sa.Integer(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Text(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("total > 0", name=op.f("ck_jobs_total")),
        sa.CheckConstraint("answered + refused + expired <= total", name=op.f("ck_jobs_progress")),
        sa.CheckConstraint(
            "(finished_at IS NOT NULL) = (answered + refused + expired = total)", name=op.f("ck_jobs_end")
        ),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_jobs")),
    )
    op.create_index(op.f("ix_jobs_requester_created_at"), "jobs", ["requester", "created_at"])
    op.create_table(
        "job_battles",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("question", postgresql.JSONB(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("document", postgresql.JSONB(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('answered', 'refused', 'expired')", name=op.f("ck_job_battles_outcome")
        ),
        sa.CheckConstraint("(outcome IS NULL) = (document IS NULL)", name=op.f("ck_job_battles_document")),
        sa.CheckConstraint(
            "question IS NOT NULL OR outcome = 'refused'", name=op.f("ck_job_battles_question")
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_job_battles_position")),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.job_id"], name=op.f("fk_job_battles_job_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job_id", "position", name=op.f("pk_job_battles")),
    )


def downgrade() -> None:
    """Drop the tables with all that they hold, and the column."""
    op.drop_table("job_battles")
    op.drop_table("jobs")
    op.drop_table("outcomes")
    op.drop_index(op.f("ix_predictions_requester_made_at_request_id"), "predictions")
    op.drop_column("predictions", "requester")
