"""Results grow in a file, are summed up by row, and become the table of the documents."""

from pathlib import Path

import msgspec
import pytest

from tests.faults.report import Result, Results, commit, markdown, summarise
from tests.faults.table import ROWS, UnknownRow, chosen


def result(row: int, repetition: int = 0, **changes: object) -> Result:
    made = Result(
        id=row,
        repetition=repetition,
        seed=1,
        form="short",
        commit=commit(),
        requests=100,
        recovery_s=1.5,
        met=True,
    )
    return msgspec.structs.replace(made, **changes)


def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "results.jsonl"
    first = Results(file)
    first.add(result(1))
    first.add(result(1, 1, met=False))
    again = Results(file)
    (row,) = chosen("1")
    assert again.has(row, 0, 1, "short")
    assert not again.has(row, 1, 1, "short"), "what was not met is run again"
    assert not again.has(row, 0, 2, "short"), "another seed is another run"
    assert not again.has(row, 0, 1, "real")
    again.add(result(1, 1))
    assert [one.met for one in Results(file).of("short")] == [True, True]


def test_a_row_is_met_when_every_repetition_is() -> None:
    rows = chosen("1,5")
    worst = result(1, 1, met=False, lost=2, recovery_s=9.0)
    (first, second) = summarise(rows, [result(1), worst, result(5)])
    assert (first.repetitions, first.requests, first.lost, first.worst_recovery_s) == (2, 200, 2, 9.0)
    assert (first.met, second.met) == (False, True)
    assert "**no**" in markdown(ROWS, [first], "short")
    assert "**no**" not in markdown(ROWS, [second], "short")


def test_a_row_that_this_machine_cannot_run_is_neither_met_nor_missed() -> None:
    (summary,) = summarise(chosen("18"), [result(18, met=False, not_run="root")])
    assert (summary.met, summary.repetitions) == (None, 0)
    assert "not run: root" in markdown(ROWS, [summary], "real")


def test_the_figures_of_a_row_are_published_as_ranges() -> None:
    figures = [{"goodput": value} for value in (251.0, 248.5)]
    results = [result(27, number, measured=measured) for number, measured in enumerate(figures)]
    (summary,) = summarise(chosen("27"), results)
    assert summary.measured == {"goodput": (248.5, 251.0)}
    assert "| 27 | goodput | 248.5 | 251 |" in markdown(ROWS, [summary], "real")


def test_an_unknown_row_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownRow, match=r"no row '13'.* 1, 2, 3, 4"):
        chosen("1,13")


def test_the_table_has_the_rows_of_the_guarantees_that_are_ours() -> None:
    assert [row.number for row in ROWS] == [*range(1, 13), *range(15, 20), *range(22, 32), 33]
