from dataclasses import replace
from typing import Any

import msgspec
import pytest

from services.ingest.consistency import check_rows
from services.ingest.snapshot import EvolutionRow, LearnsetRow, Snapshot
from tests.support.pokedex import load_packaged_snapshot


def lines_of(snapshot: Snapshot) -> list[str]:
    return [problem.at_line() for problem in check_rows(snapshot)]


def with_first(snapshot: Snapshot, table: str, **changes: object) -> Snapshot:
    """`snapshot` with the first row of `table` changed."""
    first, *rest = getattr(snapshot, table)
    return replace(snapshot, **{table: (msgspec.structs.replace(first, **changes), *rest)})


def test_the_packaged_snapshot_is_consistent() -> None:
    assert check_rows(load_packaged_snapshot()) == ()


@pytest.mark.parametrize(
    ("table", "row", "problem"),
    [
        (
            "learnsets",
            LearnsetRow("pikachu", "celebrate", "start"),
            "5192: move 'celebrate' is not in moves.csv",
        ),
        (
            "learnsets",
            LearnsetRow("missingno", "tackle", "start"),
            "5192: pokemon 'missingno' is not in pokemon.csv",
        ),
        (
            "learnsets",
            LearnsetRow("bulbasaur", "tackle", "start"),
            "5192: pokemon, move, method, level 'bulbasaur', 'tackle', 'start' is that of line 2 too",
        ),
        ("learnsets", LearnsetRow("mew", "tackle", "tm", 4), "5192: level 4 with method 'tm'"),
        ("learnsets", LearnsetRow("mew", "tackle", "level"), "5192: level None with method 'level'"),
        (
            "evolutions",
            EvolutionRow("mew", "missingno", "trade"),
            "83: to_slug 'missingno' is not in pokemon.csv",
        ),
        ("evolutions", EvolutionRow("mew", "mewtwo", "level"), "83: level None with trigger 'level'"),
        (
            "evolutions",
            EvolutionRow("mew", "mewtwo", "trade", item="lamp"),
            "83: item lamp with trigger 'trade'",
        ),
        (
            "evolutions",
            EvolutionRow("mew", "ivysaur", "trade"),
            "83: to_slug 'ivysaur' is that of line 2 too",
        ),
    ],
)
def test_a_row_that_does_not_fit_is_named_by_file_and_line(table: str, row: Any, problem: str) -> None:
    snapshot = load_packaged_snapshot()
    spoilt = replace(snapshot, **{table: (*getattr(snapshot, table), row)})
    assert lines_of(spoilt) == [f"{table}.csv:{problem}"]


@pytest.mark.parametrize(
    ("table", "changes", "problem"),
    [
        ("pokemon", {"type_1": "bird"}, "pokemon.csv:2: type_1 'bird' is not in types.csv"),
        ("pokemon", {"type_2": "grass"}, "pokemon.csv:2: 'bulbasaur' has the type 'grass' twice"),
        ("pokemon", {"hp": 256}, "pokemon.csv:2: 'bulbasaur': Expected `int` <= 255 - at `$.hp`"),
        (
            "pokemon",
            {"name_fr": ""},
            "pokemon.csv:2: 'bulbasaur': Expected `str` of length >= 1 - at `$.name_fr`",
        ),
        ("pokemon", {"name_fr": "Herbizarre"}, "pokemon.csv:3: name_fr 'Herbizarre' is that of line 2 too"),
        ("moves", {"type": None}, "moves.csv:2: 'pound': Expected `str`, got `null` - at `$.type`"),
        ("moves", {"pp": 0}, "moves.csv:2: 'pound': Expected `int` >= 1 - at `$.pp`"),
    ],
)
def test_a_value_that_was_changed_after_reading_is_checked_too(
    table: str, changes: dict[str, object], problem: str
) -> None:
    assert problem in lines_of(with_first(load_packaged_snapshot(), table, **changes))
