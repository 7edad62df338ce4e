"""Effect classes and priorities as vocabularies; what became of a run of ingest, and its steps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STEPS = "('initialise', 'load', 'enrich', 'learnsets', 'post-process', 'publish')"
PRIORITIES = (
    (5, "assist", "Helps before all else"),
    (4, "protect", "Protects before any attack"),
    (3, "surprise", "Surprises"),
    (2, "very-quick", "Very quick"),
    (1, "quick", "Quick"),
    (0, "normal", "Normal"),
    (-5, "retaliate", "Strikes back"),
    (-6, "last", "Last"),
)
EFFECT_CLASSES = (
    ("damage", "Damage"),
    ("damage+ailment", "Damage and an ailment"),
    ("damage+lower", "Damage and lower stats of the target"),
    ("damage+raise", "Damage and raised stats of the user"),
    ("damage+heal", "Damage and healing"),
    ("ohko", "One-hit KO"),
    ("ailment", "Ailment"),
    ("net-good-stats", "Change of stats"),
    ("swagger", "Confusion and raised stats of the target"),
    ("heal", "Healing"),
    ("field-effect", "Effect on one side"),
    ("whole-field-effect", "Effect on the whole field"),
    ("force-switch", "Forced switch"),
    ("unique", "An effect of its own"),
)
NEW_RUN_CHECKS = {
    "source": "source IN ('snapshot', 'pokeapi', 'pokepedia')",
    "outcome": "outcome IN ('running', 'published', 'unchanged', 'failed', 'interrupted')",
    "failed_step": f"failed_step IN {STEPS}",
    "failure": "(outcome = 'failed') = (failed_step IS NOT NULL)",
    "end": "(outcome = 'running') = (finished_at IS NULL)",
    "disagreements": "disagreements >= 0",
}
LOADED = ("pokedex_hash", "pokemon", "moves", "types")


def upgrade() -> None:
    """Make the vocabularies, fill what refers to them, and widen the log of runs."""
    _make_vocabularies()
    op.add_column("moves", sa.Column("effect_class_id", sa.SmallInteger(), nullable=True))
    # Coarse, and true of most; the ingest that follows every start writes all moves anew.
    op.execute(
        "UPDATE moves SET effect_class_id = (SELECT id FROM effect_classes WHERE slug = "
        "CASE WHEN category_id = 3 THEN 'unique' ELSE 'damage' END)"
    )
    op.alter_column("moves", "effect_class_id", nullable=False)
    op.create_foreign_key(
        op.f("fk_moves_effect_class_id"), "moves", "effect_classes", ["effect_class_id"], ["id"]
    )
    op.drop_constraint(op.f("ck_moves_priority"), "moves", type_="check")
    op.create_foreign_key(op.f("fk_moves_priority"), "moves", "move_priorities", ["priority"], ["priority"])
    _widen_runs()
    op.create_table(
        "ingest_steps",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.CheckConstraint(f"step IN {STEPS}", name=op.f("ck_ingest_steps_step")),
        sa.CheckConstraint("seconds >= 0", name=op.f("ck_ingest_steps_seconds")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["ingest_runs.run_id"], name=op.f("fk_ingest_steps_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "step", name=op.f("pk_ingest_steps")),
    )


def _make_vocabularies() -> None:
    priorities = op.create_table(
        "move_priorities",
        sa.Column("priority", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("priority", name=op.f("pk_move_priorities")),
        sa.UniqueConstraint("slug", name=op.f("uq_move_priorities_slug")),
    )
    effect_classes = op.create_table(
        "effect_classes",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_classes")),
        sa.UniqueConstraint("slug", name=op.f("uq_effect_classes_slug")),
    )
    op.bulk_insert(
        priorities,
        [{"priority": value, "slug": slug, "description": text} for value, slug, text in PRIORITIES],
    )
    op.bulk_insert(
        effect_classes,
        [
            {"id": number, "slug": slug, "description": text}
            for number, (slug, text) in enumerate(EFFECT_CLASSES, start=1)
        ],
    )


def _widen_runs() -> None:
    for column in (
        sa.Column("refresh_id", sa.Text(), nullable=True),
        sa.Column("forced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("outcome", sa.Text(), server_default="published", nullable=False),
        sa.Column("failed_step", sa.Text(), nullable=True),
        sa.Column("problems", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("disagreements", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("ingest_runs", column)
    op.execute("UPDATE ingest_runs SET outcome = 'unchanged' WHERE published = 0 AND removed = 0")
    op.execute(
        "UPDATE ingest_runs SET outcome = 'interrupted', finished_at = started_at WHERE finished_at IS NULL"
    )
    for name in ("forced", "outcome", "problems", "disagreements"):
        op.alter_column("ingest_runs", name, server_default=None)
    for name in LOADED:
        op.alter_column("ingest_runs", name, nullable=True)
    for name, condition in NEW_RUN_CHECKS.items():
        op.create_check_constraint(op.f(f"ck_ingest_runs_{name}"), "ingest_runs", condition)
    op.create_index(op.f("ix_ingest_runs_refresh_id"), "ingest_runs", ["refresh_id"])


def downgrade() -> None:
    """Lose the vocabularies, the steps, and the runs that loaded nothing."""
    op.drop_table("ingest_steps")
    op.drop_index(op.f("ix_ingest_runs_refresh_id"), "ingest_runs")
    for name in NEW_RUN_CHECKS:
        op.drop_constraint(op.f(f"ck_ingest_runs_{name}"), "ingest_runs", type_="check")
    op.execute("DELETE FROM ingest_runs WHERE pokedex_hash IS NULL")
    for name in LOADED:
        op.alter_column("ingest_runs", name, nullable=False)
    for name in ("refresh_id", "forced", "outcome", "failed_step", "problems", "disagreements"):
        op.drop_column("ingest_runs", name)
    op.drop_constraint(op.f("fk_moves_priority"), "moves", type_="foreignkey")
    op.create_check_constraint(op.f("ck_moves_priority"), "moves", "priority BETWEEN -7 AND 5")
    op.drop_constraint(op.f("fk_moves_effect_class_id"), "moves", type_="foreignkey")
    op.drop_column("moves", "effect_class_id")
    op.drop_table("effect_classes")
    op.drop_table("move_priorities")
