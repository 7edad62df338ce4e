"""Which duels are drawn: split without leaks, none of them twice, levels and scenarios in their shares."""

import itertools

import numpy as np
import pytest

from services.training.candidates import UNSEEN_FORMS, UNSEEN_MOVES, Candidates
from services.training.dataset import PARTS, SCENARIOS
from services.training.drawing import (
    count_distinct,
    draw_matchups,
    draw_stream,
    matchup_keys,
    part_of_pair,
)
from services.training.move_classes import class_of_moves
from services.training.reports import FULL_SIZE
from shared.battle.matchups import MatchUps
from tests.support.battle import real_tables
from tests.support.pokedex import load_snapshot_pokedex

SEED = 11
BEST = SCENARIOS.index("best_move")


@pytest.fixture(scope="module")
def candidates() -> Candidates:
    return Candidates.of(real_tables(), load_snapshot_pokedex())


def joined(parts: list[MatchUps]) -> MatchUps:
    columns = zip(*(one.columns() for one in parts), strict=True)
    return MatchUps(*(np.concatenate(column) for column in columns))


def test_no_unordered_pair_of_forms_is_in_two_parts(candidates: Candidates) -> None:
    pairs = []
    for part in PARTS:
        duels, _ = draw_matchups(candidates, part, 3_000, SEED)
        low, high = np.minimum(duels.form_a, duels.form_b), np.maximum(duels.form_a, duels.form_b)
        pairs.append(set(zip(low.tolist(), high.tolist(), strict=True)))
    for one, other in itertools.combinations(range(4), 2):
        assert not pairs[one] & pairs[other], (PARTS[one], PARTS[other])
    assert not pairs[4] & (pairs[0] | pairs[1]), "an unseen move is played by pairs of the test part"


def test_unseen_pokemon_and_moves_are_in_no_other_part(candidates: Candidates) -> None:
    unseen_moves = set(np.concatenate(candidates.unseen_moves).tolist())
    unseen_forms = set(candidates.unseen_forms.tolist())
    assert (len(unseen_moves), len(unseen_forms)) == (UNSEEN_MOVES, UNSEEN_FORMS)
    for part in PARTS:
        duels, _ = draw_matchups(candidates, part, 3_000, SEED)
        has_form = np.isin(duels.form_a, list(unseen_forms)) | np.isin(duels.form_b, list(unseen_forms))
        has_move = np.isin(duels.move_a, list(unseen_moves)) | np.isin(duels.move_b, list(unseen_moves))
        assert has_form.all() if part == "unseen_pokemon" else not has_form.any(), part
        assert has_move.all() if part == "unseen_move" else not has_move.any(), part


def test_unseen_moves_are_spread_over_the_classes(candidates: Candidates) -> None:
    moves = np.unique(np.concatenate(candidates.unseen_moves))
    assert len(np.unique(class_of_moves(real_tables().moves)[moves])) >= 7


def test_a_pair_and_its_mirror_share_a_part() -> None:
    a, b = np.random.default_rng(0).integers(0, 188, (2, 5_000))
    part = part_of_pair(a, b)
    assert (part == part_of_pair(b, a)).all()
    assert np.bincount(part) / len(part) == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_another_seed_trains_on_no_pair_that_is_held_out(candidates: Candidates) -> None:
    trained, _ = draw_matchups(candidates, "train", 5_000, SEED)
    for part in ("validation", "test"):
        held_out, _ = draw_matchups(candidates, part, 5_000, SEED + 1)
        assert not pairs_of(trained) & pairs_of(held_out), part


def pairs_of(duels: MatchUps) -> set[tuple[int, int]]:
    sides = zip(duels.form_a.tolist(), duels.form_b.tolist(), strict=True)
    return {(min(pair), max(pair)) for pair in sides}


def test_every_side_plays_a_move_that_it_learns_and_the_simulator_plays(candidates: Candidates) -> None:
    pokedex, tables = load_snapshot_pokedex(), real_tables()
    duels, _ = draw_matchups(candidates, "train", 2_000, SEED)
    forms, moves = list(tables.form_index), list(tables.move_index)
    for form, move in ((duels.form_a, duels.move_a), (duels.form_b, duels.move_b)):
        assert tables.is_simulated[move].all()
        assert all(pokedex.can_learn(forms[f], moves[m]) for f, m in zip(form, move, strict=True))


def test_levels_are_mostly_fifty_and_cover_the_range(candidates: Candidates) -> None:
    duels, scenario = draw_matchups(candidates, "train", 20_000, SEED)
    even = (duels.level_a == 50) & (duels.level_b == 50)
    assert even.mean() == pytest.approx(0.6, abs=0.02)
    assert (duels.level_a.min(), duels.level_a.max()) == (1, 100)
    assert (duels.level_b.min(), duels.level_b.max()) == (1, 100)
    assert np.bincount(scenario) / len(scenario) == pytest.approx([0.4, 0.3, 0.3], abs=0.02)


def test_the_best_move_scenario_plays_the_best_rated_move(candidates: Candidates) -> None:
    duels, scenario = draw_matchups(candidates, "train", 2_000, SEED)
    best = scenario == SCENARIOS.index("best_move")
    assert (candidates.best[duels.form_a, duels.form_b] == duels.move_a)[best].all()
    assert (candidates.best[duels.form_b, duels.form_a] == duels.move_b)[best].all()


def test_the_full_size_has_more_different_match_ups_than_the_predecessor_had(candidates: Candidates) -> None:
    parts = [draw_matchups(candidates, part, FULL_SIZE.rows(part), SEED)[0] for part in PARTS]
    everything = joined(parts)
    distinct, without_mirrors = count_distinct(everything)
    assert distinct == len(everything) == FULL_SIZE.match_ups, "no match-up twice, in a part or across them"
    assert 0.95 * distinct < without_mirrors < distinct, "a duel seen from its other side is another match-up"
    assert len(parts[0]) == count_distinct(parts[0])[0] == 898_612


def test_where_best_moves_at_the_even_level_are_used_up_other_levels_take_their_places(
    candidates: Candidates,
) -> None:
    count = 120_000
    duels, scenario = draw_matchups(candidates, "train", count, SEED)
    even = (duels.level_a == 50) & (duels.level_b == 50)
    first, second = (side.ravel() for side in np.meshgrid(candidates.forms, candidates.forms))
    pairs = int((part_of_pair(first, second) == PARTS.index("train")).sum())
    assert pairs < 0.4 * 0.6 * count, "more are asked for than there are"
    assert 0.9 * pairs <= int((even & (scenario == BEST)).sum()) <= pairs
    assert np.bincount(scenario) / count == pytest.approx([0.4, 0.3, 0.3], abs=0.01)
    for other in set(range(len(SCENARIOS))) - {BEST}:
        assert even[scenario == other].mean() == pytest.approx(0.6, abs=0.01), SCENARIOS[other]
    apart = np.abs(duels.level_a - duels.level_b)[(scenario == BEST) & ~even]
    assert np.mean(apart <= 8) == pytest.approx(0.51, abs=0.03), "near levels keep their share of the rest"


def test_a_held_out_part_has_its_share_at_the_even_level_in_every_scenario(candidates: Candidates) -> None:
    for part in PARTS[1:]:
        duels, scenario = draw_matchups(candidates, part, FULL_SIZE.rows(part), SEED)
        even = (duels.level_a == 50) & (duels.level_b == 50)
        for number, name in enumerate(SCENARIOS):
            assert even[scenario == number].mean() == pytest.approx(0.6, abs=0.03), (part, name)


def test_the_same_seed_draws_the_same(candidates: Candidates) -> None:
    (one, scenario), (again, same) = (draw_matchups(candidates, "train", 5_000, SEED) for _ in range(2))
    assert (matchup_keys(one) == matchup_keys(again)).all()
    assert (scenario == same).all()
    assert (matchup_keys(draw_matchups(candidates, "train", 5_000, SEED + 1)[0]) != matchup_keys(one)).any()


def test_callers_ask_the_same_again(candidates: Candidates) -> None:
    duels, scenario = draw_stream(candidates, "test", 20_000, SEED)
    even = (duels.level_a == 50) & (duels.level_b == 50)
    assert even[scenario == BEST].mean() == pytest.approx(0.6, abs=0.02)
    assert count_distinct(duels)[0] < 18_000, "4,800 draws of about 3,000 best moves"


def test_only_equal_match_ups_have_equal_keys() -> None:
    drawn = np.random.default_rng(0).integers(0, 3, (6, 2_000))
    drawn[[2, 5]] += 98
    duels = MatchUps(*drawn)
    assert len(np.unique(matchup_keys(duels))) == len(np.unique(drawn, axis=1).T)
    assert count_distinct(joined([duels, duels.swapped()]))[1] == count_distinct(duels)[1]


def two_pokemon(unseen: list[int]) -> Candidates:
    forms = np.array([form for form in range(2) if form not in unseen], dtype=np.int64)
    moves = (np.array([0]), np.array([1]))
    best = np.array([[0, 0], [1, 1]])
    nothing = (np.zeros(0, dtype=np.int64),) * 2
    return Candidates(forms, moves, best, np.array(unseen, dtype=np.int64), nothing)


def test_a_pokedex_with_too_few_match_ups_is_told() -> None:
    few = two_pokemon(unseen=[1])
    duels, _ = draw_matchups(few, "unseen_pokemon", 20_000, SEED)
    assert count_distinct(duels)[0] == 20_000
    with pytest.raises(
        ValueError, match=r"has about (29,9\d\d|30,000) match-ups for the part unseen_pokemon, fewer than"
    ):
        draw_matchups(few, "unseen_pokemon", 40_000, SEED)
    with pytest.raises(ValueError, match="no pair of them falls to the part unseen_pokemon"):
        draw_matchups(two_pokemon(unseen=[]), "unseen_pokemon", 10, SEED)
