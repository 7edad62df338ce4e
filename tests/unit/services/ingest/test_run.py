import shutil
from collections.abc import Callable
from importlib.resources.abc import Traversable
from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError

from contracts.pokedex import IngestStep, PokedexIngested, PokedexRefreshCompleted
from services.ingest.completion import Order
from services.ingest.domain import Changes
from services.ingest.pokedex_topics import Folded
from services.ingest.run import IngestRun
from services.ingest.snapshot import PACKAGED
from services.ingest.sources.packaged import SnapshotSource
from services.ingest.sources.port import Finding, Source
from shared.errors import TransientFailure
from tests.support.ingest import FakeRunLog, FakeStore, FakeTopics, ToldSource, rewrite
from tests.support.pokedex import load_snapshot_records

STEPS: tuple[IngestStep, ...] = ("initialise", "load", "enrich", "learnsets", "post-process", "publish")


class Bench:
    """One run and all that it writes to."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.run_log = FakeRunLog()
        self.topics = FakeTopics()
        self.told: list[tuple[IngestStep, int, int, str]] = []

    async def run(
        self, source: Source | None = None, folder: Traversable = PACKAGED, *, force: bool = False
    ) -> PokedexRefreshCompleted:
        source = source or SnapshotSource()
        return await IngestRun(
            Order(run_id="run", refresh_id="refresh", source=source.name, force=force),
            source,
            folder,
            store=self.store,
            run_log=self.run_log,
            topics=self.topics,
            on_step=lambda *told: self.told.append(told),
        )()

    def wrote_nothing(self) -> bool:
        return (self.store.tables, self.topics.published, self.topics.announced) == (None, [], [])


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(str(PACKAGED), tmp_path / "snapshot")
    return tmp_path / "snapshot"


async def test_all_steps_are_done_in_order_timed_and_told(bench: Bench) -> None:
    completed = await bench.run()
    assert [one.step for one in completed.steps] == list(STEPS)
    assert list(dict.fromkeys(step for step, *_ in bench.told)) == list(STEPS)
    assert bench.told[-1] == ("publish", 3, 3, "announced")
    assert completed.seconds == pytest.approx(sum(one.seconds for one in completed.steps), abs=0.01)
    assert bench.run_log.ended == [completed]


async def test_on_empty_topics_everything_is_published_and_counted(bench: Bench) -> None:
    completed = await bench.run()
    assert (completed.outcome, completed.published, completed.removed) == ("published", 429, 0)
    assert completed.pokedex_hash == load_snapshot_records().pokedex_hash
    assert completed.tables == bench.store.tables
    assert completed.tables["pokemon_moves"] == completed.quality["learnset_rows_with_inherited"] == 5_807
    (announced,) = bench.topics.announced
    assert announced.passed_gate
    assert announced.ingested_at_ms > 1_700_000_000_000
    assert [one.slug for one in announced.left_out] == ["celebrate", "pika-papow", "veevee-volley"]


async def test_what_is_there_is_neither_published_nor_announced_again(bench: Bench) -> None:
    await bench.run()
    bench.topics.folded = Folded(load_snapshot_records(), bench.topics.announced[0])
    again = await bench.run()
    assert (again.outcome, again.published, again.removed) == ("unchanged", 0, 0)
    assert len(bench.topics.announced) == 1


async def test_force_publishes_every_record_and_announces_it(bench: Bench) -> None:
    await bench.run()
    bench.topics.folded = Folded(load_snapshot_records(), bench.topics.announced[0])
    forced = await bench.run(force=True)
    assert (forced.outcome, forced.published) == ("published", 429)
    assert len(bench.topics.announced) == 2


class WatchedTopics(FakeTopics):
    """Notes whether another ingest was kept away from what is done here."""

    def __init__(self, store: FakeStore) -> None:
        super().__init__()
        self._store = store
        self.held: list[bool] = []

    async def read_folded(self) -> Folded:
        self.held.append(self._store.is_held)
        return await super().read_folded()

    async def publish_changes(self, changes: Changes) -> None:
        self.held.append(self._store.is_held)
        await super().publish_changes(changes)

    async def announce(self, ingested: PokedexIngested) -> None:
        self.held.append(self._store.is_held)
        await super().announce(ingested)


async def test_no_other_ingest_writes_between_the_tables_and_the_announcement(bench: Bench) -> None:
    watched = WatchedTopics(bench.store)
    bench.topics = watched
    await bench.run()
    assert watched.held == [True, True, True]
    assert not bench.store.is_held


@pytest.mark.parametrize("change", [{"passed_gate": False}, {"source": "pokeapi"}, {"left_out": ()}])
async def test_an_announcement_that_says_something_else_is_made_anew(
    bench: Bench, change: dict[str, object]
) -> None:
    await bench.run()
    older = msgspec.structs.replace(bench.topics.announced[0], **change)
    bench.topics.folded = Folded(load_snapshot_records(), older)
    assert (await bench.run()).outcome == "unchanged"
    assert len(bench.topics.announced) == 2


@pytest.mark.parametrize(
    ("name", "old", "new", "step", "problem"),
    [
        ("moves.csv", "Pound", "", "load", "moves.csv:2: Object missing required field `name_en`"),
        (
            "learnsets.csv",
            "bulbasaur,growl,start,",
            "bulbasaur,celebrate,start,",
            "load",
            "learnsets.csv:3: move 'celebrate' is not in moves.csv",
        ),
        (
            "moves.csv",
            '"{""crit_ratio"":2}"',
            '"{""levitates"":2}"',
            "load",
            "moves.csv:3: effects: 'karate-chop' has the word 'levitates'",
        ),
        (
            "effectiveness.csv",
            "normal,normal,1",
            "normal,normal,2",
            "post-process",
            "effectiveness_double: 52",
        ),
    ],
)
async def test_a_mistake_in_a_file_stops_its_step_and_nothing_is_written(
    bench: Bench, folder: Path, name: str, old: str, new: str, step: IngestStep, problem: str
) -> None:
    rewrite(folder, name, old, new)
    completed = await bench.run(folder=folder)
    assert (completed.outcome, completed.failed_step) == ("failed", step)
    assert any(one.startswith(problem) for one in completed.problems), completed.problems
    assert completed.steps[-1].step == step
    assert bench.wrote_nothing()
    assert bench.run_log.ended == [completed]


@pytest.mark.parametrize("step", ["enrich", "learnsets"])
async def test_a_source_that_is_away_stops_its_step(bench: Bench, step: IngestStep) -> None:
    completed = await bench.run(ToldSource(fails_at=step))
    assert (completed.outcome, completed.failed_step) == ("failed", step)
    assert completed.problems == (f"the source is away during {step}",)
    assert bench.wrote_nothing()


async def test_what_sources_disagree_on_is_told_and_taken_by_the_rules(bench: Bench) -> None:
    findings = (
        Finding(entity="move", slug="tackle", field="power", value=35, origin="a page"),
        Finding(entity="move", slug="tackle", field="name_fr", value="Charge\u00a0!", origin="a page"),
    )
    learnsets = (Finding(entity="learnset", slug="ditto", field="tm", value=("rest",), origin="a page"),)
    completed = await bench.run(ToldSource(findings, learnsets))
    told = {(one.slug, one.field): (one.snapshot, one.source, one.taken) for one in completed.disagreements}
    assert told == {
        ("tackle", "power"): ("40", "35", "snapshot"),
        ("tackle", "name_fr"): ("Charge", "Charge !", "source"),
        ("ditto", "tm"): ("–", "rest", "snapshot"),
    }
    assert completed.disagreement_count == 3
    (changes,) = bench.topics.published
    tackle = next(move for move in changes.moves if move.slug == "tackle")
    assert (tackle.power, tackle.name_fr) == (40, "Charge !")


async def test_what_was_taken_from_a_source_goes_through_the_gate(bench: Bench) -> None:
    twice = Finding(entity="move", slug="tackle", field="name_fr", value="Écras'Face", origin="a page")
    completed = await bench.run(ToldSource((twice,)))
    assert (completed.outcome, completed.failed_step) == ("failed", "post-process")
    assert completed.disagreement_count == 1
    assert "Écras'Face" in completed.problems[0]
    assert bench.wrote_nothing()


async def test_a_vocabulary_that_somebody_changed_stops_the_first_step(bench: Bench) -> None:
    bench.store = FakeStore(vocabulary_problems=("forms: {}",))
    completed = await bench.run()
    assert (completed.failed_step, completed.problems) == ("initialise", ("forms: {}",))
    assert bench.wrote_nothing()


async def test_a_row_that_the_database_refuses_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object) -> None:
        raise IntegrityError("INSERT", {}, Exception("violates ck_moves_pp"))

    monkeypatch.setattr(bench.store, "replace", refuse)
    completed = await bench.run()
    assert completed.failed_step == "publish"
    assert "ck_moves_pp" in completed.problems[0]
    assert bench.topics.announced == []


async def test_a_step_that_breaks_ends_the_run_with_its_name(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_down(*_: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr(bench.topics, "publish_changes", break_down)
    completed = await bench.run()
    assert (completed.outcome, completed.failed_step) == ("failed", "publish")
    assert "KeyError: 'surprise'" in completed.problems[0]
    assert bench.topics.announced == []
    assert bench.run_log.ended == [completed]


async def test_a_database_that_is_away_is_no_failed_step(bench: Bench) -> None:
    bench.store = FakeStore(away=1)
    with pytest.raises(TransientFailure):
        await bench.run()
    assert bench.run_log.ended == []


async def test_tables_are_written_before_records_and_records_before_the_announcement(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def note(name: str) -> Callable[..., object]:
        async def noted(*_: object) -> object:
            order.append(name)
            return bench.topics.folded

        return noted

    monkeypatch.setattr(bench.store, "replace", note("tables"))
    for name in ("read_folded", "publish_changes", "announce"):
        monkeypatch.setattr(bench.topics, name, note(name))
    await bench.run()
    assert order == ["tables", "read_folded", "publish_changes", "announce"]
