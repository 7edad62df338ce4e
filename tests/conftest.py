"""A real broker and a real database for the whole run, started at the first test that needs one.

`PDX_TEST_KAFKA_BOOTSTRAP` and `PDX_TEST_DATABASE_URL` name servers of yours instead. `kafka` is always
our own broker process: fault tests kill and pause it.
"""

import asyncio
import gc
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from services.cli import speaking
from services.embedded.chromium import find_chromium
from services.embedded.kafka import EmbeddedKafka
from services.embedded.oracle import missing_of_oracle
from services.embedded.postgres import EmbeddedPostgres
from shared.battle.family import BattleFamily
from shared.topics import create_topics
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.s3_server import KEYS, S3Server

# how fast this machine draws examples is no property of the code
hypothesis_settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands speak English whatever the terminal of whoever runs the tests, or a test before, says."""
    for name in speaking.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    speaking.use_language(None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Page tests need a browser, comparisons the reference engine; `dex test` says what is left out."""
    pages = Path(__file__).parent / "ui"
    for item in items:
        if item.path.is_relative_to(pages):
            item.add_marker(pytest.mark.chromium)
    is_absent = {"chromium": find_chromium() is None, "oracle": missing_of_oracle() != ""}
    absent = {name for name, is_so in is_absent.items() if is_so}
    left_out = [item for item in items if absent & {mark.name for mark in item.iter_markers()}]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Changed battle sources are compiled before the first test, whose time limit is for other things."""
    _lighten()
    folder = Path(__file__).parent
    slow = [
        folder / "unit/shared/battle",
        folder / "unit/services/training",
        folder / "kafka",
        folder / "faults",
        folder / "system",
    ]
    if any(item.path.is_relative_to(path) for item in session.items for path in slow):
        BattleFamily().prepare(load_snapshot_pokedex())


def _lighten() -> None:
    """What is imported is no garbage to look through again, and a traceback is no table of all locals."""
    gc.collect()
    gc.freeze()
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], renderer])


@pytest.fixture(scope="session", autouse=True)
def archive_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What recorders of tests archive is nothing of this checkout's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PDX_ARCHIVE", str(tmp_path_factory.mktemp("archive")))
        yield


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """S3 of this run; processes that start from now on have keys for it."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in KEYS.items():
            patch.setenv(name, value)
        server = S3Server(tmp_path_factory.mktemp("s3"))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def archive_root(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """`PDX_ARCHIVE` of a test: a folder, unless the test is `in_each_place`."""
    if getattr(request, "param", "folder") == "folder":
        return str(tmp_path / "archive")
    server: S3Server = request.getfixturevalue("s3_server")
    return server.archive(server.make_bucket())


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedKafka]:
    """The broker of this run, with all topics made. A test that stops it starts it again."""
    broker = EmbeddedKafka(tmp_path_factory.mktemp("kafka"))
    broker.start()
    try:
        asyncio.run(create_topics(broker.bootstrap))
        yield broker
    finally:
        broker.stop()


@pytest.fixture(scope="session")
def kafka_bootstrap(request: pytest.FixtureRequest) -> str:
    """host:port of a broker that has all topics."""
    outside = os.environ.get("PDX_TEST_KAFKA_BOOTSTRAP")
    if outside is None:
        broker: EmbeddedKafka = request.getfixturevalue("kafka")
        return broker.bootstrap
    asyncio.run(create_topics(outside))
    return outside


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The database server of this run, without fsync."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), is_durable=False)
    server.start()
    try:
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """SQLAlchemy URL (asyncpg) of an empty database made for this run."""
    name = f"test_{secrets.token_hex(4)}"
    outside = os.environ.get("PDX_TEST_DATABASE_URL")
    if outside is None:
        server: EmbeddedPostgres = request.getfixturevalue("postgres")
        yield server.create_database(name)
        return
    plain = outside.replace("postgresql+asyncpg://", "postgresql://")
    asyncio.run(_execute(plain, f'create database "{name}"'))
    try:
        yield plain.rsplit("/", 1)[0].replace("postgresql://", "postgresql+asyncpg://") + f"/{name}"
    finally:
        asyncio.run(_execute(plain, f'drop database "{name}" with (force)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A fresh data directory."""
    return tmp_path / "data"
