"""Windows on a real broker and database are those of the log, whatever becomes of the process."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from aiokafka import TopicPartition

from contracts.channels import DRIFT_WINDOWS, PREDICTIONS_MADE
from contracts.drift import DriftWindowClosed
from contracts.serving import PredictionMade
from services.drift.app import create_app
from services.drift.window_store import WindowStore
from shared.bus import decode
from shared.database.drift_windows import find_window
from shared.database.migrate import migrate
from shared.database.pool import Database
from shared.drift.binning import Observed
from shared.drift.counting import Advance, Event
from shared.drift.documents import windows_sha256
from shared.drift.spans import Definition
from shared.drift.verdict import Thresholds
from shared.errors import TransientFailure
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.asgi import running
from tests.support.bus import eventually, read_all, settings_for
from tests.support.drift import FORMS, a_reference, observed_rows
from tests.support.drift_family import (
    FAMILY,
    DriftingFamily,
    begin_at_the_end,
    prediction,
    release,
    replayed,
    send,
    shown,
)

pytestmark = pytest.mark.timeout(180)
REFERENCE = a_reference()
THRESHOLDS = Thresholds(least_events=20, alarm_windows=1)


@pytest.fixture
def settings(kafka_bootstrap: str, database_url: str, tmp_path: Path) -> Settings:
    made = settings_for(
        kafka_bootstrap,
        database_url=database_url,
        data_dir=tmp_path,
        drift_window_seconds=1,
        drift_grace_seconds=0.1,
        drift_least_records=THRESHOLDS.least_events,
        drift_alarm_windows=THRESHOLDS.alarm_windows,
    )
    ensure_keys(made.signing_key_file, made.verify_key_file)
    return made


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    await migrate(settings.database_url)
    connection = await asyncpg.connect(settings.database_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


def app_of(settings: Settings, **changes: Any) -> Any:
    other = settings.model_copy(update={"instance_id": secrets.token_hex(4), **changes})
    return create_app(other, {FAMILY: DriftingFamily()})


async def counted(database: asyncpg.Connection) -> int:
    return int(await database.fetchval("select coalesce(sum(events), 0)::int from drift_cells"))


async def until_counted(database: asyncpg.Connection, expected: int) -> None:
    async def all_counted() -> bool:
        return await counted(database) == expected

    await eventually(all_counted, f"{expected} predictions counted", timeout_s=60)


async def until_closed(database: asyncpg.Connection) -> None:
    """By count, what is left over waits for more."""

    async def nothing_is_open() -> bool:
        left = await database.fetchval("select coalesce(sum(events), 0)::int from drift_cells where is_dirty")
        return int(left) == 0

    await eventually(nothing_is_open, "all windows closed", timeout_s=60)


async def test_windows_are_those_of_the_log_across_restarts_and_lost_commits(
    settings: Settings, database: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lost commits of Kafka, crashes between the database's commit and ours, one and three consumers, batches
    of 1 and 5,000, duplicates.
    """
    version, bare = secrets.token_hex(4), secrets.token_hex(4)
    starts = await begin_at_the_end(settings, database)
    await release(settings, version, REFERENCE)
    await release(settings, bare, None)
    rows = iter(observed_rows(2_000, seed=21))
    apply, crashes = Advance.apply, iter((False, True, False, True))

    def crashing(self: Advance, state: Any) -> None:
        if next(crashes, False):
            raise RuntimeError("the process dies after the database has committed")
        apply(self, state)

    monkeypatch.setattr(Advance, "apply", crashing)
    expected = 0
    for consumers in (1, 3):
        async with AsyncExitStack() as stack:
            for number in range(consumers):
                lazy = {"commit_interval_seconds": 3_600.0} if number == 0 else {}
                batch = {"maximum_batch_records": (500, 1, 5_000)[number]}
                await stack.enter_async_context(running(app_of(settings, **lazy, **batch)))
            for _ in range(2):
                made = [prediction(next(rows), version) for _ in range(80)]
                repeated = [prediction(next(rows), version, one.request_id) for one in made[:9]]
                await send(settings, [*made, *repeated, *(prediction(next(rows), bare) for _ in range(5))])
                expected += 85
                await until_counted(database, expected)
    async with running(app_of(settings)):
        await until_closed(database)
    windows = await shown(database)
    assert sum(window.events for window in windows) == expected
    assert sum(window.duplicates for window in windows) == 4 * 9
    of_log = await replayed(settings, starts, {version: REFERENCE, bare: None}, THRESHOLDS, batch=13)
    assert windows_sha256(windows) == windows_sha256(of_log)
    assert {window.level for window in windows if window.model_version == bare} == {"none"}
    assert any(window.level == "ok" for window in windows)


async def events_of(settings: Settings, version: str) -> list[DriftWindowClosed]:
    records = await read_all(settings.kafka_bootstrap, DRIFT_WINDOWS.name)
    events = [decode(DRIFT_WINDOWS, record.value) for record in records]
    return [event for event in events if event.model_version == version]


async def test_a_shift_is_announced_with_its_columns_and_an_idle_partition_holds_nothing_up(
    settings: Settings, database: asyncpg.Connection
) -> None:
    version = secrets.token_hex(4)
    starts = await begin_at_the_end(settings, database)
    await release(settings, version, REFERENCE)
    shifted = observed_rows(300, seed=22, level=5.0, forms=FORMS[:2])
    async with running(app_of(settings, drift_window_records=250, drift_window_seconds=60)):
        await send(settings, [prediction(row, version) for row in shifted])

        async def is_announced() -> bool:
            return bool(await events_of(settings, version))

        await eventually(is_announced, "a window on the bus", timeout_s=60)
    (event,) = await events_of(settings, version)
    assert (event.level, event.state, event.revision) == ("alarm", "alarm", 1)
    assert set(event.drifting) == {"level", "pokemon"}
    assert event.events >= 250
    assert sum(one.last_offset - one.first_offset + 1 for one in event.offsets) == event.events
    by_count = settings.model_copy(update={"drift_window_records": 250})
    of_log = await replayed(by_count, starts, {version: REFERENCE}, THRESHOLDS)
    assert windows_sha256(of_log) == windows_sha256(await shown(database))
    assert await database.fetchval("select count(*) from drift_outbox") == 0


async def test_adwin_tells_the_window_and_the_record_of_a_change_and_no_window_contains_it(
    settings: Settings, database: asyncpg.Connection
) -> None:
    """The release has no reference: windows have no verdict, and the opinion needs none."""
    version = secrets.token_hex(4)
    starts = await begin_at_the_end(settings, database)
    await release(settings, version, None)
    app = app_of(settings)
    surer = [replace(row, scores=(0.97,)) for row in observed_rows(400, seed=24)]
    async with running(app):
        await send(settings, [prediction(row, version) for row in observed_rows(400, seed=23)])
        await until_counted(database, 400)
        await send(settings, [prediction(row, version) for row in surer])
        of_release = "from drift_changes where model_version = $1"

        async def is_told() -> bool:
            return bool(await database.fetchval(f"select count(*) {of_release}", version))

        await eventually(is_told, "a change in the database", timeout_s=60)
        await until_closed(database)
        told = f'pdx_drift_changes_total{{family="{FAMILY}",signal="win_probability"}} 1.0'
        assert told in (await get(app, "/metrics")).text
    (change,) = await database.fetch(f"select * {of_release}", version)
    assert (change["family"], change["signal"]) == (FAMILY, "win_probability")
    assert change["before"] < 0.7 < 0.9 < change["after"]
    records = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.name)
    (seen,) = [
        one
        for one in records
        if (one.partition, one.offset) == (change["source_partition"], change["source_offset"])
    ]
    assert msgspec.json.decode(decode(PREDICTIONS_MADE, seen.value).answer)["win_probability"] == 0.97
    pool = Database(settings)
    await pool.start()
    try:
        async with pool.engine.connect() as connection:
            windows = [await find_window(connection, one.window_id) for one in await shown(database)]
    finally:
        await pool.stop()
    holders = [one for one in windows if one is not None and one.changes]
    assert [one.window.start_ms <= change["at_ms"] < one.window.end_ms for one in holders] == [True]
    of_log = await replayed(settings, starts, {version: None}, THRESHOLDS)
    assert windows_sha256(of_log) == windows_sha256(await shown(database))


async def get(app: Any, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://drift") as client:
        return await client.get(path)


async def test_a_release_that_is_not_read_yet_holds_its_partition_until_it_is(
    settings: Settings, database: asyncpg.Connection
) -> None:
    """The rest of that partition waits too, others go on; what waited is counted as if it never had."""
    early, late = secrets.token_hex(4), secrets.token_hex(4)
    starts = await begin_at_the_end(settings, database)
    await release(settings, early, REFERENCE)
    rows = iter(observed_rows(100, seed=26))
    app = app_of(settings)

    async def says(status: int, text: str, held: int) -> bool:
        ready, metrics = await get(app, "/health/ready"), await get(app, "/metrics")
        told = f'pdx_partitions_held{{channel="{PREDICTIONS_MADE.name}"}} {held}.0'
        return ready.status_code == status and text in ready.text and told in metrics.text

    async with running(app):
        await send(settings, [prediction(next(rows), early) for _ in range(20)], partition=0)
        await send(settings, [prediction(next(rows), late)], partition=0)
        await send(settings, [prediction(next(rows), early) for _ in range(20)], partition=0)
        await until_counted(database, 20)
        missed = f"release {FAMILY}/{late} is not on the bus"
        await eventually(lambda: says(503, missed, 1), "which release is missed", timeout_s=30)
        await send(settings, [prediction(next(rows), early) for _ in range(20)], partition=1)
        await until_counted(database, 40)
        await release(settings, late, None)
        await until_counted(database, 61)
        await until_closed(database)
        await eventually(lambda: says(200, "", 0), "readiness without a restart")
    of_log = await replayed(settings, starts, {early: REFERENCE, late: None}, THRESHOLDS)
    assert windows_sha256(await shown(database)) == windows_sha256(of_log)


def garbled_prediction(row: Observed, version: str) -> PredictionMade:
    return msgspec.structs.replace(prediction(row, version), features=b"1")


async def test_what_cannot_be_counted_is_dead_lettered_and_the_rest_is_counted(
    settings: Settings, database: asyncpg.Connection
) -> None:
    """That is also what becomes of a release that is given up."""
    version = secrets.token_hex(4)
    await begin_at_the_end(settings, database)
    await release(settings, version, REFERENCE)
    rows = observed_rows(8, seed=23)
    given_up = [prediction(row, "never-released") for row in rows[:5]]
    unknown, garbled = given_up[-1], garbled_prediction(rows[5], version)
    app = app_of(
        settings, drift_skip_releases=f"a/1, {FAMILY}/never-released", dead_letter_consecutive_limit=2
    )
    async with running(app):
        await send(settings, given_up, partition=1)  # more of them than the limit of dead letters
        await send(settings, [garbled, *(prediction(row, version) for row in rows[6:])], partition=1)
        await until_counted(database, 2)

        async def are_buried() -> bool:
            letters = await read_all(settings.kafka_bootstrap, PREDICTIONS_MADE.dead_letter_name)
            # others' letters lie there too, some without a key
            errors = {letter.key: dict(letter.headers)["x-error"].decode() for letter in letters}
            skipped, refused = (errors.get(one.request_id.encode(), "") for one in (unknown, garbled))
            return "is in PDX_DRIFT_SKIP_RELEASES" in skipped and "features of 1 bytes" in refused

        await eventually(are_buried, "both dead letters", timeout_s=60)


async def test_what_cannot_be_counted_counts_towards_the_limit_of_dead_letters(
    settings: Settings, database: asyncpg.Connection
) -> None:
    """At the limit the partition stops, and goes on under another limit."""
    version = secrets.token_hex(4)
    starts = await begin_at_the_end(settings, database)
    await release(settings, version, REFERENCE)
    rows = iter(observed_rows(20, seed=27))
    await send(settings, [prediction(next(rows), version)], partition=2)
    await send(settings, [garbled_prediction(next(rows), version) for _ in range(5)], partition=2)
    await send(settings, [prediction(next(rows), version)], partition=2)
    app = app_of(settings, dead_letter_consecutive_limit=3)

    async def is_stopped() -> bool:
        said = (await get(app, "/health/ready")).text
        return f"stopped at {PREDICTIONS_MADE.name}-2 offset {starts[2] + 4}: 3 records in a row" in said

    async with running(app):
        await eventually(is_stopped, "the partition to stop", timeout_s=60)
        metrics = (await get(app, "/metrics")).text
    assert f'pdx_dead_letters_total{{channel="{PREDICTIONS_MADE.name}",reason="refused"}} 3.0' in metrics
    covered = await database.fetchval("select covered_offset from drift_offsets where partition = 2")
    assert covered == starts[2] + 4
    async with running(app_of(settings)):
        await until_counted(database, 2)


async def test_a_process_that_woke_up_late_counts_nothing_twice(
    settings: Settings, database: asyncpg.Connection
) -> None:
    await begin_at_the_end(settings, database)
    pool = Database(settings)
    await pool.start()
    try:
        start = (await database.fetchval("select covered_offset from drift_offsets where partition = 0")) or 0
        sleeper, other = (WindowStore(settings, pool, Definition("time", 60_000)) for _ in range(2))
        rows = observed_rows(3, seed=24)
        events = [
            Event(start + number, 10**12 + number, f"r{number}", FAMILY, "v", row)
            for number, row in enumerate(rows)
        ]
        await sleeper.count({0: events[:1]}, {(FAMILY, "v"): None}, {})
        await other.count({0: events[:2]}, {(FAMILY, "v"): None}, {})
        with pytest.raises(TransientFailure, match="counted by another process"):
            await sleeper.count({0: events[1:]}, {(FAMILY, "v"): None}, {})

        async def goes_on() -> bool:
            try:
                await sleeper.count({0: events[1:]}, {(FAMILY, "v"): None}, {})
            except TransientFailure as error:
                if "cannot be read" not in str(error):
                    raise
                return False
            return True

        await eventually(goes_on, "the sleeper to count from what it finds")
        assert await counted(database) == 3
        late = WindowStore(settings, pool, Definition("time", 60_000))
        ours = frozenset([TopicPartition(PREDICTIONS_MADE.name, 0)])
        assert await late.covered_offsets(ours) == {one: start + 3 for one in ours}
        (more,) = observed_rows(1, seed=25)
        fourth = Event(start + 3, 10**12 + 3, "r3", FAMILY, "v", more)
        await sleeper.count({0: [fourth]}, {(FAMILY, "v"): None}, {})
        await late.count({0: [fourth]}, {(FAMILY, "v"): None}, {})  # another was faster with all of it
        assert await counted(database) == 4
        await late.mark_read_to_end(ours, 5_000)
        assert await database.fetchval("select caught_up_ms from drift_offsets where partition = 0") == 5_000
    finally:
        await pool.stop()


@pytest.mark.parametrize("has_row", [True, False])
@pytest.mark.parametrize("has_counted", [True, False])
async def test_behind_what_a_database_that_was_put_back_covers_nothing_is_counted(
    settings: Settings, database: asyncpg.Connection, has_row: bool, has_counted: bool
) -> None:
    await begin_at_the_end(settings, database)
    await database.execute("update drift_offsets set covered_offset = 5")
    ours = frozenset([TopicPartition(PREDICTIONS_MADE.name, 0)])
    events = [
        Event(5 + number, 10**12 + number, f"r{number}", FAMILY, "v", row)
        for number, row in enumerate(observed_rows(3, seed=28))
    ]
    pool = Database(settings)
    await pool.start()
    try:
        store = WindowStore(settings, pool, Definition("time", 60_000))
        assert await store.covered_offsets(ours) == dict.fromkeys(ours, 5)
        if has_counted:
            await store.count({0: events[:2]}, {(FAMILY, "v"): None}, {})
        await database.execute("truncate drift_cells")
        await database.execute("update drift_offsets set covered_offset = 3")
        if not has_row:
            await database.execute("truncate drift_offsets")
        for _ in range(2):
            with pytest.raises(
                TransientFailure, match=f"up to {3 * has_row} in the database.* restart drift"
            ):
                await store.count({0: events[2:]}, {(FAMILY, "v"): None}, {})
        assert await counted(database) == 0
        started_anew = WindowStore(settings, pool, Definition("time", 60_000))
        assert await started_anew.covered_offsets(ours) == dict.fromkeys(ours, 3 * has_row)
    finally:
        await pool.stop()
