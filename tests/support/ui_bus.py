"""A bus for the web app's tests: real Pokédex, made-up model, everything that is asked is recorded."""

import asyncio
import math
from statistics import fmean

import msgspec
import numpy as np

from contracts.battle import (
    BattleAnswer,
    BattleRequested,
    Combatant,
    Equilibrium,
    MoveOutlook,
    ResolvedBattle,
)
from contracts.explanation import Contribution, Explanation
from contracts.models import Calibration, ModelReleased
from contracts.pokedex import PokedexRefreshRequested
from contracts.serving import Predicted, Refused
from shared.battle.equilibrium import solve_game
from shared.battle.facts import facts_of, order_of
from shared.battle.feature_groups import GROUPS
from shared.battle.resolving import resolve_battle
from shared.errors import CallFailed, TransientFailure
from shared.health import Readiness
from shared.pokedex import Pokedex
from tests.support.pokedex import load_snapshot_pokedex
from ui.refreshes import RefreshBoard

VERSION = "20260101T120000-1a2b3c"


def make_release(version: str = VERSION) -> ModelReleased:
    """A champion with plausible measures."""
    return ModelReleased(
        family="battle",
        version=version,
        artefact_uri="file:///model.onnx",
        sha256="0" * 64,
        size_bytes=1,
        feature_set="battle-1",
        feature_names=tuple(f"feature_{number}" for number in range(64)),
        calibration=Calibration(
            coverage=0.9,
            bin_edges=(0.0, 1.0),
            interval_half_width=(0.03,),
            sure_above=0.9,
            likely_above=0.65,
        ),
        metrics={
            "winner_accuracy": 0.99612,
            "accuracy": 0.98241,
            "roc_auc": 0.99874,
            "mean_error": 0.0093,
            "mean_error_contested": 0.0214,
            "expected_calibration_error": 0.0031,
            "rows": 21_404.0,
            "battles_per_row": 120.0,
            "trees": 800.0,
        },
        dataset_hash="1" * 64,
        pokedex_hash="2" * 64,
        released_at_ms=1_767_268_800_000,
    )


class FakeBus:
    """`ui.client.Bus` without Kafka. `asked`: what would have been published, in order.

    Set `failure` or `refusal` to get that instead of an answer; clear `gate` to keep replies back.
    `refreshed`: refreshes that would have been published; `refresh_failure` makes the sending fail.
    `has_reference`: whether the model names a typical duel to compare with.
    """

    def __init__(self, pokedex: Pokedex | None = None) -> None:
        self.pokedex: Pokedex | None = pokedex or load_snapshot_pokedex()
        self.champion: ModelReleased | None = make_release()
        self.can_ask = True
        self.asked: list[tuple[str, BattleRequested]] = []
        self.failure: CallFailed | None = None
        self.refusal: Refused | None = None
        self.refreshes = RefreshBoard()
        self.refreshed: list[tuple[str, PokedexRefreshRequested]] = []
        self.refresh_failure: TransientFailure | None = None
        self.has_reference = True
        self.gate = asyncio.Event()
        self.gate.set()
        self.readiness = Readiness("ui")
        self.readiness.add("replies", self._check)

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    async def ask_battle(self, body: BattleRequested, request_id: str) -> Predicted | Refused:
        self.asked.append((request_id, body))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if self.refusal is not None:
            return msgspec.structs.replace(self.refusal, request_id=request_id)
        assert self.pokedex is not None
        answer = answer_battle(body, self.pokedex)
        if answer.explanation is not None and not self.has_reference:
            facts = msgspec.structs.replace(answer.explanation, contributions=(), reference_probability=None)
            answer = msgspec.structs.replace(answer, explanation=facts)
        return Predicted(
            request_id=request_id,
            family="battle",
            model_version=VERSION,
            feature_set="battle-1",
            pokedex_hash=self.pokedex.pokedex_hash,
            answer=msgspec.Raw(msgspec.json.encode(answer)),
        )

    async def request_refresh(self, body: PokedexRefreshRequested, refresh_id: str) -> None:
        self.refreshed.append((refresh_id, body))
        await self.gate.wait()
        if self.refresh_failure is not None:
            raise self.refresh_failure

    async def _check(self) -> str | None:
        return None if self.can_ask else "not ready"


def answer_battle(body: BattleRequested, pokedex: Pokedex) -> BattleAnswer:
    """A made-up answer in which power, type and level count, so that it looks like a true one."""
    a, b = pokedex.find_pokemon(body.a.pokemon), pokedex.find_pokemon(body.b.pokemon)
    assert a is not None
    assert b is not None
    own, replies = _moves(body.a, pokedex), _moves(body.b, pokedex)
    outlooks = []
    for move in own:
        chances = tuple(
            _chance(_strength(body.a, move, body.b, pokedex), _strength(body.b, reply, body.a, pokedex))
            for reply in replies
        )
        worst = min(chances)
        best_reply = replies[chances.index(worst)]
        outlooks.append(MoveOutlook(move, chances, worst, fmean(chances), best_reply))
    best = max(outlooks, key=lambda outlook: outlook.worst_case)
    chance = best.worst_case
    sureness = max(chance, 1 - chance)
    game = solve_game(np.array([outlook.win_probabilities for outlook in outlooks]))
    return BattleAnswer(
        pokemon_a=a.slug,
        pokemon_b=b.slug,
        level_a=body.a.level,
        level_b=body.b.level,
        winner="a" if chance >= 0.5 else "b",
        win_probability=chance,
        interval=(max(0.0, chance - 0.03), min(1.0, chance + 0.03)),
        verdict="sure" if sureness > 0.9 else "likely" if sureness > 0.65 else "too close to call",
        recommended_move=best.move,
        best_reply=best.best_reply,
        average_case=best.average_case,
        opponent_moves=replies,
        opponent_moves_were_given=body.b.moves is not None,
        moves=tuple(outlooks),
        coverage=0.9,
        equilibrium=Equilibrium(tuple(game.rows.tolist()), tuple(game.columns.tolist()), game.value),
        explanation=_explain(body, best, chance, pokedex) if body.explain else None,
    )


def _explain(body: BattleRequested, best: MoveOutlook, chance: float, pokedex: Pokedex) -> Explanation:
    """True facts, and contributions that add up."""
    duel = BattleRequested(
        msgspec.structs.replace(body.a, moves=(best.move,)),
        msgspec.structs.replace(body.b, moves=(best.best_reply,)),
    )
    resolved = resolve_battle(duel, pokedex)
    assert isinstance(resolved, ResolvedBattle)
    facts = facts_of(resolved, pokedex)
    first, first_by = order_of(facts.a[0], facts.b[0])
    shares = (0.5, 0.2, -0.1, 0.2, 0.08, 0.0, -0.03, 0.15)
    return Explanation(
        a=facts.a[0],
        b=facts.b[0],
        moves_first=first,
        moves_first_by=first_by,
        contributions=tuple(
            Contribution(group, share * (chance - 0.5)) for group, share in zip(GROUPS, shares, strict=True)
        ),
        reference_probability=0.5,
    )


def _moves(side: Combatant, pokedex: Pokedex) -> tuple[str, ...]:
    if side.moves is None:
        pokemon = pokedex.find_pokemon(side.pokemon)
        assert pokemon is not None
        return pokedex.damaging_moves(pokemon.slug)
    found = [pokedex.find_move(move) for move in side.moves]
    return tuple(move.slug for move in found if move is not None)


def _strength(side: Combatant, slug: str, other: Combatant, pokedex: Pokedex) -> float:
    pokemon, target = pokedex.find_pokemon(side.pokemon), pokedex.find_pokemon(other.pokemon)
    assert pokemon is not None
    assert target is not None
    move = pokedex.moves_by_slug[slug]
    stats, defence = pokemon.base_stats, target.base_stats
    is_special = move.category == "special"
    power = (move.power or 40) * (move.accuracy or 100) / 100 * side.level / other.level
    power *= stats.special_attack / defence.special_defense if is_special else stats.attack / defence.defense
    power *= 1.5 if move.type in pokemon.types else 1.0
    for defending in target.types:
        power *= pokedex.types_by_slug[move.type].effectiveness[defending]
    return power / (defence.hp + 60)


def _chance(own: float, other: float) -> float:
    if own == other:
        return 0.5
    return 1 / (1 + math.exp(-4 * math.log((own + 0.01) / (other + 0.01))))
