"""Results grow in a file, are summed up by row, and become the table of the documents."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from shared.errors import Misconfigured
from tests.faults import __main__ as command
from tests.faults.report import PART, document, readme_part, write
from tests.faults.results import Result, Results, commit, describe_commit, missing, summarise
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
    assert Results(file).has(row, 1, 1, "short")


def test_an_attempt_that_failed_stays_in_the_table_when_it_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    for one in (
        result(1),
        result(1, 1, met=False, lost=2, wrong=("I1: a | b\nand more",)),
        result(1, 1, requests=50),
        result(1, 1, seed=2),
    ):
        Results(file).add(one)
    results = Results(file).of("short")
    (summary,) = summarise(chosen("1"), results)
    assert (summary.repetitions, summary.attempts, summary.failed) == (3, 4, 1)
    assert (summary.met, summary.lost, summary.requests) == (False, 2, 350)
    text = document(ROWS, [summary], results)
    assert "**no**, 1 of 4 attempts failed" in text
    assert "| 1 | 1 | 1 | I1: a \\| b |" in text


def test_a_row_is_met_when_every_repetition_is() -> None:
    rows = chosen("1,5")
    worst = result(1, 1, met=False, lost=2, recovery_s=9.0)
    (first, second) = summarise(rows, [result(1), worst, result(5)])
    assert (first.repetitions, first.requests, first.lost, first.worst_recovery_s) == (2, 200, 2, 9.0)
    assert (first.met, second.met) == (False, True)
    assert "**no**" in readme_part(ROWS, [first])
    assert "**no**" not in readme_part(ROWS, [second])


def test_a_row_that_this_machine_cannot_run_is_neither_met_nor_missed() -> None:
    (summary,) = summarise(chosen("18"), [result(18, met=False, not_run="root")])
    assert (summary.met, summary.repetitions) == (None, 0)
    assert "not run: root" in readme_part(ROWS, [summary])


def test_the_figures_of_a_row_are_published_as_ranges() -> None:
    figures = [{"goodput": value} for value in (251.0, 248.5)]
    results = [result(27, number, measured=measured) for number, measured in enumerate(figures)]
    (summary,) = summarise(chosen("27"), results)
    assert summary.measured == {"goodput": (248.5, 251.0)}
    assert "| 27 | goodput | 248.5 | 251 |" in document(ROWS, [summary], results)


def test_an_unknown_row_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UnknownRow, match=r"no row '20'.* 1, 2, 3, 4"):
        chosen("1,20")


def test_the_table_has_the_rows_of_the_guarantees_that_are_ours() -> None:
    assert [row.number for row in ROWS] == [*range(1, 20), *range(22, 32), 33]


def whole_run() -> list[Result]:
    return [
        result(row.number, number, form="real", requests=1_000, redelivered=3)
        for row in ROWS
        for number in range(row.repetitions)
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with the documents that are written."""
    (tmp_path / "docs").mkdir()
    text = f"# It\n<!-- generated: {PART} -->\nnot yet\n<!-- end -->\nMore.\n"
    (tmp_path / "README.md").write_text(text, "utf-8")
    return tmp_path


def test_a_whole_run_is_written_into_both_documents(root: Path) -> None:
    assert write(ROWS, whole_run(), root) == []
    (first,) = chosen("1")
    readme = (root / "README.md").read_text("utf-8")
    assert f"| 1 | {first.title} | 20 | 20,000 | 0 | 0 | 1.5 s | yes |" in readme
    assert ("not yet" in readme, readme.startswith("# It"), readme.endswith("More.\n")) == (False, True, True)
    assert len([line for line in readme.splitlines() if line.startswith("| ")]) == len(ROWS) + 2
    told = (root / "docs" / "FAULTS.md").read_text("utf-8")
    assert f"| 1 | {first.title} | {first.expected} | 20 | 20,000 | 0 | 0 | 1.5 s | yes | 60 |" in told


@pytest.mark.parametrize(
    ("left", "lacking"),
    [
        (lambda one: one.id != 6, ["row 6: 0 of 3 repetitions"]),
        (lambda one: (one.id, one.repetition) != (1, 19), ["row 1: 19 of 20 repetitions"]),
    ],
    ids=["a row", "a repetition"],
)
def test_less_than_a_whole_run_is_told_and_never_written(
    root: Path, left: Callable[[Result], bool], lacking: list[str]
) -> None:
    before = (root / "README.md").read_text("utf-8")
    assert write(ROWS, [one for one in whole_run() if left(one)], root) == lacking
    assert (root / "README.md").read_text("utf-8") == before
    assert not (root / "docs" / "FAULTS.md").exists()


def test_the_short_form_is_no_whole_run(root: Path) -> None:
    short = [msgspec.structs.replace(one, form="short") for one in whole_run()]
    assert len(write(ROWS, short, root)) == len(ROWS)


def test_a_repetition_that_was_run_again_is_one() -> None:
    again = [result(1, 0, met=met, form="real") for met in (False, True)]
    assert missing(chosen("1"), again) == ["row 1: 1 of 20 repetitions"]


def test_a_row_that_this_machine_lacks_is_not_missing() -> None:
    assert missing(chosen("18"), [result(18, not_run="root", met=False, form="real")]) == []


def test_a_readme_without_the_place_is_refused_before_anything_is_written(root: Path) -> None:
    (root / "README.md").write_text("# It\n", "utf-8")
    with pytest.raises(Misconfigured, match="no place for its faults"):
        write(ROWS, whole_run(), root)
    assert not (root / "docs" / "FAULTS.md").exists()


@pytest.mark.parametrize("option", [["--short"], ["--plant", "keeps-no-model"]], ids=" ".join)
def test_what_is_no_result_of_ours_is_not_published(
    option: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["faults", "--write-docs", *option])
    assert command.main() == 2
    assert "--write-docs" in capsys.readouterr().err


def test_a_run_that_lacks_rows_says_which_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.jsonl"
    for number in range(3):
        Results(file).add(result(6, number, form="real"))
    monkeypatch.setattr("sys.argv", ["faults", "--write-docs", "--rows=6", f"--out={file}"])
    assert command.main() == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("docs/FAULTS.md and README.md are as they were.")
    assert "row 1: 0 of 20 repetitions" in told
    assert not [line for line in told if line.startswith("row 6:")]


def test_the_documents_that_it_writes_are_no_change_of_what_ran(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    assert describe_commit(tmp_path / "nowhere") == "unknown"
    for name in ("README.md", "code.py"):
        (tmp_path / name).write_text("one")
    git("init", "-q")
    git("add", ".")
    git("-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "one", "--no-gpg-sign")
    clean = describe_commit(tmp_path)
    (tmp_path / "README.md").write_text("two")
    assert describe_commit(tmp_path) == clean != "unknown"
    (tmp_path / "code.py").write_text("two")
    assert describe_commit(tmp_path) == f"{clean}-dirty"
