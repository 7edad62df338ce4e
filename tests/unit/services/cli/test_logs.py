import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.cli.logs import LEVELS, LogFile, level_of, readable


@pytest.fixture
def file(tmp_path: Path) -> Iterator[LogFile]:
    file = LogFile("x", tmp_path / "x.log")
    yield file
    file.close()


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ('{"event": "started", "level": "info"}', "INFO"),
        ('{"event": "the word ERROR in text", "level": "warning"}', "WARNING"),
        ("2026-01-01T00:00:00 [main] [WARN] kafka - slow", "WARN"),
        ("2026-01-01 00:00:00 UTC [7] LOG:  ready to accept connections", "INFO"),
        ("2026-01-01 00:00:00 UTC [7] PANIC:  disk", "FATAL"),
    ],
)
def test_levels_are_read_from_each_part_s_own_form(line: str, level: str) -> None:
    assert level_of(line) == LEVELS[level]


def test_a_traceback_has_the_level_of_its_first_line(file: LogFile) -> None:
    file.path.write_text('{"event": "failed", "level": "error"}\nTraceback\n  File "x"\n')
    levels = [level for level, _ in file.last(10)]
    assert levels == [LEVELS["ERROR"]] * 3


def test_only_the_last_lines_are_shown_first_and_then_only_new_ones(file: LogFile) -> None:
    file.path.write_text("one\ntwo\nthree\n")
    assert [line for _, line in file.last(2)] == ["two", "three"]
    with file.path.open("a") as stream:
        stream.write("four\n")
    assert [line for _, line in file.new()] == ["four"]


def test_a_rotation_loses_no_line(file: LogFile) -> None:
    file.path.write_text("one\n")
    file.last(5)
    with file.path.open("a") as stream:
        stream.write("two\n")
    file.path.rename(file.path.with_suffix(".1"))
    file.path.write_text("three\n")
    assert [line for _, line in file.new()] == ["two", "three"]


def test_a_log_that_comes_later_is_followed(file: LogFile) -> None:
    assert file.last(5) == []
    file.path.write_text("first\n")
    assert [line for _, line in file.new()] == ["first"]


def test_a_json_line_is_shown_as_a_sentence() -> None:
    line = json.dumps(
        {"timestamp": "2026-01-01T10:11:12.345Z", "level": "info", "event": "model loaded", "version": "v1"}
    )
    assert readable(line) == "10:11:12.345 info    model loaded version=v1"


def test_other_lines_are_shown_as_they_are() -> None:
    assert readable("{not json") == "{not json"
