import msgspec
import pytest

from contracts.channels import POKEDEX_REFRESH_COMPLETED
from contracts.pokedex import Disagreement, IngestStepTime
from services.ingest.completion import (
    MAXIMUM_DISAGREEMENTS,
    Order,
    StepFailed,
    complete,
    fail,
    first_problems,
    fitting,
)
from shared.delivery.outgoing import message

ORDER = Order(run_id="run", refresh_id="refresh", source="pokeapi")


def disagreement(length: int) -> Disagreement:
    return Disagreement(
        entity="move",
        slug="tackle",
        field="power",
        snapshot="4" * length,
        source="35",
        taken="snapshot",
        rule="numbers of battle are the mod's",
    )


def test_a_failure_names_its_step_its_problems_and_the_time_of_every_step() -> None:
    steps = [IngestStepTime("initialise", 0.25), IngestStepTime("load", 0.5)]
    failed = fail(ORDER, steps, StepFailed("load", ["moves.csv:3: no"]), [disagreement(1)])
    assert (failed.outcome, failed.failed_step, failed.problems) == ("failed", "load", ("moves.csv:3: no",))
    assert (failed.seconds, failed.steps) == (0.75, tuple(steps))
    assert (failed.refresh_id, failed.run_id, failed.source) == ("refresh", "run", "pokeapi")
    assert failed.disagreement_count == 1


def test_many_problems_are_counted_and_long_ones_cut() -> None:
    shown = first_problems([*("x" * 900 for _ in range(99)), "last shown", "hidden", "hidden"])
    assert (len(shown), len(shown[0]), shown[99], shown[100]) == (101, 500, "last shown", "and 2 more")
    assert first_problems(["one"]) == ("one",)


@pytest.mark.parametrize("length", [1, 300, 5_000])
def test_disagreements_are_cut_to_what_the_channel_carries(length: int) -> None:
    many = [disagreement(length)] * 700
    completed = complete(
        ORDER, [], outcome="unchanged", disagreements=many, problems=first_problems(["é" * 900] * 200)
    )
    assert completed.disagreement_count == 700
    assert 0 < len(completed.disagreements) <= MAXIMUM_DISAGREEMENTS
    message(POKEDEX_REFRESH_COMPLETED, completed, key="refresh")


def test_few_disagreements_are_all_there() -> None:
    assert len(fitting([disagreement(1)] * MAXIMUM_DISAGREEMENTS)) == MAXIMUM_DISAGREEMENTS
    assert msgspec.json.encode(fitting([disagreement(1)])) == msgspec.json.encode([disagreement(1)])
