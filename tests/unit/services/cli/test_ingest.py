import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from contracts.pokedex import (
    Disagreement,
    IngestStepTime,
    PokedexCounts,
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
)
from services.cli.following import SilentService
from services.cli.ingest import INGEST, register
from services.cli.reaching import NotRunning
from shared.errors import Misconfigured

PUBLISHED = PokedexRefreshCompleted(
    refresh_id="refresh",
    run_id="run",
    source="pokeapi",
    outcome="published",
    pokedex_hash="0123456789abcdef",
    counts=PokedexCounts(188, 223, 18),
    tables={"pokemon": 188, "pokemon_moves": 5_807},
    quality={"species": 153, "evolutions": 81},
    published=3,
    removed=1,
    steps=(IngestStepTime("initialise", 0.1), IngestStepTime("load", 0.25)),
    seconds=0.35,
)
DISAGREEMENT = Disagreement(
    entity="move",
    slug="absorb",
    field="power",
    snapshot="40",
    source="20",
    taken="snapshot",
    rule="the [mod] wins",
)


class Bus:
    """Ends every run with `outcome`, and remembers what was asked."""

    def __init__(self, outcome: PokedexRefreshCompleted | BaseException = PUBLISHED) -> None:
        self.outcome = outcome
        self.asked: list[tuple[PokedexRefreshRequested, bool]] = []

    async def follow(
        self, request: PokedexRefreshRequested, _: str, is_shown: bool, on_asked: Callable[[], None]
    ) -> PokedexRefreshCompleted:
        self.asked.append((request, is_shown))
        on_asked()
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome

    def dex(self, *arguments: str) -> Result:
        app = typer.Typer()
        register(app, self.follow)
        app.callback()(lambda: None)
        return CliRunner().invoke(app, ["ingest", *arguments])


def failing(**changes: Any) -> PokedexRefreshCompleted:
    return PokedexRefreshCompleted(
        refresh_id="refresh",
        run_id="run",
        source="snapshot",
        outcome="failed",
        failed_step="load",
        problems=("moves.csv:3: [no] such type",),
        steps=(IngestStepTime("load", 0.1),),
        **changes,
    )


def test_the_snapshot_is_asked_for_unless_another_source_is_named() -> None:
    bus = Bus()
    assert bus.dex().exit_code == 0
    assert bus.dex("--source", "pokepedia", "--force", "--json").exit_code == 0
    assert bus.asked == [
        (PokedexRefreshRequested(source="snapshot", force=False), True),
        (PokedexRefreshRequested(source="pokepedia", force=True), False),
    ]


def test_steps_figures_tables_and_the_outcome_are_printed() -> None:
    printed = " ".join(Bus().dex().output.split())
    for text in (
        "initialise 0.10",
        "load 0.25",
        "species 153 pokemon 188",
        "evolutions 81 pokemon_moves 5807",
        "Published: 3 records changed, 1 removed. Pokédex 0123456789ab from pokeapi, run run, 0.3 s.",
    ):
        assert text in printed


def test_nothing_new_is_said_and_is_no_failure() -> None:
    outcome = Bus(msgspec.structs.replace(PUBLISHED, outcome="unchanged")).dex()
    assert "Unchanged: the topics already hold every record." in outcome.output
    assert outcome.exit_code == 0


def test_json_is_the_completion() -> None:
    document = json.loads(Bus().dex("--json").stdout)
    assert msgspec.convert(document, PokedexRefreshCompleted) == PUBLISHED


def test_a_failure_names_its_step_and_rows() -> None:
    outcome = Bus(failing()).dex()
    assert outcome.exit_code == 1
    assert "step load failed, nothing was published:\nmoves.csv:3: [no] such type" in outcome.output
    assert "Published" not in outcome.output
    as_json = Bus(failing()).dex("--json")
    assert (as_json.exit_code, json.loads(as_json.stdout)["failed_step"]) == (1, "load")


def test_disagreements_are_shown_and_written(tmp_path: Path) -> None:
    many = msgspec.structs.replace(PUBLISHED, disagreement_count=60, disagreements=(DISAGREEMENT,) * 50)
    file = tmp_path / "disagreements.csv"
    printed = Bus(many).dex("--disagreements", str(file)).output
    assert printed.count("the [mod] wins") == 40
    assert "60 disagreements, 40 shown" in printed
    assert "has the first 50, as many as a completion carries." in " ".join(printed.split())
    with file.open(encoding="utf-8", newline="") as written:
        rows = list(csv.DictReader(written))
    assert len(rows) == 50
    assert rows[0] == msgspec.structs.asdict(DISAGREEMENT)


@pytest.mark.parametrize(
    ("count", "remedy"),
    [
        (50, "--disagreements FILE writes them, as CSV."),
        (51, "--disagreements FILE writes the first 50, as many as a completion carries, as CSV."),
    ],
)
def test_what_the_file_would_not_hold_is_said(count: int, remedy: str) -> None:
    told = msgspec.structs.replace(PUBLISHED, disagreement_count=count, disagreements=(DISAGREEMENT,) * 50)
    assert f"{count} disagreements, 40 shown; {remedy}" in " ".join(Bus(told).dex().output.split())


def test_a_source_that_does_not_exist_is_refused_before_anything_is_asked() -> None:
    bus = Bus()
    outcome = bus.dex("--source", "hearsay")
    assert isinstance(outcome.exception, Misconfigured)
    assert "--source hearsay: write snapshot, pokeapi, pokepedia" in str(outcome.exception)
    assert bus.asked == []


def test_a_file_that_cannot_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    bus = Bus()
    outcome = bus.dex("--disagreements", str(tmp_path / "nowhere" / "d.csv"))
    assert isinstance(outcome.exception, Misconfigured)
    assert bus.asked == []


def test_an_interrupt_leaves_the_run_going_and_says_so() -> None:
    outcome = Bus(KeyboardInterrupt()).dex()
    assert outcome.exit_code == 130
    assert "`./dex logs ingest` tells how it ends" in outcome.output


def test_a_silent_service_counts_as_not_reached() -> None:
    outcome = Bus(SilentService("ingest said nothing for 120 s: see `./dex status`")).dex()
    assert isinstance(outcome.exception, NotRunning)
    assert "./dex status" in str(outcome.exception)


@pytest.mark.parametrize(
    ("step", "done", "total", "fraction", "shown"),
    [
        ("initialise", 0, 1, 0.0, "initialise"),
        ("enrich", 350, 700, 2.5 / 6, "enrich 350 of 700 moves"),
        ("publish", 3, 3, 1.0, "publish 3 of 3 moves"),
        ("load", 0, 0, 1 / 6, "load"),
    ],
)
def test_progress_is_a_share_of_all_steps(
    step: Any, done: int, total: int, fraction: float, shown: str
) -> None:
    detail = "moves" if total > 1 else ""
    seen = INGEST.see(
        PokedexRefreshProgressed(refresh_id="refresh", step=step, done=done, total=total, detail=detail)
    )
    assert seen.fraction == pytest.approx(fraction)
    assert str(seen) == shown
