"""The battle family: names to slugs, refusals by field, blocks, answers."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.battle import BattleRequested, Combatant, ResolvedBattle
from contracts.models import Calibration
from shared.battle.answering import interval_of, verdict_of, win_probabilities
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_NAMES, FEATURE_SET
from shared.battle.resolving import MAXIMUM_CELLS
from shared.families import Refusal
from tests.support.battle import make_move, make_pokedex
from tests.support.pokedex import load_snapshot_pokedex

CALIBRATION = Calibration(
    coverage=0.9,
    bin_edges=(0.0, 0.1, 0.5, 0.9, 1.0),
    interval_half_width=(0.02, 0.1, 0.1, 0.02),
    sure_above=0.9,
    likely_above=0.6,
)
FAMILY = BattleFamily()


def resolve(a: Combatant, b: Combatant) -> ResolvedBattle | Refusal:
    return FAMILY.resolve(BattleRequested(a, b), load_snapshot_pokedex())


def resolved(a: Combatant, b: Combatant) -> ResolvedBattle:
    request = resolve(a, b)
    assert isinstance(request, ResolvedBattle)
    return request


def featurise(*requests: ResolvedBattle) -> list[np.ndarray]:
    return FAMILY.featurise(requests, FEATURE_SET, load_snapshot_pokedex())


def pretend_scores(block: np.ndarray) -> np.ndarray:
    """Some function of each row alone, as a model is."""
    return (1 / (1 + np.exp(-np.sin(block.sum(axis=1, dtype=np.float64))))).astype(np.float32)


PIKACHU = Combatant("pikachu", moves=("thunderbolt", "quick-attack"))
SQUIRTLE = Combatant("squirtle", moves=("water-gun",))


@pytest.mark.parametrize("name", ["pikachu", "Pikachu", 25, "25", " PIKACHU "])
@pytest.mark.parametrize("move", ["thunderbolt", "Tonnerre", 85, "Thunder bolt"])
def test_names_are_ids_slugs_or_french_or_english(name: int | str, move: int | str) -> None:
    request = resolved(Combatant(name, moves=(move,)), SQUIRTLE)
    assert (request.a.pokemon, request.a.moves) == ("pikachu", ("thunderbolt",))


def test_equal_questions_have_equal_canonical_bytes() -> None:
    one = resolved(Combatant(25, moves=("Tonnerre",)), SQUIRTLE)
    other = resolved(Combatant("Pikachu", moves=(85,)), SQUIRTLE)
    assert msgspec.json.encode(one) == msgspec.json.encode(other)


@pytest.mark.parametrize(
    ("a", "field", "reason"),
    [
        (Combatant("pikachoo"), "a.pokemon", "unknown"),
        (Combatant(99999), "a.pokemon", "unknown"),
        (Combatant("pikachu", level=0), "a.level", "invalid"),
        (Combatant("pikachu", level=101), "a.level", "invalid"),
        (Combatant("pikachu", moves=()), "a.moves", "invalid"),
        (Combatant("pikachu", moves=("surf",) * 5), "a.moves", "invalid"),
        (Combatant("pikachu", moves=("thunderbolt", "thunderblot")), "a.moves[1]", "unknown"),
        (Combatant("pikachu", moves=("thunderbolt", "Tonnerre")), "a.moves[1]", "invalid"),
        (Combatant("pikachu", moves=("earthquake",)), "a.moves[0]", "not_learnable"),
        (Combatant("pikachu", moves=("growl",)), "a.moves", "not_scored"),
        (Combatant("ditto"), "a.pokemon", "not_scored"),
    ],
)
def test_refusals_name_field_value_reason_and_remedy(a: Combatant, field: str, reason: str) -> None:
    refusal = resolve(a, SQUIRTLE)
    assert isinstance(refusal, Refusal)
    assert (refusal.field, refusal.reason) == (field, reason)
    assert refusal.message
    assert refusal.remedy
    assert refusal.value


def test_the_second_side_is_named_too() -> None:
    refusal = resolve(PIKACHU, Combatant("squirtle", level=500))
    assert isinstance(refusal, Refusal)
    assert (refusal.field, refusal.value) == ("b.level", "500")


def test_the_nearest_names_are_suggested() -> None:
    refusal = resolve(Combatant("pikachoo"), SQUIRTLE)
    assert isinstance(refusal, Refusal)
    assert "Pikachu" in refusal.suggestions
    move = resolve(Combatant("pikachu", moves=("thunderblot",)), SQUIRTLE)
    assert isinstance(move, Refusal)
    at = move.suggestions.index("Thunderbolt")
    assert move.suggestions_fr[at] == "Tonnerre"
    unlearnable = resolve(Combatant("pikachu", moves=("surf",)), SQUIRTLE)
    assert isinstance(unlearnable, Refusal)
    assert len(unlearnable.suggestions_fr) == len(unlearnable.suggestions) == 5
    assert unlearnable.suggestions_fr != unlearnable.suggestions


def test_a_long_value_is_cut() -> None:
    refusal = resolve(Combatant("x" * 200_000), SQUIRTLE)
    assert isinstance(refusal, Refusal)
    assert len(refusal.value) == 200


def test_status_and_unsimulated_moves_are_answered_as_not_scored() -> None:
    request = resolved(Combatant("pikachu", moves=("thunderbolt", "growl")), SQUIRTLE)
    assert request.a.moves == ("thunderbolt",)
    assert [(left.side, left.move) for left in request.not_scored] == [("a", "growl")]
    assert "attaque de statut" in request.not_scored[0].reason_fr
    odd = make_pokedex(make_move("odd", teleports=True), make_move("plain"))
    partly = FAMILY.resolve(BattleRequested(Combatant("quick", moves=("plain",)), Combatant("slow")), odd)
    assert isinstance(partly, ResolvedBattle)
    assert [(left.side, left.move, "teleports" in left.reason) for left in partly.not_scored] == [
        ("b", "odd", True)
    ]


def test_without_moves_every_learnable_damaging_move_is_weighed() -> None:
    request = resolved(PIKACHU, Combatant("squirtle"))
    assert set(request.b.moves) <= set(load_snapshot_pokedex().damaging_moves("squirtle"))
    assert len(request.b.moves) > 5
    assert (request.a.moves_were_given, request.b.moves_were_given) == (True, False)
    assert not request.moves_considered_capped


def test_too_many_cells_keep_the_strongest_moves_and_say_so() -> None:
    request = resolved(Combatant("mew"), Combatant("mewtwo"))
    assert request.moves_considered_capped
    assert len(request.a.moves) * len(request.b.moves) <= MAXIMUM_CELLS
    assert "shadow-ball" in request.a.moves
    for side, own in (("a", request.a), ("b", request.b)):
        told = [one for one in request.not_scored if one.side == side and "strongest" in one.reason]
        assert all(f"{len(own.moves)} strongest" in one.reason for one in told)
        named = {one.move for one in told}
        assert not named & set(own.moves)
        assert named | set(own.moves) == set(load_snapshot_pokedex().damaging_moves(own.pokemon))
    assert len(featurise(request)[0]) <= 1_024


def test_a_block_holds_every_cell_in_order_and_then_swapped() -> None:
    request = resolved(PIKACHU, Combatant("squirtle", moves=("water-gun", "tackle", "bite")))
    (block,) = featurise(request)
    assert block.shape == (2 * 2 * 3, len(FEATURE_NAMES))
    back = resolved(Combatant("squirtle", moves=("water-gun", "tackle", "bite")), PIKACHU)
    (mirror,) = featurise(back)
    # cell (i, j) swapped is cell (j, i) of the other request
    for own in range(2):
        for other in range(3):
            assert (block[6 + 3 * own + other] == mirror[2 * other + own]).all()


def test_a_block_does_not_depend_on_its_neighbours() -> None:
    one, other = resolved(PIKACHU, SQUIRTLE), resolved(Combatant("eevee"), Combatant("snorlax", level=3))
    alone = featurise(one)[0]
    assert (featurise(other, one, other)[1] == alone).all()
    assert featurise() == []


def test_an_unknown_feature_set_is_an_error() -> None:
    with pytest.raises(KeyError):
        FAMILY.featurise([resolved(PIKACHU, SQUIRTLE)], "battle-v0", load_snapshot_pokedex())


def test_the_recommended_move_has_the_best_worst_case() -> None:
    request = resolved(PIKACHU, Combatant("squirtle", moves=("water-gun", "tackle")))
    forward = np.array([0.9, 0.2, 0.6, 0.5], dtype=np.float32)
    answer, decisive = FAMILY.answer(request, np.concatenate([forward, 1 - forward]), CALIBRATION)
    assert answer.recommended_move == "quick-attack"
    assert (answer.best_reply, decisive) == ("tackle", 3)
    assert answer.win_probability == pytest.approx(0.5)
    assert answer.average_case == pytest.approx(0.55)
    assert [outlook.best_reply for outlook in answer.moves] == ["tackle", "tackle"]
    assert [outlook.worst_case for outlook in answer.moves] == pytest.approx([0.2, 0.5])
    assert answer.moves[0].win_probabilities == pytest.approx((0.9, 0.2))
    assert answer.verdict == "too close to call"


def test_equal_worst_cases_are_decided_by_the_average() -> None:
    request = resolved(PIKACHU, Combatant("squirtle", moves=("water-gun", "tackle")))
    forward = np.array([0.5, 0.5, 0.5, 0.9], dtype=np.float32)
    answer, _ = FAMILY.answer(request, np.concatenate([forward, 1 - forward]), CALIBRATION)
    assert answer.recommended_move == "quick-attack"


@given(st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 2), min_size=1, max_size=12))
def test_swapped_scores_give_exactly_one_minus_p(pairs: list[tuple[float, float]]) -> None:
    forward, backward = np.array(pairs, dtype=np.float32).T
    there = win_probabilities(np.concatenate([forward, backward]), 1, len(pairs))
    back = win_probabilities(np.concatenate([backward, forward]), len(pairs), 1)
    assert (there[0] == 1 - back[:, 0]).all()
    assert ((there >= 0) & (there <= 1)).all()


_NAMES = st.sampled_from(["pikachu", "squirtle", "mewtwo", "onix", "eevee", "raichu-alola"])


@settings(max_examples=25, deadline=None)
@given(_NAMES, _NAMES, st.integers(1, 100), st.integers(1, 100), st.data())
def test_both_orders_of_any_duel_add_up_to_one(
    a: str, b: str, level_a: int, level_b: int, data: st.DataObject
) -> None:
    known = load_snapshot_pokedex()
    sides = [
        Combatant(name, level, (data.draw(st.sampled_from(known.damaging_moves(name))),))
        for name, level in ((a, level_a), (b, level_b))
    ]
    answers = []
    for one, other in (sides, sides[::-1]):
        request = resolved(one, other)
        answers.append(FAMILY.answer(request, pretend_scores(featurise(request)[0]), CALIBRATION)[0])
    there, back = answers
    assert there.win_probability == 1 - back.win_probability
    assert there.verdict == back.verdict
    if there.win_probability != 0.5:
        assert {there.winner, back.winner} == {"a", "b"}


@pytest.mark.parametrize(
    ("chance", "interval", "verdict"),
    [
        (0.95, (0.93, 0.97), "sure"), (0.05, (0.03, 0.07), "sure"), (0.99, (0.97, 1.0), "sure"),
        (0.7, (0.6, 0.8), "likely"), (0.3, (0.2, 0.4), "likely"), (0.55, (0.45, 0.65), "too close to call"),
        (1.0, (0.98, 1.0), "sure"), (0.0, (0.0, 0.02), "sure"),
    ],
)  # fmt: skip
def test_interval_and_verdict_come_from_the_calibration(
    chance: float, interval: tuple[float, float], verdict: str
) -> None:
    assert interval_of(chance, CALIBRATION) == pytest.approx(interval)
    assert verdict_of(chance, CALIBRATION) == verdict
