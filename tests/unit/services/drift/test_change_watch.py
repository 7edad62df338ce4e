"""What is watched, what is left out and what waits."""

from collections import OrderedDict
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry

from services.drift import change_watch
from services.drift.change_watch import ChangeWatch
from shared.database.drift_changes import StoredChange
from shared.drift.binning import Observed
from shared.drift.counting import Counted, Release
from shared.drift.partial import CellKey
from shared.drift.shelved import Shelved
from shared.metrics import DriftMetrics
from tests.support.drift_family import FAMILY, DriftingFamily

RELEASE = (FAMILY, "v")
SHELVED = Shelved(DriftingFamily())


class Written:
    """A database that is away `failures` times."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.engine = self
        self.changes: list[StoredChange] = []

    def begin(self) -> "Written":
        return self

    async def __aenter__(self) -> "Written":
        if self.failures:
            self.failures -= 1
            raise OSError("away")
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def execute(self, *_: object) -> None:
        return None


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Written:
    made = Written()

    async def write(connection: Written, changes: list[StoredChange]) -> None:
        connection.changes += changes

    monkeypatch.setattr(change_watch, "write_changes", write)
    return made


def a_watch(database: Written, delta: float = 0.002) -> tuple[ChangeWatch, CollectorRegistry]:
    registry = CollectorRegistry()
    return ChangeWatch(cast(Any, database), DriftMetrics(registry), delta), registry


def counted(value: float, count: int, *, at_ms: int = 0, release: Release = RELEASE) -> Counted:
    row = Observed(b"", (value,), ("pikachu",))
    return Counted([CellKey(*release, at_ms)] * count, list(range(count)), [row] * count)


async def test_a_change_is_written_counted_and_named_by_its_record(database: Written) -> None:
    watch, registry = a_watch(database)
    watch.take({0: {RELEASE: counted(0.2, 500)}}, {RELEASE: SHELVED})
    await watch.look()
    watch.take({3: {RELEASE: counted(0.9, 200, at_ms=7_000)}}, {RELEASE: SHELVED})
    assert database.changes == [], "nothing is looked at before its turn"
    await watch.look()
    (change,) = database.changes
    assert (change.family, change.model_version, change.signal) == (*RELEASE, "win_probability")
    assert (change.at_ms, change.source_partition) == (7_000, 3)
    assert 0 < change.source_offset < 200
    assert change.before == pytest.approx(0.2, abs=0.05)
    labels = {"family": FAMILY, "signal": "win_probability"}
    assert registry.get_sample_value("pdx_drift_changes_total", labels) == 1


async def test_releases_are_watched_apart_and_the_one_unseen_for_longest_gives_way(
    database: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_watch, "MOST_RELEASES", 2)
    watch, _ = a_watch(database)

    async def see(version: str, value: float) -> None:
        release = (FAMILY, version)
        watch.take({0: {release: counted(value, 500, release=release)}}, {release: SHELVED})
        await watch.look()

    for version, value in (("a", 0.1), ("b", 0.9), ("a", 0.1), ("b", 0.9)):
        await see(version, value)
    assert database.changes == []
    await see("c", 0.5)  # "a" gives way, and what it was is not known any more
    await see("a", 0.9)
    assert database.changes == []
    await see("c", 0.1)
    assert [change.model_version for change in database.changes] == ["c"]
    assert cast(OrderedDict[Release, object], watch._signals).keys() == {(FAMILY, "a"), (FAMILY, "c")}


async def test_what_comes_faster_than_it_takes_is_left_out_and_counted(
    database: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_watch, "MOST_WAITING", 700)
    watch, registry = a_watch(database)
    for value in (0.2, 0.9):
        watch.take({0: {RELEASE: counted(value, 500)}}, {RELEASE: SHELVED})
    assert registry.get_sample_value("pdx_drift_unwatched_total") == 500
    await watch.look()
    assert database.changes == []
    watch.take({0: {RELEASE: counted(0.9, 500)}}, {RELEASE: SHELVED})
    await watch.look()
    assert len(database.changes) == 1, "a look makes room"


async def test_a_change_waits_for_a_database_that_is_away(database: Written) -> None:
    watch, _ = a_watch(database)
    watch.take({0: {RELEASE: counted(0.2, 500)}, 1: {RELEASE: counted(0.9, 500)}}, {RELEASE: SHELVED})
    database.failures = 2
    for expected in (0, 0, 1, 1):
        await watch.look()
        assert len(database.changes) == expected


async def test_a_detector_that_fails_holds_nothing_up(
    database: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch, _ = a_watch(database)

    def broken(*_: object) -> None:
        raise RuntimeError("planted")

    with monkeypatch.context() as planted:
        planted.setattr("services.drift.adwin.ReleaseSignals.look", broken)
        watch.take({0: {RELEASE: counted(0.2, 10)}}, {RELEASE: SHELVED})
        await watch.look()
    watch.take({0: {RELEASE: counted(0.2, 500)}, 1: {RELEASE: counted(0.9, 500)}}, {RELEASE: SHELVED})
    await watch.look()
    assert len(database.changes) == 1


async def test_a_delta_of_nought_watches_nothing(database: Written) -> None:
    watch, registry = a_watch(database, delta=0.0)
    watch.take({0: {RELEASE: counted(0.2, 500)}, 1: {RELEASE: counted(0.9, 500)}}, {RELEASE: SHELVED})
    await watch.look()
    assert database.changes == []
    assert registry.get_sample_value("pdx_drift_unwatched_total") == 0
