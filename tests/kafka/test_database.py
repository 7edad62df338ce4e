"""The schema on a real PostgreSQL: migrations, their agreement with the models, the constraints."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database import create_engine, migrate
from shared.database.migrate import downgrade
from shared.database.tables import FORM_IDS, LEARN_METHOD_IDS, MOVE_CATEGORY_IDS, Base
from shared.errors import Misconfigured
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


async def test_services_that_start_together_migrate_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(4)))
    assert await _table_names(empty_database_url) == {*Base.metadata.tables, "alembic_version"}


async def test_the_schema_goes_down_to_nothing_and_up_again(empty_database_url: str) -> None:
    await migrate(empty_database_url)
    await downgrade(empty_database_url, "base")
    assert await _table_names(empty_database_url) == {"alembic_version"}
    await migrate(empty_database_url)
    assert await _table_names(empty_database_url) == {*Base.metadata.tables, "alembic_version"}


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
        ):
            rows = await connection.execute(text(f"SELECT slug, id FROM {table}"))
            assert {row.slug: row.id for row in rows} == ids


SPECIES = "INSERT INTO species VALUES (25, 'pikachu', 'Pikachu', 'Pikachu')"
POKEMON = "INSERT INTO pokemon VALUES (25, 'pikachu', 25, 1, 'Pikachu', 'Pikachu', 60, NULL)"
TYPE = "INSERT INTO types VALUES (13, 'electric', 'Electric', 'Électrik')"
MOVE = "INSERT INTO moves VALUES (85, 'bolt', 'Bolt', 'Tonnerre', 13, 2, 90, 100, 15, 0, 36, '', '{}')"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO species VALUES (26, 'pikachu', 'a', 'b')", "uq_species_slug"),
        ("INSERT INTO pokemon VALUES (1, 'a', 99, 1, 'a', 'a', 1, NULL)", "fk_pokemon_species_number"),
        ("INSERT INTO pokemon VALUES (1, 'a', 25, 9, 'a', 'a', 1, NULL)", "fk_pokemon_form_id"),
        ("INSERT INTO pokemon VALUES (1, 'a', 25, 1, 'a', 'a', 0, NULL)", "ck_pokemon_weight"),
        ("INSERT INTO pokemon_types VALUES (25, 3, 13)", "ck_pokemon_types_slot"),
        ("INSERT INTO pokemon_types VALUES (25, 1, 13), (25, 2, 13)", "uq_pokemon_types_pokemon_id_type_id"),
        ("INSERT INTO pokemon_stats VALUES (25, 1, 1, 1, 1, 1, 256)", "ck_pokemon_stats_speed"),
        ("INSERT INTO type_effectiveness VALUES (13, 13, 1.5)", "ck_type_effectiveness_multiplier"),
        ("UPDATE moves SET accuracy = 101", "ck_moves_accuracy"),
        ("UPDATE moves SET tm = 61", "ck_moves_tm"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 3, NULL)", "ck_pokemon_moves_level"),
        ("INSERT INTO pokemon_moves VALUES (25, 0, 85, 6, 7)", "ck_pokemon_moves_level"),
        (
            "INSERT INTO pokemon_moves VALUES (25, 0, 85, 4, NULL), (25, 1, 85, 4, NULL)",
            "uq_pokemon_moves_pokemon_id_move_id_method_id_level",
        ),
        ("INSERT INTO evolutions VALUES (25, 25, 'trade', NULL, NULL)", "ck_evolutions_not_itself"),
    ],
)
async def test_the_database_refuses_what_no_pokedex_may_hold(
    engine: AsyncEngine, statement: str, constraint: str
) -> None:
    async with engine.connect() as connection:
        for row in (SPECIES, POKEMON, TYPE, MOVE):
            await connection.execute(text(row))
        with pytest.raises(IntegrityError, match=constraint):
            await connection.execute(text(statement))
        await connection.rollback()


async def test_a_server_that_stays_away_is_named_without_its_password() -> None:
    with pytest.raises(Misconfigured, match=r"127\.0\.0\.1:1/pdx") as refused:
        await migrate("postgresql+asyncpg://someone:hidden@127.0.0.1:1/pdx", wait_s=0.5)
    assert "hidden" not in str(refused.value)


async def test_a_database_that_does_not_exist_is_refused_at_once(database_url: str) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        await migrate(f"{database_url.rsplit('/', 1)[0]}/nowhere", wait_s=60)
