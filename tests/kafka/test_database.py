"""The schema on a real PostgreSQL: migrations, their agreement with the models, the constraints."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from shared.database import create_engine, migrate
from shared.database.migrate import MIGRATION_LOCK, downgrade, newest_revision
from shared.database.tables import EFFECT_CLASS_IDS, FORM_IDS, LEARN_METHOD_IDS, MOVE_CATEGORY_IDS, Base
from shared.errors import Misconfigured
from shared.pokedex_words import EFFECT_CLASS_WORDS, PRIORITY_WORDS
from shared.settings import Settings


@pytest.fixture
async def empty_database_url(database_url: str) -> AsyncIterator[str]:
    """A database of this test's own."""
    name = f"schema_{secrets.token_hex(4)}"
    owner = create_engine(Settings(database_url=database_url))
    try:
        async with owner.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text(f"CREATE DATABASE {name}"))
            yield f"{database_url.rsplit('/', 1)[0]}/{name}"
            await autocommit.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    finally:
        await owner.dispose()


@pytest.fixture
async def engine(empty_database_url: str) -> AsyncIterator[AsyncEngine]:
    await migrate(empty_database_url)
    engine = create_engine(Settings(database_url=empty_database_url))
    yield engine
    await engine.dispose()


async def _table_names(url: str) -> set[str]:
    engine = create_engine(Settings(database_url=url))
    try:
        async with engine.connect() as connection:
            return set(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))
    finally:
        await engine.dispose()


async def execute(url: str, *statements: str) -> None:
    engine = create_engine(Settings(database_url=url))
    try:
        async with engine.begin() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(Settings(database_url=url))
    try:
        async with engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]
    finally:
        await engine.dispose()


async def test_services_that_start_together_migrate_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    assert await _table_names(empty_database_url) == {*Base.metadata.tables, "alembic_version"}


async def test_a_database_that_is_there_already_is_left_without_a_migration(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty_database_url)

    async def refuse(*_: object) -> None:
        raise AssertionError("Alembic was asked")

    # the package shows the function by the name of its module
    monkeypatch.setattr(sys.modules["shared.database.migrate"], "_change", refuse)
    await migrate(empty_database_url)


def test_the_newest_revision_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", "shared.database:migrations")
    assert ScriptDirectory.from_config(config).get_current_head() == newest_revision()


async def test_the_schema_goes_down_to_nothing_and_up_again(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await downgrade(empty_database_url, "base")
    assert await _table_names(empty_database_url) == {"alembic_version"}
    await migrate(empty_database_url)
    assert await _table_names(empty_database_url) == {*Base.metadata.tables, "alembic_version"}


OLDER_ROWS = (
    "INSERT INTO types VALUES (13, 'electric', 'Electric', 'Électrik')",
    "INSERT INTO moves VALUES (85, 'bolt', 'Bolt', 'Tonnerre', 13, 2, 90, 100, 15, 0, 36, '', '{}'), "
    "(86, 'wave', 'Wave', 'Cage', 13, 3, 0, 90, 20, -6, 16, '', '{}')",
    "INSERT INTO ingest_runs VALUES ('first', 'snapshot', 'hash', 188, 223, 18, 429, 0, now(), now())",
    "INSERT INTO ingest_runs VALUES ('second', 'snapshot', 'hash', 188, 223, 18, 0, 0, now(), now())",
    "INSERT INTO ingest_runs VALUES ('third', 'snapshot', 'hash', 188, 223, 18, NULL, NULL, now(), NULL)",
)
NEWER_ROWS = (
    "INSERT INTO ingest_runs (run_id, source, forced, outcome, failed_step, problems, disagreements, "
    "finished_at) VALUES ('fourth', 'pokeapi', true, 'failed', 'enrich', '{away}', 3, now())",
    "INSERT INTO ingest_steps VALUES ('fourth', 'initialise', 0.1), ('fourth', 'enrich', 2)",
)


async def test_a_populated_database_goes_up_and_down_with_its_rows(empty_database_url: str) -> None:
    await migrate(empty_database_url, revision="0003")
    await execute(empty_database_url, *OLDER_ROWS)

    await migrate(empty_database_url)
    classes = (
        "SELECT m.slug, e.slug FROM moves m JOIN effect_classes e ON e.id = m.effect_class_id ORDER BY m.id"
    )
    outcomes = "SELECT run_id, outcome FROM ingest_runs ORDER BY run_id"
    assert await fetch(empty_database_url, classes) == [("bolt", "damage"), ("wave", "unique")]
    assert await fetch(empty_database_url, outcomes) == [
        ("first", "published"),
        ("second", "unchanged"),
        ("third", "interrupted"),
    ]

    await execute(empty_database_url, *NEWER_ROWS)
    await downgrade(empty_database_url, "0003")
    assert await fetch(empty_database_url, "SELECT slug, priority FROM moves ORDER BY id") == [
        ("bolt", 0),
        ("wave", -6),
    ]
    assert await fetch(empty_database_url, "SELECT run_id, published FROM ingest_runs ORDER BY run_id") == [
        ("first", 429),
        ("second", 0),
        ("third", None),
    ], "a run that loaded nothing has no place in the older schema"
    with pytest.raises(IntegrityError, match="ck_moves_priority"):
        await execute(empty_database_url, "UPDATE moves SET priority = -8")

    await migrate(empty_database_url)
    assert await fetch(empty_database_url, classes) == [("bolt", "damage"), ("wave", "unique")]


async def test_migrations_and_models_agree(engine: AsyncEngine) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_vocabularies_have_the_ids_of_the_models(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for table, ids in (
            ("forms", FORM_IDS),
            ("move_categories", MOVE_CATEGORY_IDS),
            ("learn_methods", LEARN_METHOD_IDS),
            ("effect_classes", EFFECT_CLASS_IDS),
        ):
            rows = await connection.execute(text(f"SELECT slug, id FROM {table}"))
            assert {row.slug: row.id for row in rows} == ids


async def test_effect_classes_and_priorities_are_called_as_everywhere_else(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        classes = await connection.execute(text("SELECT slug, description FROM effect_classes"))
        assert {row.slug: row.description for row in classes} == {
            slug: words.en for slug, words in EFFECT_CLASS_WORDS.items()
        }
        priorities = await connection.execute(text("SELECT priority, slug, description FROM move_priorities"))
        assert {row.priority: (row.slug, row.description) for row in priorities} == {
            priority: (words.slug, words.en) for priority, words in PRIORITY_WORDS.items()
        }


SPECIES = "INSERT INTO species VALUES (25, 'pikachu', 'Pikachu', 'Pikachu')"
POKEMON = "INSERT INTO pokemon VALUES (25, 'pikachu', 25, 1, 'Pikachu', 'Pikachu', 60, NULL)"
TYPE = "INSERT INTO types VALUES (13, 'electric', 'Electric', 'Électrik')"
MOVE = "INSERT INTO moves VALUES (85, 'bolt', 'Bolt', 'Tonnerre', 13, 2, 90, 100, 15, 0, 36, '', '{}', 2)"
RUN = (
    "INSERT INTO ingest_runs (run_id, source, forced, outcome, problems, disagreements) "
    "VALUES ('run', 'snapshot', false, 'running', '{}', 0)"
)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO species VALUES (25, 'raichu', 'a', 'b')", "pk_species"),
        ("INSERT INTO species VALUES (26, 'pikachu', 'a', 'b')", "uq_species_slug"),
        ("INSERT INTO species VALUES (26, 'raichu', 'Pikachu', 'b')", "uq_species_name_en"),
        ("INSERT INTO species VALUES (26, 'raichu', 'a', NULL)", "name_fr"),
        ("INSERT INTO pokemon VALUES (1, 'a', 99, 1, 'a', 'a', 1, NULL)", "fk_pokemon_species_number"),
        ("INSERT INTO pokemon VALUES (1, 'a', 25, 9, 'a', 'a', 1, NULL)", "fk_pokemon_form_id"),
        ("INSERT INTO pokemon VALUES (1, 'a', 25, 1, 'a', 'a', 0, NULL)", "ck_pokemon_weight"),
        ("INSERT INTO pokemon_types VALUES (25, 3, 13)", "ck_pokemon_types_slot"),
        ("INSERT INTO pokemon_types VALUES (25, 1, 13), (25, 2, 13)", "uq_pokemon_types_pokemon_id_type_id"),
        ("INSERT INTO pokemon_stats VALUES (25, 1, 1, 1, 1, 1, 256)", "ck_pokemon_stats_speed"),
        ("INSERT INTO type_effectiveness VALUES (13, 13, 1.5)", "ck_type_effectiveness_multiplier"),
        ("UPDATE moves SET accuracy = 101", "ck_moves_accuracy"),
        ("UPDATE moves SET power = 251", "ck_moves_power"),
        ("UPDATE moves SET pp = 0", "ck_moves_pp"),
        ("UPDATE moves SET priority = -3", "fk_moves_priority"),
        ("UPDATE moves SET effect_class_id = 15", "fk_moves_effect_class_id"),
        ("UPDATE moves SET category_id = 4", "fk_moves_category_id"),
        ("UPDATE moves SET type_id = 1", "fk_moves_type_id"),
        ("UPDATE moves SET name_fr = NULL", "name_fr"),
        ("INSERT INTO moves SELECT * FROM moves", "pk_moves"),
        ("INSERT INTO effect_classes VALUES (99, 'heal', '')", "uq_effect_classes_slug"),
        ("INSERT INTO move_priorities VALUES (0, 'usual', '')", "pk_move_priorities"),
        ("DELETE FROM types", "fk_moves_type_id"),
        ("UPDATE moves SET tm = 61", "ck_moves_tm"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 3, NULL)", "ck_pokemon_moves_level"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 6, 7)", "ck_pokemon_moves_level"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 3, 1)", "ck_pokemon_moves_level_range"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 7, NULL)", "fk_pokemon_moves_method_id"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 99, 1, NULL)", "fk_pokemon_moves_move_id"),
        (
            "INSERT INTO pokemon_moves VALUES (25, 0, 85, 1, NULL), (25, 0, 85, 4, NULL)",
            "pk_pokemon_moves",
        ),
        (
            "INSERT INTO pokemon_moves VALUES (25, 0, 85, 4, NULL), (25, 1, 85, 4, NULL)",
            "uq_pokemon_moves_pokemon_id_move_id_method_id_level",
        ),
        ("INSERT INTO evolutions VALUES (25, 25, 'trade', NULL, NULL)", "ck_evolutions_not_itself"),
        ("INSERT INTO evolutions VALUES (25, 26, 'trade', NULL, NULL)", "fk_evolutions_from_pokemon_id"),
        ("INSERT INTO evolutions VALUES (25, 26, 'level', NULL, NULL)", "ck_evolutions_level"),
        ("INSERT INTO evolutions VALUES (25, 26, 'stone', NULL, NULL)", "ck_evolutions_item"),
        ("INSERT INTO evolutions VALUES (25, 26, 'wish', NULL, NULL)", "ck_evolutions_trigger"),
        ("UPDATE ingest_runs SET source = 'hearsay'", "ck_ingest_runs_source"),
        ("UPDATE ingest_runs SET outcome = 'perhaps', finished_at = now()", "ck_ingest_runs_outcome"),
        ("UPDATE ingest_runs SET outcome = 'failed', finished_at = now()", "ck_ingest_runs_failure"),
        ("UPDATE ingest_runs SET outcome = 'published'", "ck_ingest_runs_end"),
        ("INSERT INTO ingest_steps VALUES ('run', 'guess', 0)", "ck_ingest_steps_step"),
        ("INSERT INTO ingest_steps VALUES ('run', 'load', -1)", "ck_ingest_steps_seconds"),
        ("INSERT INTO ingest_steps VALUES ('another', 'load', 1)", "fk_ingest_steps_run_id"),
    ],
)
async def test_the_database_refuses_what_no_pokedex_may_hold(
    engine: AsyncEngine, statement: str, constraint: str
) -> None:
    async with engine.connect() as connection:
        for row in (SPECIES, POKEMON, TYPE, MOVE, RUN):
            await connection.execute(text(row))
        with pytest.raises(IntegrityError, match=constraint):
            await connection.execute(text(statement))
        await connection.rollback()


async def test_a_migration_takes_as_long_as_it_takes(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Making an index of a long log does; services that start meanwhile wait for it."""
    monkeypatch.setattr("shared.database.engine.STATEMENT_TIMEOUT_SECONDS", 0.2)
    engine = create_async_engine(empty_database_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            waiting = asyncio.create_task(migrate(empty_database_url))
            await asyncio.sleep(1)
            assert not waiting.done()
        await waiting
    finally:
        await engine.dispose()
    (revision,) = await fetch(empty_database_url, "select version_num from alembic_version")
    assert revision == (newest_revision(),)


async def test_a_server_that_stays_away_is_named_without_its_password() -> None:
    with pytest.raises(Misconfigured, match=r"127\.0\.0\.1:1/pdx") as refused:
        await migrate("postgresql+asyncpg://someone:hidden@127.0.0.1:1/pdx", wait_s=0.5)
    assert "hidden" not in str(refused.value)


async def test_a_database_that_does_not_exist_is_refused_at_once(database_url: str) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        await migrate(f"{database_url.rsplit('/', 1)[0]}/nowhere", wait_s=60)
