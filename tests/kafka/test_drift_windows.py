"""Closing on a real database: revisions, withdrawals, hysteresis across transactions, long backlogs."""

import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import msgspec
import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry
from sqlalchemy import text
from sqlalchemy.event import listens_for
from sqlalchemy.util import await_only

from contracts.channels import TRAINING_REQUESTED
from contracts.drift import DriftWindowClosed
from contracts.models import DriftReferenceStored, ModelAssigned
from services.drift import closing, report_desk, summing
from services.drift.alarms import want_report
from services.drift.closing import WindowCloser
from services.drift.reference_shelf import ReferenceShelf
from services.drift.report_desk import ReportDesk
from services.drift.window_store import TOPIC, WindowStore, partial_of
from shared.artefacts import ArtefactStore
from shared.database.drift_windows import WindowFilters, find_window, newest_windows
from shared.database.pool import Database
from shared.delivery.outgoing import Outgoing
from shared.drift.binning import Binning
from shared.drift.counting import Event
from shared.drift.documents import windows_sha256
from shared.drift.partial import Partial
from shared.drift.reference import encode_reference
from shared.errors import TransientFailure
from shared.metrics import DriftMetrics
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.bus import eventually, settings_for
from tests.support.drift import FORMS, a_reference, observed_rows
from tests.support.drift_family import FAMILY, DriftingFamily, signed

RELEASE = (FAMILY, "v")
REFERENCE = a_reference()


@dataclass
class Parts:
    """One drift process without its consumer."""

    database: Database
    store: WindowStore
    closer: WindowCloser
    binnings: dict[tuple[str, str], Binning | None]

    async def count(self, partition: int, *events: Event) -> None:
        await self.store.count({partition: events}, self.binnings, {})

    async def read_up_to(self, times_ms: Sequence[int]) -> None:
        """As if each partition had been found read to its end then."""
        async with self.database.engine.begin() as connection:
            for partition, time_ms in enumerate(times_ms):
                await connection.execute(
                    text(
                        "insert into drift_offsets (topic, partition, covered_offset, running_max_ms,"
                        " caught_up_ms) values (:topic, :partition, 0, 0, :time)"
                        " on conflict (topic, partition) do update set caught_up_ms = :time"
                    ),
                    {"topic": TOPIC, "partition": partition, "time": time_ms},
                )

    async def close_all(self) -> list[DriftWindowClosed]:
        found: list[DriftWindowClosed] = []
        is_more = True
        while is_more:
            closed = await self.closer.close()
            found += closed.events
            is_more = closed.is_more
        return found


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    made = settings_for(
        "127.0.0.1:1",
        database_url=database_url,
        data_dir=tmp_path,
        drift_window_records=4,
        drift_least_records=1,
    )
    ensure_keys(made.signing_key_file, made.verify_key_file)
    return made


async def make_parts(settings: Settings, *, has_reference: bool = False) -> Parts:
    database = Database(settings)
    await database.start()
    store = ArtefactStore(settings.artifacts)
    release = signed(settings, "v")
    binning = None
    if has_reference:
        artefact = store.put(encode_reference(REFERENCE))
        release = signed(
            settings,
            "v",
            DriftReferenceStored(uri=artefact.uri, sha256=artefact.sha256, sample_uri="", sample_sha256=""),
        )
        binning = Binning(REFERENCE)
    champion = ModelAssigned(family=FAMILY, champion=RELEASE[1], assigned_at_ms=0)
    models: Any = SimpleNamespace(
        releases={RELEASE: release}, assignments={FAMILY: champion}, read_to_end=AsyncMock()
    )
    shelf = ReferenceShelf(settings, models, store, {FAMILY: DriftingFamily()})
    windows = WindowStore(settings, database, shelf.definition)
    return Parts(
        database,
        windows,
        WindowCloser(database, shelf, 0, retrains=settings.drift_retrain),
        {RELEASE: binning},
    )


@pytest.fixture
async def parts(settings: Settings) -> AsyncIterator[Parts]:
    made = await make_parts(settings)
    async with made.database.engine.begin() as connection:
        await connection.execute(text("truncate drift_offsets, drift_cells, drift_windows, drift_outbox"))
    yield made
    await made.database.stop()


def at(partition: int, second: int, offset: int, seed: int = 1) -> Event:
    (row,) = observed_rows(1, seed=seed)
    return Event(offset, second * 1_000, f"{partition}-{offset}", *RELEASE, row)


async def test_a_window_that_changes_after_it_was_shown_gets_a_new_revision(parts: Parts) -> None:
    """By count, a late record moves the cuts: windows change, and one is withdrawn."""
    seconds = (1, 1, 1, 2, 3, 3, 3, 4, 9)
    await parts.count(0, *(at(0, second, offset) for offset, second in enumerate(seconds)))
    await parts.read_up_to([9_000, 99_000, 99_000, 99_000])
    first = await parts.close_all()
    assert [(one.start_ms, one.end_ms, one.revision) for one in first] == [
        (1_000, 3_000, 1),
        (3_000, 5_000, 1),
    ]
    assert await parts.close_all() == []
    await parts.count(1, at(1, 1, 0), at(1, 5, 1))
    second = await parts.close_all()
    assert [(one.start_ms, one.end_ms, one.revision, one.withdrawn) for one in second] == [
        (1_000, 2_000, 2, False),
        (2_000, 4_000, 1, False),
        (3_000, 5_000, 2, True),
    ]
    await parts.count(1, at(1, 6, 2), at(1, 6, 3))
    third = await parts.close_all()
    assert [(one.start_ms, one.end_ms, one.events) for one in third] == [(4_000, 7_000, 4)]
    async with parts.database.engine.connect() as connection:
        newest = await newest_windows(connection, WindowFilters(), 10)
        assert [one.window.start_ms for one in newest] == [4_000, 2_000, 1_000], "the withdrawn one is not"
        withdrawn = await find_window(connection, second[2].window_id)
        assert withdrawn is not None
        assert (withdrawn.is_withdrawn, withdrawn.revision) == (True, 2)
        assert [one.sha256 for one in newest] == [third[0].sha256, second[1].sha256, second[0].sha256]
        records = [row.record for row in await connection.execute(text("select record from drift_outbox"))]
    sent = [msgspec.msgpack.decode(record, type=Outgoing) for record in records]
    assert [(one.key or b"").decode() for one in sent] == [one.window_id for one in (*first, *second, *third)]


async def test_a_backlog_is_closed_in_parts_as_it_would_be_in_one(
    parts: Parts, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "MOST_AT_ONCE", 3)
    by_time = await make_parts(
        settings.model_copy(update={"drift_window_records": 0, "drift_window_seconds": 1}),
        has_reference=True,
    )
    try:
        events = [at(0, 1 + number // 5, number, seed=number) for number in range(50)]
        await by_time.count(0, *events)
        await by_time.read_up_to([99_000] * 4)
        closed = await by_time.close_all()
        assert [one.start_ms for one in closed] == [second * 1_000 for second in range(1, 11)]
        async with by_time.database.engine.connect() as connection:
            in_parts = [one.window for one in await newest_windows(connection, WindowFilters(), 99)]
        # an old window that changes carries its standing on to all that follow
        await by_time.count(1, *(at(1, 2, number, seed=99) for number in range(3)))
        changed = await by_time.close_all()
        assert changed[0].start_ms == 2_000
        assert {one.revision for one in changed} == {2}
        async with by_time.database.engine.connect() as connection:
            after = [one.window for one in await newest_windows(connection, WindowFilters(), 99)]
        assert windows_sha256(after) != windows_sha256(in_parts)
        monkeypatch.setattr(closing, "MOST_AT_ONCE", 1_000)
        async with by_time.database.engine.begin() as connection:
            await connection.execute(text("truncate drift_windows"))
            await connection.execute(text("update drift_cells set is_dirty = true"))
        await by_time.close_all()
        async with by_time.database.engine.connect() as connection:
            at_once = [one.window for one in await newest_windows(connection, WindowFilters(), 99)]
        assert windows_sha256(at_once) == windows_sha256(after)
    finally:
        await by_time.database.stop()


async def test_cells_are_unpacked_some_at_a_time_and_not_where_polls_wait(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = await make_parts(settings.model_copy(update={"drift_window_records": 20}), has_reference=True)
    threads: set[int] = set()

    def seen(row: Any) -> Partial:
        threads.add(threading.get_ident())
        return partial_of(row)

    async def closed_by(cells_at_once: int) -> list[tuple[str, str]]:
        monkeypatch.setattr(closing, "CELLS_AT_ONCE", cells_at_once)
        async with parts.database.engine.begin() as connection:
            await connection.execute(text("truncate drift_windows"))
            await connection.execute(text("update drift_cells set is_dirty = true"))
        return [(one.sha256, str(one.offsets)) for one in await parts.close_all()]

    try:
        async with parts.database.engine.begin() as connection:
            await connection.execute(text("truncate drift_offsets, drift_cells, drift_outbox"))
        for partition in range(2):
            await parts.count(partition, *(at(partition, 1 + one // 2, one, seed=one) for one in range(60)))
        await parts.read_up_to([99_000] * 4)
        monkeypatch.setattr(summing, "partial_of", seen)
        in_parts = await closed_by(3)
        assert len(in_parts) == 6
        assert in_parts == await closed_by(1_000)
        assert threads
        assert threading.get_ident() not in threads
    finally:
        await parts.database.stop()


async def test_a_partition_that_nobody_reads_holds_its_windows_back(parts: Parts) -> None:
    await parts.count(0, *(at(0, second, second) for second in range(1, 12)))
    await parts.read_up_to([99_000, 99_000, 99_000])
    assert await parts.close_all() == []
    assert await parts.closer.has_open()
    await parts.read_up_to([99_000, 99_000, 99_000, 5_000])
    assert [one.end_ms for one in await parts.close_all()] == [5_000]


async def test_where_counting_goes_on_is_told_without_reading_the_log(
    parts: Parts, settings: Settings
) -> None:
    """A member sends no heartbeat while it is assigned partitions: the first batch reads the horizon."""
    await parts.count(0, at(0, 1, 0), at(0, 2, 1))
    another = await make_parts(settings)  # no broker answers at the address in its settings
    try:
        assigned = frozenset(TopicPartition(TOPIC, number) for number in range(2))
        assert await another.store.covered_offsets(assigned) == dict(
            zip(sorted(assigned), (2, 0), strict=True)
        )
        with pytest.raises(TransientFailure, match=r"the horizon of .* cannot be read"):
            await another.count(0, at(0, 3, 2))
        await another.store.mark_read_to_end(assigned, 5_000)
        async with parts.database.engine.connect() as connection:
            found = await connection.execute(text("select partition, caught_up_ms from drift_offsets"))
            assert {(row.partition, row.caught_up_ms) for row in found} == {(0, 5_000), (1, 5_000)}
    finally:
        await another.database.stop()


async def test_who_marks_what_was_read_holds_no_row_that_another_counts(
    parts: Parts, settings: Settings
) -> None:
    """A process may be frozen between any two statements: its successor then writes the same rows."""
    await parts.count(0, at(0, 1, 0))
    marking = await make_parts(settings)
    partitions = frozenset(TopicPartition(TOPIC, number) for number in range(2))
    await marking.store.covered_offsets(partitions)
    held: list[int] = []

    @listens_for(marking.database.engine.sync_engine, "after_cursor_execute")
    def look(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("UPDATE drift_offsets"):
            held.append(await_only(rows_held()))

    async def rows_held() -> int:
        async with parts.database.engine.connect() as connection:
            free = (
                await connection.execute(text("select 1 from drift_offsets for update skip locked"))
            ).all()
            return int(await connection.scalar(text("select count(*) from drift_offsets"))) - len(free)

    try:
        await marking.store.mark_read_to_end(partitions, 5_000)
        assert held == [0, 0]
    finally:
        await marking.database.stop()


async def test_an_alarm_wants_one_report_and_one_training(parts: Parts, settings: Settings) -> None:
    """Whatever windows follow it, and however often they change."""
    changes = {
        "drift_window_records": 0,
        "drift_window_seconds": 1,
        "drift_least_records": 30,
        "drift_alarm_windows": 2,
        "drift_retrain": True,
    }
    alarming = await make_parts(settings.model_copy(update=changes), has_reference=True)
    rows = iter(observed_rows(400, seed=31, level=5.0, forms=FORMS[:1]))
    number = iter(range(10_000))

    def second(time_s: int, count: int) -> list[Event]:
        return [
            Event(at_offset, time_s * 1_000, f"alarm-{at_offset}", *RELEASE, next(rows))
            for at_offset in (next(number) for _ in range(count))
        ]

    async def wanted() -> tuple[list[str], list[str]]:
        async with alarming.database.engine.connect() as connection:
            reports = await connection.execute(text("select window_id, reason from drift_reports"))
            outbox = await connection.execute(text("select record from drift_outbox"))
            records = [msgspec.msgpack.decode(row.record, type=Outgoing) for row in outbox]
            keys = [(one.key or b"").decode() for one in records if one.topic == TRAINING_REQUESTED.name]
            return [row.window_id for row in reports if row.reason == "alarm"], keys

    try:
        async with alarming.database.engine.begin() as connection:
            await connection.execute(text("truncate drift_reports"))
        await alarming.read_up_to([99_000] * 4)
        await alarming.count(0, *second(1, 50))
        (first,) = await alarming.close_all()
        assert (first.level, first.state, await wanted()) == ("alarm", "warn", ([], []))
        await alarming.count(0, *second(2, 50), *second(3, 50))
        second_window, third = await alarming.close_all()
        assert (second_window.state, third.state) == ("alarm", "alarm")
        expected = ([second_window.window_id], [f"drift-{second_window.window_id}"])
        assert await wanted() == expected
        await alarming.count(1, at(1, 2, 0))
        assert [one.revision for one in await alarming.close_all()] == [2]
        assert await wanted() == expected
    finally:
        await alarming.database.stop()


async def test_a_report_whose_process_dies_is_tried_three_times_by_whoever_is_there(
    parts: Parts, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_desk, "AGAIN_SECONDS", 0.0)
    monkeypatch.setattr(report_desk, "TICK_SECONDS", 0.05)
    referenced = await make_parts(settings, has_reference=True)
    shelf: Any = referenced.closer._shelf
    try:
        await referenced.count(0, *(at(0, 1, offset) for offset in range(5)))
        await referenced.read_up_to([99_000] * 4)
        (window,) = await referenced.close_all()
        async with referenced.database.engine.begin() as connection:
            await connection.execute(text("truncate drift_reports"))
            await want_report(connection, window.window_id, "request")
            # whoever took it is gone, and its lease has ended
            await connection.execute(text("update drift_reports set attempts = 1, taken_until = now()"))
        desks = [
            ReportDesk(
                settings,
                referenced.database,
                shelf,
                DriftMetrics(CollectorRegistry()),
                job="tests.support.no_such_job",
            )
            for _ in range(2)
        ]
        for desk in desks:
            await desk.start()

        async def has_failed() -> bool:
            async with referenced.database.engine.connect() as connection:
                found = await find_window(connection, window.window_id)
            return found is not None and found.report is not None and found.report.state == "failed"

        await eventually(has_failed, "the report to fail for good", timeout_s=60)
        for desk in desks:
            await desk.stop()
        async with referenced.database.engine.connect() as connection:
            row = (
                await connection.execute(text("select attempts, error, taken_until from drift_reports"))
            ).one()
        assert (row.attempts, row.taken_until) == (3, None)
        assert "no_such_job" in row.error
    finally:
        await referenced.database.stop()


async def test_only_the_newest_reports_are_kept(parts: Parts, settings: Settings) -> None:
    store = ArtefactStore(settings.artifacts)
    digests = [store.put(f"report {number}".encode()).sha256 for number in range(4)]
    async with parts.database.engine.begin() as connection:
        await connection.execute(text("truncate drift_reports"))
        for number, digest in enumerate(digests):
            await connection.execute(
                text(
                    "insert into drift_reports (window_id, state, reason, window_sha256, html_sha256,"
                    " json_sha256, made_at)"
                    " values (:id, 'made', 'alarm', '-', :digest, :digest, to_timestamp(:number))"
                ),
                {"id": f"w{number}", "digest": digest, "number": number},
            )
    shelf: Any = parts.closer._shelf
    desk = ReportDesk(
        settings.model_copy(update={"drift_reports_kept": 2}),
        parts.database,
        shelf,
        DriftMetrics(CollectorRegistry()),
    )
    await desk._forget_old()
    left = [digest for digest in digests if (Path(settings.artifacts) / digest[:2] / digest).exists()]
    assert left == digests[2:]
    async with parts.database.engine.connect() as connection:
        rows = await connection.execute(text("select window_id from drift_reports order by 1"))
        assert [row.window_id for row in rows] == ["w2", "w3"]


async def test_a_release_that_is_gone_holds_back_no_other(parts: Parts) -> None:
    """Its model was taken off the bus after its predictions were counted."""
    (row,) = observed_rows(1, seed=3)
    gone = (FAMILY, "gone")
    parts.binnings[gone] = None
    for number in range(4):
        await parts.count(0, at(0, 1, 2 * number), Event(2 * number + 1, 1_000, f"g{number}", *gone, row))
    await parts.read_up_to([9_000, 99_000, 99_000, 99_000])
    closed = await parts.closer.close()
    assert [(one.model_version, one.events) for one in closed.events] == [(RELEASE[1], 4)]
    (waiting,) = closed.waiting
    assert f"release {FAMILY}/gone is not on the bus" in waiting


def alter_all(folder: Path) -> None:
    for path in folder.glob("*/*"):
        path.write_bytes(path.read_bytes()[:-1])


async def test_a_reference_that_was_altered_stops_the_counting_and_says_so(settings: Settings) -> None:
    parts = await make_parts(settings, has_reference=True)
    try:
        alter_all(Path(settings.artifacts))
        models: Any = parts.closer._shelf
        with pytest.raises(TransientFailure, match=r"was altered.*counting waits"):
            await models.scoring(RELEASE)
    finally:
        await parts.database.stop()
