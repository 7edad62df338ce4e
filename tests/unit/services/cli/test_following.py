import pytest

from contracts.pokedex import IngestStep, PokedexRefreshCompleted, PokedexRefreshProgressed
from services.cli import following
from services.cli.following import Seen, _Follower, no_display, progress_display
from services.cli.ingest import INGEST


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


def progressed(refresh_id: str, step: IngestStep) -> PokedexRefreshProgressed:
    return PokedexRefreshProgressed(refresh_id=refresh_id, step=step, done=0, total=1)


def completed(refresh_id: str) -> PokedexRefreshCompleted:
    return PokedexRefreshCompleted(refresh_id=refresh_id, run_id="run", source="pokeapi", outcome="unchanged")


def test_what_the_topics_keep_of_works_that_are_over_is_not_shown() -> None:
    follower = _Follower(INGEST, "mine")
    follower.take(INGEST.progressed, "old", progressed("old", "publish"))
    follower.take(INGEST.completed, "old", completed("old"))
    follower.catch_up()
    assert (follower.seen, follower.completed) == (None, None)


def test_a_work_that_stands_before_ours_is_shown_until_ours_begins() -> None:
    follower = _Follower(INGEST, "mine")
    follower.catch_up()
    follower.take(INGEST.progressed, "theirs", progressed("theirs", "enrich"))
    assert str(follower.seen) == "enrich"
    follower.take(INGEST.completed, "theirs", completed("theirs"))
    assert follower.completed is None
    follower.take(INGEST.progressed, "mine", progressed("mine", "load"))
    assert str(follower.seen) == "load"
    follower.take(INGEST.completed, "mine", completed("mine"))
    assert follower.completed == completed("mine")


def test_our_own_work_is_followed_before_the_topics_are_read_to_their_end() -> None:
    follower = _Follower(INGEST, "mine")
    follower.take(INGEST.progressed, "mine", progressed("mine", "load"))
    follower.take(INGEST.completed, "mine", completed("mine"))
    assert str(follower.seen) == "load"
    assert follower.completed == completed("mine")
