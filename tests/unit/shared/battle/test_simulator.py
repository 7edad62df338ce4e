"""The simulator on the real Pokédex: determinism, known duels, refusals."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest

from shared.battle import simulator
from shared.battle.effects import KNOWN_EFFECTS, unsimulated_effects
from shared.battle.matchups import MatchUps
from shared.battle.simulator import play_battles, simulate
from tests.support.battle import make_matchups, make_move, make_tables, real_tables
from tests.support.pokedex import load_snapshot_pokedex

KNOWN_DUELS = (
    (("pikachu", "thunderbolt"), ("squirtle", "water-gun")),
    (("geodude", "tackle"), ("gastly", "lick")),
    (("ekans", "mega-drain"), ("horsea", "surf")),
    (("snorlax", "crunch"), ("cloyster", "hydro-pump")),
    (("pidgeot", "tackle"), ("seel", "surf", 45)),
)


def known_duels() -> MatchUps:
    return make_matchups(real_tables(), *KNOWN_DUELS)


def test_a_win_rate_does_not_depend_on_what_is_simulated_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    together = simulate(real_tables(), known_duels(), 50, seed=3)
    monkeypatch.setattr(simulator, "LANES_PER_CHUNK", 20)
    in_chunks = simulate(real_tables(), known_duels(), 50, seed=3)
    alone = [
        simulate(real_tables(), known_duels().take(slice(row, row + 1)), 50, seed=3).wins[0]
        for row in range(len(KNOWN_DUELS))
    ]
    assert together.wins.tolist() == in_chunks.wins.tolist() == alone


def test_the_first_battles_are_the_same_however_many_follow() -> None:
    few = play_battles(real_tables(), known_duels(), 20, seed=3)
    many = play_battles(real_tables(), known_duels(), 500, seed=3)
    assert (few.winner == many.winner[:, :20]).all()
    assert (few.turns == many.turns[:, :20]).all()


def test_processes_that_share_the_match_ups_play_the_same_battles() -> None:
    matchups = [known_duels().take(slice(row, row + 1)) for row in range(len(KNOWN_DUELS))]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        shared = list(processes.map(play_in_a_process, matchups))
    assert shared == simulate(real_tables(), known_duels(), 50, seed=3).wins.tolist()


def play_in_a_process(matchup: MatchUps) -> int:
    return int(simulate(real_tables(), matchup, 50, seed=3).wins[0])


def test_counts_are_those_of_the_single_battles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulator, "TURN_LIMIT", 6)
    monkeypatch.setattr(simulator, "LANES_PER_CHUNK", 128)
    outcomes = simulate(real_tables(), known_duels(), 300, seed=3)
    played = play_battles(real_tables(), known_duels(), 300, seed=3)
    assert outcomes.wins.tolist() == (played.winner == 1).sum(axis=1).tolist()
    assert outcomes.draws.tolist() == (played.winner == 3).sum(axis=1).tolist()
    assert outcomes.mean_turns.tolist() == played.turns.mean(axis=1).tolist()
    assert outcomes.draws.sum() > 0


def test_another_seed_is_other_battles() -> None:
    one = simulate(real_tables(), known_duels(), 500, seed=3).wins
    assert one.tolist() != simulate(real_tables(), known_duels(), 500, seed=4).wins.tolist()


def test_duels_with_a_known_winner() -> None:
    rates = simulate(real_tables(), known_duels(), 500, seed=1).win_rate
    assert rates[0] > 0.99
    assert rates[1] == 0.0


# Win rates that the public reference engine played, 2,000 battles a row: standard error 0.011.
REFERENCE_DUELS = (
    (("cloyster", "spike-cannon"), ("geodude-alola", "facade")),
    (("moltres", "ember"), ("machamp", "facade")),
    (("dragonite", "dragon-rage"), ("tauros", "iron-tail")),
    (("jolteon", "double-kick"), ("seaking", "blizzard")),
    (("gyarados", "thrash"), ("tauros", "headbutt")),
    (("hitmonlee", "feint"), ("drowzee", "brick-break")),
    (("eevee-partner", "sizzly-slide"), ("cubone", "facade")),
    (("hitmonlee", "rolling-kick"), ("gloom", "solar-beam")),
)
REFERENCE_RATES = (0.412, 0.4675, 0.5615, 0.604, 0.272, 0.6615, 0.5775, 0.542)


def test_win_rates_agree_with_the_reference_engine() -> None:
    duels = make_matchups(real_tables(), *REFERENCE_DUELS)
    rates = simulate(real_tables(), duels, 2_000, seed=2).win_rate
    assert rates.tolist() == pytest.approx(REFERENCE_RATES, abs=0.06)


def test_both_orders_of_a_duel_add_up_to_one() -> None:
    duels = make_matchups(real_tables(), *REFERENCE_DUELS)
    there = simulate(real_tables(), duels, 2_000, seed=2).win_rate
    back = simulate(real_tables(), duels.swapped(), 2_000, seed=2).win_rate
    assert (there + back).tolist() == pytest.approx([1.0] * len(duels), abs=0.06)


def test_every_damaging_move_is_simulated() -> None:
    damaging = [move for move in load_snapshot_pokedex().moves if move.category != "status"]
    assert len(damaging) == 155
    assert [move.slug for move in damaging if unsimulated_effects(move.effects)] == []


def test_no_word_is_known_that_no_move_has() -> None:
    used = {word for move in load_snapshot_pokedex().moves for word in move.effects}
    assert {word for word in KNOWN_EFFECTS if not word.startswith(("target_", "self_"))} <= used


def test_a_word_that_is_not_known_keeps_a_move_from_being_simulated() -> None:
    tables = make_tables(make_move("odd", teleports=True))
    duels = make_matchups(tables, (("quick", "odd"), ("slow", "tap")))
    with pytest.raises(ValueError, match="does not play"):
        simulate(tables, duels, 10, seed=1)


@pytest.mark.parametrize(("effects", "what"), [({"recoil": 3}, "pair"), ({"fixed_damage": "x"}, "number")])
def test_a_malformed_effect_is_refused(effects: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        make_tables(make_move("odd", **effects))
