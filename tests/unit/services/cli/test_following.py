import pytest

from contracts.models import TrainingProgressed
from contracts.pokedex import IngestStep, PokedexRefreshCompleted, PokedexRefreshProgressed
from services.cli import following
from services.cli.first_model import seen_training
from services.cli.following import Seen, _Follower, no_display, progress_display
from services.cli.ingest import INGEST


def test_logs_and_pipes_get_a_line_at_each_step_and_each_tenth(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_display() as show:
        for seen in (
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


def test_a_work_that_stands_before_ours_is_waited_for_and_not_shown_as_ours() -> None:
    follower = _Follower(INGEST, "mine")
    follower.catch_up()
    follower.take(INGEST.progressed, "theirs", progressed("theirs", "enrich"))
    assert follower.seen == Seen("waiting: another one runs at ingest", 0.0)
    follower.take(INGEST.completed, "theirs", completed("theirs"))
    assert [follower.seen, follower.completed] == [None, None]
    follower.take(INGEST.progressed, "mine", progressed("mine", "load"))
    follower.take(INGEST.progressed, "theirs", progressed("theirs", "enrich"))
    assert str(follower.seen) == "load"
    follower.take(INGEST.completed, "mine", completed("mine"))
    assert follower.completed == completed("mine")


def test_a_search_has_a_line_for_each_trial_and_is_silent_for_a_minute_at_most(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = 0.0
    with progress_display(lambda: now) as show:
        for now, detail in (  # noqa: B007 - the clock reads it
            (0.0, "trial 1 of 8, round 1, loss 0.3"),
            (20.0, "trial 1 of 8, round 2, loss 0.2"),
            (61.0, "trial 1 of 8, round 3, loss 0.1"),
            (62.0, "trial 2 of 8, round 1, loss 0.3"),
        ):
            told = TrainingProgressed(
                training_id="t", family="battle", step="searching", fraction=0.7, detail=detail
            )
            show("training", seen_training(told))
    lines = [line.split("searching ")[1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [f"trial {which}, loss {loss}" for which, loss in (
        ("1 of 8, round 1", 0.3), ("1 of 8, round 3", 0.1), ("2 of 8, round 1", 0.3)
    )]  # fmt: skip


def test_nothing_heard_for_a_minute_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    now = 0.0
    with progress_display(lambda: now) as show:
        for now in (0.0, 59.0, 61.0):  # noqa: B007 - the clock reads it
            show("training", None)
    assert capsys.readouterr().out.split() == ["training", "0%", "waiting", "for", "the", "service"]


def test_our_own_work_is_followed_before_the_topics_are_read_to_their_end() -> None:
    follower = _Follower(INGEST, "mine")
    follower.take(INGEST.progressed, "mine", progressed("mine", "load"))
    follower.take(INGEST.completed, "mine", completed("mine"))
    assert str(follower.seen) == "load"
    assert follower.completed == completed("mine")
