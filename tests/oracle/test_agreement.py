"""The battle engine against the reference engine; `python -m tests.oracle` compares at length."""

from collections.abc import Iterator

import numpy as np
import pytest

from services.embedded.oracle import missing_of_oracle
from shared.battle.arena import Arena
from tests.oracle.comparing import Played, judge_classes, judge_matchups, off, play_both
from tests.oracle.drawing import CLASSES, PLAIN, Field
from tests.oracle.showdown import OracleFailed, Showdown
from tests.support.battle import make_matchups, make_tables, real_tables
from tests.support.pokedex import load_snapshot_pokedex

pytestmark = [pytest.mark.timeout(600), pytest.mark.oracle]

SEED = 20_261_121
THEIR_BATTLES = 60
OUR_BATTLES = 600
NOT_IN_A_TABLE = {"bide", "counter", "mirror-coat", "psywave", "super-fang"}
"""Moves whose damage depends on the moment."""


@pytest.fixture(scope="module")
def field() -> Field:
    return Field(load_snapshot_pokedex(), real_tables())


@pytest.fixture(scope="module")
def showdown(field: Field) -> Iterator[Showdown]:
    assert missing_of_oracle() == ""
    with Showdown(field.tables) as engine:
        yield engine


@pytest.fixture(scope="module")
def played(field: Field, showdown: Showdown) -> Played:
    matchups = field.covering(per_move=1, per_class=6, rng=np.random.default_rng(SEED))
    return play_both(showdown, field, matchups, THEIR_BATTLES, OUR_BATTLES, SEED)


def test_every_move_and_every_form_that_can_fight_is_played(field: Field, played: Played) -> None:
    matchups = played.matchups
    assert len(field.classes) == 155
    assert set(matchups.move_a.tolist()) | set(matchups.move_b.tolist()) >= set(field.classes)
    forms = set(matchups.form_a.tolist()) | set(matchups.form_b.tolist())
    unable = set(field.tables.form_index.values()) - forms
    assert [list(field.tables.form_index)[form] for form in unable] == ["ditto"]


def test_no_class_of_moves_wins_more_or_takes_longer(field: Field, played: Played) -> None:
    verdicts = judge_classes(field, played)
    assert {verdict.name for verdict in verdicts} == {PLAIN, *CLASSES}
    assert off(verdicts) == []


def test_no_match_up_wins_more_or_takes_longer(field: Field, played: Played) -> None:
    assert off(judge_matchups(field, played)) == []


def test_stats_and_every_roll_of_a_hit_are_equal(field: Field, showdown: Showdown) -> None:
    matchups = field.hits(per_form=3, rng=np.random.default_rng(SEED))
    forms = list(field.tables.form_index.values())
    assert set(matchups.form_a.tolist()) == set(matchups.form_b.tolist()) == set(forms)
    assert set(matchups.move_a.tolist()) >= set(field.classes), "all damaging moves"
    their_rolls, their_stats = showdown.hits(matchups)
    arena, size = Arena.build(field.tables, matchups), len(matchups)
    assert np.stack([arena.stats[:size], arena.stats[size:]], axis=1).tolist() == their_stats.tolist()
    moves = field.tables.moves
    by_moment = np.any([moves.flag(word) for word in ("half_hp_damage", "psywave", "bide")], axis=0)
    by_moment |= moves.counters >= 0
    names = list(field.tables.move_index)
    assert {names[move] for move in field.classes if by_moment[move]} == NOT_IN_A_TABLE
    chosen = ~by_moment[matchups.move_a]
    ours = arena.rolls.reshape(-1, 2, 16)[:size]
    assert ours[chosen].tolist() == their_rolls[chosen].tolist()


def test_an_engine_that_differs_is_seen(field: Field, showdown: Showdown) -> None:
    """The comparison can fail: our side plays another level than theirs."""
    opponent = ("charmander", "scratch", 50)
    duels = make_matchups(field.tables, *[(("squirtle", "tackle", 50), opponent)] * 3)
    stronger = make_matchups(field.tables, *[(("squirtle", "tackle", 60), opponent)] * 3)
    theirs = play_both(showdown, field, duels, 60, 60, seed=1)
    ours = play_both(showdown, field, stronger, 1, 600, seed=1)
    mixed = Played(duels, theirs.theirs, ours.ours, theirs.their_rates, ours.our_rates)
    assert [verdict.name for verdict in off(judge_classes(field, mixed))] == [PLAIN]


def test_what_the_engine_refuses_is_said() -> None:
    tables = make_tables()
    unknown = make_matchups(tables, (("quick", "tap"), ("slow", "tap")))
    with Showdown(tables) as engine, pytest.raises(OracleFailed, match="quick is not in gen7letsgo"):
        engine.play(unknown, 1, seed=1)
