"""Best moves over every legal pair of forms, with a stand-in for the model."""

import msgspec
import numpy as np
import pytest

from contracts.battle import BattleAnswer, BattleRequested, Combatant, ResolvedBattle
from contracts.channels import FEATURES_COMPUTED, REQUEST_ANSWERED
from contracts.models import Calibration
from shared.battle.answering import answer_battle
from shared.battle.facts import facts_of
from shared.battle.resolving import MAXIMUM_CELLS, resolve_battle
from shared.families import Refusal
from tests.support.explanations import explanation
from tests.support.pokedex import load_snapshot_pokedex

FORMS = tuple(form.slug for form in load_snapshot_pokedex().pokemon)
CALIBRATION = Calibration(0.9, (0.0, 1.0), (0.03,), 0.9, 0.65)
POWERS = {move.slug: len(move.slug) + move.power / 10 for move in load_snapshot_pokedex().moves}


def stand_in_scores(request: ResolvedBattle) -> np.ndarray:
    """As many certain, equal and contested cells as a model gives, from the moves alone."""
    own, reply = (np.array([POWERS[move] for move in side.moves]) for side in (request.a, request.b))
    edge = own[:, None] - reply[None, :] + 9 * np.sin(own[:, None] * reply[None, :])
    forward = np.clip(0.5 + edge / 14, 0, 1)
    return np.concatenate([forward.ravel(), 1 - forward.ravel()]).astype(np.float32)


def check(answer: BattleAnswer) -> bool:
    """Whether the mix was a true mix; every law of a matrix game is asserted."""
    matrix = np.array([row.win_probabilities for row in answer.moves])
    mix = answer.equilibrium
    assert mix is not None
    rows, columns = np.array(mix.mix_a), np.array(mix.mix_b)
    assert np.isfinite(matrix).all()
    for shares in (rows, columns):
        assert (shares >= 0).all()
        assert abs(shares.sum() - 1) < 1e-9
    maximin, minimax = matrix.min(axis=1).max(), matrix.max(axis=0).min()
    assert maximin <= mix.value <= minimax
    assert abs((rows @ matrix).min() - mix.value) < 1e-8, "the other side can hurt this mix"
    assert abs((matrix @ columns).max() - mix.value) < 1e-8, "this side can better its mix"
    assert answer.win_probability == maximin
    return bool(maximin < minimax)


@pytest.mark.timeout(180)
def test_every_legal_pair_of_forms_has_a_best_move_and_an_equilibrium() -> None:
    pokedex = load_snapshot_pokedex()
    mixed = answered = 0
    refused = set()
    assert len(FORMS) == 188
    for a in FORMS:
        for b in FORMS:
            request = resolve_battle(BattleRequested(Combatant(a), Combatant(b)), pokedex)
            if isinstance(request, Refusal):
                refused.add(request.value)
                continue
            assert len(request.a.moves) * len(request.b.moves) <= MAXIMUM_CELLS
            answered += 1
            mixed += check(answer_battle(request, stand_in_scores(request), CALIBRATION)[0])
    assert refused == {"ditto"}, "who learns no damaging move is refused by name, and nobody else"
    assert answered == 187 * 187
    assert mixed > answered / 10, "the stand-in must ask for true mixes"


def test_the_refusal_names_who_has_nothing_to_strike_with() -> None:
    for a, b, field in (("ditto", "mew", "a.pokemon"), ("mew", "ditto", "b.pokemon")):
        refusal = resolve_battle(BattleRequested(Combatant(a), Combatant(b)), load_snapshot_pokedex())
        assert isinstance(refusal, Refusal)
        assert (refusal.field, refusal.value) == (field, "ditto")
        assert "Ditto learns no move that can be weighed" in refusal.message


def test_the_largest_explained_answer_fits_its_channels() -> None:
    pokedex = load_snapshot_pokedex()
    asked = BattleRequested(Combatant("mew"), Combatant("mew"), explain=True)
    request = resolve_battle(asked, pokedex)
    assert isinstance(request, ResolvedBattle)
    assert request.moves_considered_capped
    answer, _ = answer_battle(request, stand_in_scores(request), CALIBRATION)
    reply = msgspec.json.encode(msgspec.structs.replace(answer, explanation=explanation()))
    # The request goes with the fact; a hundred columns more than today's would still fit.
    assert len(reply) + len(msgspec.json.encode(request)) < REQUEST_ANSWERED.maximum_bytes / 4
    facts = msgspec.json.encode(facts_of(request, pokedex))
    assert len(facts) + 2 * MAXIMUM_CELLS * 200 * 4 < FEATURES_COMPUTED.maximum_bytes
