"""A replay gives the bytes that the log says, however it is read; edges that lack records are told apart."""

import random
import weakref
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contracts.serving import PredictionMade
from services.cli.replay.bounds import parse_bound, parse_window
from services.cli.replay.comparing import compare_files
from services.cli.replay.sources import Found, check_kept
from services.cli.replay.windows import Made
from shared.drift.binning import Observed
from shared.drift.counting import Event
from shared.drift.documents import Standing, Window, windows_sha256
from shared.drift.replay import Replay
from shared.drift.shelved import thresholds_of
from shared.drift.spans import Definition
from shared.drift.verdict import step
from shared.errors import Misconfigured, PredictionDexError
from shared.settings import Settings
from shared.signing import ensure_keys
from tests.support.bus import settings_for
from tests.support.drift import FORMS, a_reference, observed_rows, scoring_by
from tests.support.drift_family import FAMILY, DriftingFamily, prediction
from tests.support.replays import ListSource, Replaying, releases_of

START_MS = 1_700_000_040_000
REFERENCES = {"v1": a_reference(), "v2": a_reference(seed=2), "bare": None}
BY_TIME = Definition("time", 60_000)
BY_COUNT = Definition("count", 200)
FOR_EVER_MS = 10**15


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_for(
        "127.0.0.1:1", data_dir=tmp_path, drift_least_records=20, drift_alarm_windows=1, drift_grace_seconds=1
    )
    ensure_keys(made.signing_key_file, made.verify_key_file)
    return made


def a_log(
    records: int, seed: int, *, partitions: int = 3, step_ms: int = 700, shifted: int = 0
) -> dict[int, list[Found]]:
    """Duplicates near and far, clocks that step back, a release that nobody knows, an answer of no family."""
    chance = random.Random(seed)
    rows = [
        *observed_rows(shifted, seed, level=5.0, forms=FORMS[:1]),
        *observed_rows(records - shifted, seed),
    ]
    log: dict[int, list[Found]] = {number: [] for number in range(partitions)}
    for number, row in enumerate(rows):
        partition = chance.randrange(partitions)
        version = chance.choice(["v1", "v1", "v2", "bare", "unknown"])
        own = log[partition]
        request_id = chance.choice(own).request_id if own and chance.random() < 0.1 else f"r{number}"
        made = prediction(row, version, request_id)
        if chance.random() < 0.01:
            made = msgspec.structs.replace(made, features=b"1")
        time_ms = START_MS + number * step_ms - chance.choice([0, 0, 0, 5_000])
        own.append(Found(own[-1].offset + chance.choice([1, 1, 3]) if own else 0, time_ms, request_id, made))
    return log


def oracle(settings: Settings, log: dict[int, list[Found]], definition: Definition) -> list[Window]:
    """All windows at once, in memory."""
    scorings = scoring_by(
        definition, {(FAMILY, name): one for name, one in REFERENCES.items()}, thresholds_of(settings)
    )
    looking = DriftingFamily()
    whole = Replay(
        definition,
        {key: None if one.reference is None else one.reference[1] for key, one in scorings.items()},
    )
    for partition, found in log.items():
        events = []
        for offset, time_ms, request_id, made in found:
            row = None
            is_whole = len(made.features) > 1 or made.model_version == "bare"
            if is_whole and (FAMILY, made.model_version) in scorings:
                row = Observed(made.features, *looking.observe(bytes(made.answer)))
            events.append(Event(offset, time_ms, request_id, FAMILY, made.model_version, row))
        whole.take(partition, events)
    return whole.windows(scorings.__getitem__, FOR_EVER_MS)


@pytest.mark.parametrize("definition", [BY_TIME, BY_COUNT], ids=lambda one: one.kind)
@pytest.mark.parametrize(("batch", "dies_after"), [(1, None), (7, 3), (50, 2), (50, 5), (5_000, None)])
async def test_batches_crashes_and_resumes_change_no_byte(
    settings: Settings, tmp_path: Path, definition: Definition, batch: int, dies_after: int | None
) -> None:
    log = a_log(1_500, seed=batch)
    source, releases = ListSource(log), releases_of(settings, REFERENCES)
    replaying = Replaying(settings, tmp_path / "replay", releases)
    plan = await replaying.plan(source, definition)
    if dies_after is not None:
        await replaying.die_after(source, plan, dies_after, batch)
        await replaying.die_after(source, plan, dies_after, batch)
    await replaying.count(source, plan, batch)
    outcome, made = replaying.windows()
    expected = oracle(settings, log, definition)
    assert [one.window for one in made if one.partial is None] == expected
    assert outcome.windows_sha256 == windows_sha256(expected)
    assert outcome.duplicates > 50
    leftover = {"more may still come"} if definition is BY_COUNT else set()
    assert {one.partial for one in made} == {None, *leftover}


async def test_a_span_gives_the_windows_that_lie_in_it_widened_to_whole_ones(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(3_000, seed=5)
    begin, end = START_MS + 20 * 60_000 + 17_000, START_MS + 25 * 60_000 + 1
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    plan = await replaying.plan(ListSource(log), BY_TIME, begin, end)
    assert all(part.start > 0 for part in plan.parts)
    await replaying.count(ListSource(log), plan, 100)
    _, made = replaying.windows()
    first, last = begin - begin % 60_000, end - end % 60_000
    expected = [one for one in oracle(settings, log, BY_TIME) if first <= one.start_ms <= last]
    fields = ("window_id", "events", "duplicates", "columns", "level")
    assert all(one.partial is None for one in made)
    assert [[getattr(one.window, name) for name in fields] for one in made] == [
        [getattr(one, name) for name in fields] for one in expected
    ]

    by_offsets = {0: log[0][400].offset, 1: log[1][420].offset}
    plan = await replaying.plan(ListSource(log), BY_TIME, by_offsets, {0: log[0][500].offset})
    times = [log[0][400].timestamp_ms, log[1][420].timestamp_ms]
    assert plan.from_ms == min(times) - min(times) % 60_000
    assert plan.to_ms == -(-(log[0][499].timestamp_ms + 1) // 60_000) * 60_000


async def test_windows_that_may_lack_records_are_partial_and_not_hashed(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(3_000, seed=6, shifted=1_150)
    cut = ListSource(log, is_all=False, kept_from=100)
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    plan = await replaying.plan(cut, BY_TIME)
    await replaying.count(cut, plan, 500)
    outcome, made = replaying.windows()
    reasons = [one.partial for one in made if one.window.model_version == "v1"]
    assert reasons[0] == "records of before are deleted"
    assert reasons[-1] == "more may still come"
    whole = [one.window for one in made if one.partial is None]
    assert whole
    assert outcome.windows_sha256 == windows_sha256(whole)
    assert any(one.window.level == "alarm" for one in made if one.partial is not None)
    new = next(one for one in whole if one.model_version == "v1")
    assert new.standing == step(Standing(), new.level, thresholds_of(settings))
    firsts = [found[0].timestamp_ms for found in cut.log.values()]
    assert min(one.start_ms for one in whole) >= max(firsts) + 10 * 60_000
    expected = {one.window_id: (one.events, one.duplicates) for one in oracle(settings, log, BY_TIME)}
    assert all(expected[one.window_id] == (one.events, one.duplicates) for one in whole)


class Body:
    """A prediction that tells when nobody holds it any more."""

    def __init__(self, made: PredictionMade) -> None:
        self._made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class Watched(ListSource):
    """Counts the predictions that it gave and that are still held; `most` at once."""

    given: weakref.WeakSet[Body]
    most = 0

    async def read(self, partition: int, start: int, end: int, batch: int) -> AsyncIterator[Sequence[Found]]:
        self.given = weakref.WeakSet()
        for begin in range(start, end, batch):
            found = [one for one in self.log[partition] if begin <= one.offset < min(begin + batch, end)]
            bodies = [one._replace(made=Body(one.made)) for one in found]  # type: ignore[arg-type]
            self.given.update(one.made for one in bodies)  # type: ignore[misc]
            self.most = max(self.most, len(self.given))
            yield bodies


async def test_a_resumed_replay_holds_the_ids_of_the_horizon_and_not_its_records(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(1_500, seed=12, partitions=1, step_ms=100)
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    plan = await replaying.plan(ListSource(log), BY_TIME)
    await replaying.die_after(ListSource(log), plan, 26, 50)
    source = Watched(log)
    await replaying.count(source, plan, 50)
    assert 50 <= source.most <= 3 * 50
    outcome, _ = replaying.windows()
    assert outcome.windows_sha256 == windows_sha256(oracle(settings, log, BY_TIME))


async def test_a_replay_whose_records_were_deleted_meanwhile_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(1_500, seed=9)
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    plan = await replaying.plan(ListSource(log), BY_TIME)
    await replaying.die_after(ListSource(log), plan, 2, 50)
    with pytest.raises(PredictionDexError, match="deleted meanwhile"):
        await replaying.count(ListSource(log, kept_from=300), plan, 50)


async def test_a_replay_of_a_topic_that_was_made_anew_meanwhile_is_refused(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(1_500, seed=9)
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    plan = await replaying.plan(ListSource(log), BY_TIME)
    await replaying.die_after(ListSource(log), plan, 2, 50)
    with pytest.raises(PredictionDexError, match="made anew"):
        await replaying.count(ListSource({partition: own[:200] for partition, own in log.items()}), plan, 50)


async def test_a_bound_where_a_partition_begins_takes_nothing_of_it(
    settings: Settings, tmp_path: Path
) -> None:
    class Kept(ListSource):
        async def time_of(self, partition: int, offset: int) -> int | None:
            check_kept(partition, offset, (await self.extents())[partition])
            return await super().time_of(partition, offset)

    log = a_log(900, seed=3, partitions=2)
    source = Kept(log, kept_from=300)
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    first = (await source.extents())[1].first
    plan = await replaying.plan(source, BY_TIME, None, {0: log[0][-1].offset, 1: first})
    assert plan.parts[0].end > first


async def test_another_reference_is_used_for_all_and_refused_when_its_columns_differ(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(400, seed=7, partitions=1)
    releases = releases_of(settings, REFERENCES)
    other = next(one for one in releases if one.version == "v2")
    replaying = Replaying(settings, tmp_path / "replay", releases)
    plan = await replaying.plan(ListSource(log), BY_TIME, reference=other)
    await replaying.count(ListSource(log), plan, 500)
    _, made = replaying.windows()
    assert other.drift_reference is not None
    assert {one.window.reference for one in made} == {other.drift_reference.sha256}
    bare = next(one for one in releases if one.version == "bare")
    plan = await replaying.plan(ListSource(log), BY_TIME, reference=bare)
    with pytest.raises(Misconfigured, match="it has none"):
        await replaying.count(ListSource(log), plan, 500)


async def test_a_span_without_records_is_refused(settings: Settings, tmp_path: Path) -> None:
    replaying = Replaying(settings, tmp_path / "replay", releases_of(settings, REFERENCES))
    with pytest.raises(Misconfigured, match="no prediction"):
        await replaying.plan(ListSource({0: []}), BY_TIME)
    with pytest.raises(Misconfigured, match="not before"):
        await replaying.plan(ListSource(a_log(9, seed=1)), BY_TIME, START_MS + 120_000, START_MS)
    with pytest.raises(Misconfigured, match="no partition 7"):
        await replaying.plan(ListSource(a_log(9, seed=1)), BY_TIME, {7: 1})


def test_bounds_and_widths_as_typed() -> None:
    assert parse_bound("--from", "2023-11-14T22:14") == START_MS
    assert parse_bound("--from", "2023-11-14T23:14+01:00") == START_MS
    assert parse_bound("--to", "0:12,3:4") == {0: 12, 3: 4}
    assert parse_window("5m") == Definition("time", 300_000)
    assert parse_window("1000") == Definition("count", 1_000)
    for text in ("0:1,0:2", "yesterday", "0:x"):
        with pytest.raises(Misconfigured, match="--from"):
            parse_bound("--from", text)
    for text in ("0s", "5w", ""):
        with pytest.raises(Misconfigured, match="--window"):
            parse_window(text)


async def test_two_replays_are_compared_window_by_window_and_two_spans_column_by_column(
    settings: Settings, tmp_path: Path
) -> None:
    log = a_log(2_000, seed=8)
    windows = oracle(settings, log, BY_TIME)
    half = START_MS + 12 * 60_000
    early = [one for one in windows if one.start_ms < half]
    late = [one for one in windows if one.start_ms >= half]
    changed = [msgspec.structs.replace(windows[0], events=windows[0].events + 1), *windows[1:]]
    files = {}
    for name, those in {"all": windows, "early": early, "late": late, "changed": changed}.items():
        files[name] = tmp_path / name
        lines = [msgspec.json.encode(Made(one, None)) for one in those]
        partial = msgspec.json.encode(Made(windows[-1], "more may still come"))
        files[name].write_bytes(b"\n".join([*lines, partial]) + b"\n")
    same = compare_files(files["all"], files["all"])
    assert (same.same, same.differing) == (len(windows), [])
    assert compare_files(files["all"], files["changed"]).differing == [windows[0].window_id]
    spans = compare_files(files["early"], files["late"])
    assert (spans.same, spans.differing) == (0, [])
    left, right = spans.sides[FAMILY, "v1"]
    assert left.windows + right.windows == sum(one.model_version == "v1" for one in windows)
    name, one, other = spans.columns((FAMILY, "v1"))[0]
    assert name in {"level", "speed", "always_one", "win_probability", "pokemon"}
    assert abs(one - other) == max(abs(b - a) for _, a, b in spans.columns((FAMILY, "v1")))
    (tmp_path / "none").write_text("{}")
    with pytest.raises(Misconfigured, match="is not what"):
        compare_files(tmp_path / "none", files["all"])
