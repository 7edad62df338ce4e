"""How good the answers of windows were, from a real prediction log: exact, bounded, late outcomes count."""

import json
import secrets
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.drift.app import create_app as create_drift
from services.gateway.database import LogDatabase
from services.gateway.drift.log import DriftLog
from services.recorder.app import create_app as create_recorder
from shared.artefacts import ArtefactStore
from shared.database import create_engine, drift_performance, migrate
from shared.database.drift_performance import STATEMENT, parameters, performances
from shared.database.drift_windows import StoredWindow, WindowFilters
from shared.drift.performance import Performance, grouped, performance
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import eventually, settings_for
from tests.support.drift import a_reference, observed_rows, stored_windows
from tests.support.drift_family import FAMILY, DriftingFamily, begin_at_the_end, prediction, release, send
from tests.support.outcomes import report
from tests.support.own_database import own_database

pytestmark = pytest.mark.timeout(180)
PARTITIONS = 4
ROWS = 100_000
WINDOWS = 20
LENGTH = ROWS // PARTITIONS // WINDOWS
"""Offsets of a window in a partition."""
FAMILIES = {FAMILY: DriftingFamily()}
PREDICTION = (
    "(request_id, family, request, body_hash, model_version, feature_set, pokedex_hash, answer, features, "
    "late, source_partition, source_offset, made_at)"
)
OUTCOME = "(request_id, reporter, outcome, source_partition, source_offset, reported_at)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def log(database_url: str) -> AsyncIterator[Settings]:
    """A log of its own: 100,000 predictions of two versions, every third with an outcome, some with two."""
    async with own_database(database_url, "performance") as url:
        await migrate(url)
        database = await asyncpg.connect(url.replace("+asyncpg", ""))
        await database.execute(f"""
            insert into predictions {PREDICTION}
            select 'r' || n, '{FAMILY}', '{{}}'::jsonb, 'h', case when n % 10 = 7 then 'v2' else 'v1' end,
                   'f', 'p', jsonb_build_object('moves', repeat('x', 300), 'win_probability',
                                           (n * 7919 % 1000) / 999.0),
                   ''::bytea, false, n % {PARTITIONS}, n / {PARTITIONS}, to_timestamp(n / 1000.0)
            from generate_series(0, {ROWS - 1}) as n;
            insert into outcomes {OUTCOME}
            select 'r' || n, 'one', case when n * 31 % 100 < 60 then 'yes' else 'no' end, 0, n,
                   to_timestamp(n)
            from generate_series(0, {ROWS + 5_000}, 3) as n;
            insert into outcomes {OUTCOME}
            select 'r' || n, 'another', 'no', 0, n, to_timestamp(n + 1)
            from generate_series(0, {ROWS - 1}, 6) as n;
            analyze""")
        await database.close()
        yield Settings(database_url=url)


@pytest.fixture
async def engine(log: Settings) -> AsyncIterator[AsyncEngine]:
    made = create_engine(log)
    yield made
    await made.dispose()


def placed(number: int, version: str = "v1") -> StoredWindow:
    """The window of this number of the log: equally long in every partition."""
    (stored,) = stored_windows(1)
    end_ms = (number + 1) * LENGTH * PARTITIONS
    return replace(
        stored,
        window_id=f"{number}-{version}",
        window=msgspec.structs.replace(
            stored.window,
            family=FAMILY,
            model_version=version,
            start_ms=end_ms - LENGTH * PARTITIONS,
            end_ms=end_ms,
        ),
        offsets=[
            {"partition": one, "first_offset": number * LENGTH, "last_offset": (number + 1) * LENGTH - 1}
            for one in range(PARTITIONS)
        ],
    )


def expected(window: StoredWindow) -> Performance | None:
    """The same in Python, from how the log was made."""
    begin, end = window.window.start_ms, window.window.end_ms
    own = [n for n in range(begin, end) if (n % 10 == 7) == (window.window.model_version == "v2")]
    chances = {f"r{n}": (n * 7919 % 1000) / 999 for n in own}
    truths = {f"r{n}": float(n * 31 % 100 < 60) for n in own if n % 3 == 0}
    return performance(grouped(chances, truths))


def assert_same(found: Performance, other: Performance | None) -> None:
    assert other is not None
    one, two = (json.loads(msgspec.json.encode(some)) for some in (found, other))
    assert one.pop("estimate") == pytest.approx(two.pop("estimate"))
    assert one.pop("accuracy_interval") == pytest.approx(two.pop("accuracy_interval"))
    for mine, theirs in zip(one.pop("reliability"), two.pop("reliability"), strict=True):
        assert mine == pytest.approx(theirs)
    assert one.pop("basis") == two.pop("basis")
    assert one == pytest.approx(two)


async def ask(engine: AsyncEngine, windows: Sequence[StoredWindow]) -> dict[str, Performance]:
    async with engine.connect() as connection:
        return await performances(connection, windows, FAMILIES)


async def test_each_window_is_judged_by_its_own_predictions_and_their_first_reports(
    engine: AsyncEngine,
) -> None:
    windows = [placed(0), placed(7), placed(7, "v2"), placed(19)]
    found = await ask(engine, windows)
    for window in windows:
        assert_same(found[window.window_id], expected(window))
    assert found["7-v1"].known == pytest.approx(found["7-v1"].predictions / 3, abs=2)
    beyond = placed(WINDOWS)
    other = replace(windows[0], window=msgspec.structs.replace(windows[0].window, family="elsewhere"))
    assert await ask(engine, [beyond, other]) == {}
    assert await ask(engine, []) == {}


async def test_it_is_looked_up_by_place_and_by_request_however_long_the_log(engine: AsyncEngine) -> None:
    windows = [placed(number) for number in range(WINDOWS)]
    async with engine.connect() as connection:
        explained = await connection.execute(
            text(f"EXPLAIN (ANALYZE, TIMING OFF) {STATEMENT.text}"),
            parameters(windows, FAMILIES[FAMILY], 5_000),
        )
        plan = "\n".join(explained.scalars())
    print(plan)
    assert "ix_predictions_source_partition_source_offset" in plan
    assert "pk_outcomes" in plan
    assert "Seq Scan" not in plan


async def test_of_a_long_window_each_nth_prediction_is_looked_at(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drift_performance, "MOST_LOOKED_AT", 1_000)
    found = (await ask(engine, [placed(3)]))["3-v1"]
    assert 850 <= found.predictions <= 1_000
    whole = expected(placed(3))
    assert whole is not None
    assert whole.predictions == LENGTH * PARTITIONS * 0.9
    assert found.estimate.accuracy == pytest.approx(whole.estimate.accuracy, abs=0.02)


async def test_what_is_no_chance_no_outcome_or_of_another_topic_does_not_count(engine: AsyncEngine) -> None:
    """Beyond the log's end: the same offsets, once before the window's end, once after it."""
    offset = ROWS
    answers = [
        '{"win_probability": 0.8}',
        '{"win_probability": 1e400}',
        '{"win_probability": "0.8"}',
        "[]",
        "{}",
    ]
    async with engine.begin() as connection:
        for number, answer in enumerate([*answers, answers[0]]):
            at_ms = 500 if number < len(answers) else 5_000
            await connection.execute(
                text(
                    f"insert into predictions {PREDICTION} values (:id, :family, '{{}}', 'h', 'v9', 'f', "
                    "'p', CAST(:answer AS jsonb), '', false, 0, :offset, :at)"
                ),
                {
                    "id": f"odd{number}",
                    "family": FAMILY,
                    "answer": answer,
                    "offset": offset + number,
                    "at": datetime.fromtimestamp(at_ms / 1_000, UTC),
                },
            )
        for position, (reporter, outcome) in enumerate([("a", "perhaps"), ("b", "no"), ("c", "yes")]):
            await connection.execute(
                text(
                    f"insert into outcomes {OUTCOME} "
                    "values ('odd0', :reporter, :outcome, 0, :position, to_timestamp(9))"
                ),
                {"reporter": reporter, "outcome": outcome, "position": position},
            )
    (stored,) = stored_windows(1)
    odd = replace(
        stored,
        window=msgspec.structs.replace(stored.window, family=FAMILY, model_version="v9", end_ms=1_000),
        offsets=[{"partition": 0, "first_offset": offset, "last_offset": offset + 9}],
    )
    found = (await ask(engine, [odd]))[odd.window_id]
    assert (found.predictions, found.known, found.accuracy) == (1, 1, 0.0)
    assert found.brier == pytest.approx(0.64)


async def test_outcomes_that_come_late_tell_how_good_a_closed_window_was(
    kafka_bootstrap: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(
        kafka_bootstrap,
        database_url=database_url,
        data_dir=tmp_path,
        drift_window_records=90,
        drift_grace_seconds=0.1,
        drift_least_records=50,
    )
    ensure_keys(settings.signing_key_file, settings.verify_key_file)
    await migrate(settings.database_url)
    database = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    version = secrets.token_hex(4)
    await begin_at_the_end(settings, database)
    await database.close()
    await release(settings, version, a_reference())
    made = [prediction(row, version) for row in observed_rows(90, seed=4)]
    chances = {one.request_id: json.loads(bytes(one.answer))["win_probability"] for one in made}
    judged = {one.request_id: "yes" if chances[one.request_id] >= 0.2 else "no" for one in made[:40]}
    log = LogDatabase(settings)
    windows = DriftLog(log, ArtefactStore(settings.artifacts), lambda: FAMILIES)
    await log.start()
    await log.wait_until_current()
    drift = create_drift(settings, {FAMILY: DriftingFamily()})
    try:
        async with running(create_recorder(settings)), running(drift):
            # some are told twice, and are counted and judged once
            for some in (made[:80], made[:10], made[80:]):
                await send(settings, some)
            shown: list[StoredWindow] = []

            async def told() -> Performance | None:
                found = await windows.page(WindowFilters(family=FAMILY, model_version=version), 5)
                shown[:] = found
                return await windows.performance(found[0]) if found else None

            async def is_closed() -> bool:
                found = await told()
                return found is not None and found.predictions == len(made)

            await eventually(is_closed, "a closed window whose predictions are recorded")
            before = await told()
            assert before is not None
            assert (before.basis, before.known, before.calibration_error) == ("estimate", 0, None)
            sha256 = shown[0].sha256
            reports = [(request_id, "key", outcome) for request_id, outcome in judged.items()]
            first = reports[0][0]
            wrong = "no" if judged[first] == "yes" else "yes"
            again = [
                reports[0],
                (first, "key", wrong),
                (first, "another", wrong),
                ("nobody-asked", "key", "yes"),
            ]
            await report(settings, *reports, *again)

            async def is_judged() -> bool:
                async with log.transaction() as connection:
                    reporters = await connection.scalar(
                        text("select count(*) from outcomes where request_id = :first"), {"first": first}
                    )
                found = await told()
                return found is not None and (found.known, reporters) == (len(judged), 2)

            await eventually(is_judged, "the window's accuracy")
            found = await told()
            monkeypatch.setattr("services.gateway.drift.log.LONGEST_LOOK_MS", 100)
            async with log.transaction() as connection:
                await connection.execute(text("lock table predictions"))
                assert await told() is None, "a window is shown without it rather than late"
    finally:
        await log.stop()
    assert found is not None
    truths = {request_id: float(outcome == "yes") for request_id, outcome in judged.items()}
    assert_same(found, performance(grouped(chances, truths)))
    assert [(one.window.events, one.window.duplicates, one.sha256) for one in shown] == [(90, 10, sha256)]
