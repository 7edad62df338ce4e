import pytest

from services.cli import following
from services.cli.following import Seen, no_display, progress_display


def test_logs_and_pipes_get_a_line_at_each_step_and_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_display() as show:
        for seen in (
            None,
            Seen("enrich", 0.31, "31 of 100"),
            Seen("enrich", 0.32, "32 of 100"),
            Seen("enrich", 0.41, "41 of 100"),
            Seen("learnsets", 0.42),
        ):
            show("ingest", seen)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["ingest", "31%", "enrich", "31", "of", "100"],
        ["ingest", "41%", "enrich", "41", "of", "100"],
        ["ingest", "42%", "learnsets"],
    ]


def test_a_person_gets_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "is_terminal", lambda: True)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    with progress_display() as show:
        show("ingest", None)
        show("ingest", Seen("enrich", 0.5, "[half]"))
    shown = capsys.readouterr().out
    assert "ingest" in shown
    assert "50%" in shown
    assert "enrich [half]" in shown


def test_programs_that_read_json_get_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with no_display() as show:
        show("ingest", Seen("enrich", 0.5))
    assert capsys.readouterr() == ("", "")
