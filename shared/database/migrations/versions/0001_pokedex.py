"""The relational Pokédex, with its three vocabularies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    forms = op.create_table(
        "forms",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forms")),
        sa.UniqueConstraint("slug", name=op.f("uq_forms_slug")),
    )
    move_categories = op.create_table(
        "move_categories",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_move_categories")),
        sa.UniqueConstraint("slug", name=op.f("uq_move_categories_slug")),
    )
    learn_methods = op.create_table(
        "learn_methods",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_learn_methods")),
        sa.UniqueConstraint("slug", name=op.f("uq_learn_methods_slug")),
    )
    op.create_table(
        "ingest_runs",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("pokedex_hash", sa.Text(), nullable=False),
        sa.Column("pokemon", sa.Integer(), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("types", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=True),
        sa.Column("removed", sa.Integer(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_ingest_runs")),
    )
    op.create_index(op.f("ix_ingest_runs_started_at"), "ingest_runs", ["started_at"], unique=False)
    op.create_table(
        "moves_left_out",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves_left_out")),
        sa.UniqueConstraint("name_en", name=op.f("uq_moves_left_out_name_en")),
        sa.UniqueConstraint("slug", name=op.f("uq_moves_left_out_slug")),
    )
    op.create_table(
        "species",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_species")),
        sa.UniqueConstraint("name_en", name=op.f("uq_species_name_en")),
        sa.UniqueConstraint("name_fr", name=op.f("uq_species_name_fr")),
        sa.UniqueConstraint("slug", name=op.f("uq_species_slug")),
    )
    op.create_table(
        "types",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_types")),
        sa.UniqueConstraint("name_en", name=op.f("uq_types_name_en")),
        sa.UniqueConstraint("name_fr", name=op.f("uq_types_name_fr")),
        sa.UniqueConstraint("slug", name=op.f("uq_types_slug")),
    )
    op.create_table(
        "moves",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("type_id", sa.SmallInteger(), nullable=False),
        sa.Column("category_id", sa.SmallInteger(), nullable=False),
        sa.Column("power", sa.SmallInteger(), nullable=False),
        sa.Column("accuracy", sa.SmallInteger(), nullable=True),
        sa.Column("pp", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("tm", sa.SmallInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("effects", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("accuracy BETWEEN 1 AND 100", name=op.f("ck_moves_accuracy")),
        sa.CheckConstraint("power BETWEEN 0 AND 250", name=op.f("ck_moves_power")),
        sa.CheckConstraint("pp BETWEEN 1 AND 40", name=op.f("ck_moves_pp")),
        sa.CheckConstraint("priority BETWEEN -7 AND 5", name=op.f("ck_moves_priority")),
        sa.CheckConstraint("tm BETWEEN 1 AND 60", name=op.f("ck_moves_tm")),
        sa.ForeignKeyConstraint(["category_id"], ["move_categories.id"], name=op.f("fk_moves_category_id")),
        sa.ForeignKeyConstraint(["type_id"], ["types.id"], name=op.f("fk_moves_type_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moves")),
        sa.UniqueConstraint("name_en", name=op.f("uq_moves_name_en")),
        sa.UniqueConstraint("name_fr", name=op.f("uq_moves_name_fr")),
        sa.UniqueConstraint("slug", name=op.f("uq_moves_slug")),
        sa.UniqueConstraint("tm", name=op.f("uq_moves_tm")),
    )
    op.create_index(op.f("ix_moves_type_id"), "moves", ["type_id"], unique=False)
    op.create_table(
        "pokemon",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("species_number", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.SmallInteger(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("weight_hg", sa.Integer(), nullable=False),
        sa.Column("sprite_url", sa.Text(), nullable=True),
        sa.CheckConstraint("weight_hg > 0", name=op.f("ck_pokemon_weight")),
        sa.ForeignKeyConstraint(["form_id"], ["forms.id"], name=op.f("fk_pokemon_form_id")),
        sa.ForeignKeyConstraint(
            ["species_number"], ["species.number"], name=op.f("fk_pokemon_species_number")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pokemon")),
        sa.UniqueConstraint("name_en", name=op.f("uq_pokemon_name_en")),
        sa.UniqueConstraint("name_fr", name=op.f("uq_pokemon_name_fr")),
        sa.UniqueConstraint("slug", name=op.f("uq_pokemon_slug")),
    )
    op.create_index(op.f("ix_pokemon_species_number"), "pokemon", ["species_number"], unique=False)
    op.create_table(
        "type_effectiveness",
        sa.Column("attacking_type_id", sa.SmallInteger(), nullable=False),
        sa.Column("defending_type_id", sa.SmallInteger(), nullable=False),
        sa.Column("multiplier", sa.Numeric(precision=2, scale=1), nullable=False),
        sa.CheckConstraint("multiplier IN (0, 0.5, 1, 2)", name=op.f("ck_type_effectiveness_multiplier")),
        sa.ForeignKeyConstraint(
            ["attacking_type_id"], ["types.id"], name=op.f("fk_type_effectiveness_attacking_type_id")
        ),
        sa.ForeignKeyConstraint(
            ["defending_type_id"], ["types.id"], name=op.f("fk_type_effectiveness_defending_type_id")
        ),
        sa.PrimaryKeyConstraint("attacking_type_id", "defending_type_id", name=op.f("pk_type_effectiveness")),
    )
    op.create_table(
        "evolutions",
        sa.Column("to_pokemon_id", sa.Integer(), nullable=False),
        sa.Column("from_pokemon_id", sa.Integer(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("item", sa.Text(), nullable=True),
        sa.CheckConstraint("(trigger = 'level') = (level IS NOT NULL)", name=op.f("ck_evolutions_level")),
        sa.CheckConstraint("(trigger = 'stone') = (item IS NOT NULL)", name=op.f("ck_evolutions_item")),
        sa.CheckConstraint(
            "trigger IN ('level', 'stone', 'trade', 'friendship', 'candy')",
            name=op.f("ck_evolutions_trigger"),
        ),
        sa.CheckConstraint("from_pokemon_id <> to_pokemon_id", name=op.f("ck_evolutions_not_itself")),
        sa.CheckConstraint("level BETWEEN 2 AND 100", name=op.f("ck_evolutions_level_range")),
        sa.ForeignKeyConstraint(
            ["from_pokemon_id"], ["pokemon.id"], name=op.f("fk_evolutions_from_pokemon_id")
        ),
        sa.ForeignKeyConstraint(["to_pokemon_id"], ["pokemon.id"], name=op.f("fk_evolutions_to_pokemon_id")),
        sa.PrimaryKeyConstraint("to_pokemon_id", name=op.f("pk_evolutions")),
    )
    op.create_index(op.f("ix_evolutions_from_pokemon_id"), "evolutions", ["from_pokemon_id"], unique=False)
    op.create_table(
        "pokemon_moves",
        sa.Column("pokemon_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("move_id", sa.Integer(), nullable=False),
        sa.Column("method_id", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("(method_id = 3) = (level IS NOT NULL)", name=op.f("ck_pokemon_moves_level")),
        sa.CheckConstraint("level BETWEEN 2 AND 100", name=op.f("ck_pokemon_moves_level_range")),
        sa.ForeignKeyConstraint(["method_id"], ["learn_methods.id"], name=op.f("fk_pokemon_moves_method_id")),
        sa.ForeignKeyConstraint(["move_id"], ["moves.id"], name=op.f("fk_pokemon_moves_move_id")),
        sa.ForeignKeyConstraint(["pokemon_id"], ["pokemon.id"], name=op.f("fk_pokemon_moves_pokemon_id")),
        sa.PrimaryKeyConstraint("pokemon_id", "position", name=op.f("pk_pokemon_moves")),
        sa.UniqueConstraint(
            "pokemon_id",
            "move_id",
            "method_id",
            "level",
            name=op.f("uq_pokemon_moves_pokemon_id_move_id_method_id_level"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("ix_pokemon_moves_move_id"), "pokemon_moves", ["move_id"], unique=False)
    op.create_table(
        "pokemon_stats",
        sa.Column("pokemon_id", sa.Integer(), nullable=False),
        sa.Column("hp", sa.SmallInteger(), nullable=False),
        sa.Column("attack", sa.SmallInteger(), nullable=False),
        sa.Column("defense", sa.SmallInteger(), nullable=False),
        sa.Column("special_attack", sa.SmallInteger(), nullable=False),
        sa.Column("special_defense", sa.SmallInteger(), nullable=False),
        sa.Column("speed", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("attack BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_attack")),
        sa.CheckConstraint("defense BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_defense")),
        sa.CheckConstraint("hp BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_hp")),
        sa.CheckConstraint("special_attack BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_special_attack")),
        sa.CheckConstraint(
            "special_defense BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_special_defense")
        ),
        sa.CheckConstraint("speed BETWEEN 1 AND 255", name=op.f("ck_pokemon_stats_speed")),
        sa.ForeignKeyConstraint(["pokemon_id"], ["pokemon.id"], name=op.f("fk_pokemon_stats_pokemon_id")),
        sa.PrimaryKeyConstraint("pokemon_id", name=op.f("pk_pokemon_stats")),
    )
    op.create_table(
        "pokemon_types",
        sa.Column("pokemon_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("type_id", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("slot IN (1, 2)", name=op.f("ck_pokemon_types_slot")),
        sa.ForeignKeyConstraint(["pokemon_id"], ["pokemon.id"], name=op.f("fk_pokemon_types_pokemon_id")),
        sa.ForeignKeyConstraint(["type_id"], ["types.id"], name=op.f("fk_pokemon_types_type_id")),
        sa.PrimaryKeyConstraint("pokemon_id", "slot", name=op.f("pk_pokemon_types")),
        sa.UniqueConstraint("pokemon_id", "type_id", name=op.f("uq_pokemon_types_pokemon_id_type_id")),
    )
    op.create_index(op.f("ix_pokemon_types_type_id"), "pokemon_types", ["type_id"], unique=False)
    op.bulk_insert(
        forms,
        [
            {"id": 1, "slug": "base", "description": "As the species is met"},
            {"id": 2, "slug": "alola", "description": "The form of the Alola region"},
            {"id": 3, "slug": "partner", "description": "The partner that one starts with"},
            {"id": 4, "slug": "mega", "description": "Mega-evolved during a battle"},
        ],
    )
    op.bulk_insert(
        move_categories,
        [
            {"id": 1, "slug": "physical", "description": "Damage from Attack against Defense"},
            {"id": 2, "slug": "special", "description": "Damage from Special Attack against Special Defense"},
            {"id": 3, "slug": "status", "description": "No damage of its own"},
        ],
    )
    op.bulk_insert(
        learn_methods,
        [
            {"id": 1, "slug": "start", "description": "Known from level 1"},
            {"id": 2, "slug": "evolution", "description": "Learned on evolving"},
            {"id": 3, "slug": "level", "description": "Learned on reaching a level"},
            {"id": 4, "slug": "tm", "description": "Taught by a technical machine"},
            {"id": 5, "slug": "tutor", "description": "Taught by the partner's tutor"},
            {"id": 6, "slug": "inherited", "description": "Kept from a pre-evolution, or a Mega's base form"},
        ],
    )


def downgrade() -> None:
    """Drop the tables with all that they hold."""
    op.drop_table("pokemon_types")
    op.drop_table("pokemon_stats")
    op.drop_table("pokemon_moves")
    op.drop_table("evolutions")
    op.drop_table("type_effectiveness")
    op.drop_table("pokemon")
    op.drop_table("moves")
    op.drop_table("types")
    op.drop_table("species")
    op.drop_table("moves_left_out")
    op.drop_table("ingest_runs")
    op.drop_table("learn_methods")
    op.drop_table("move_categories")
    op.drop_table("forms")
