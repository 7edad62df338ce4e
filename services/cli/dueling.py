"""Duels that the battle engine plays here: what was asked, and how often `a` won. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.battle import BattleRequested, ResolvedBattle, ResolvedCombatant, SideName
from contracts.serving import Refused
from services.cli import texts
from services.cli.combatants import refuse
from shared.battle.matchups import MatchUps
from shared.battle.resolving import resolve_battle
from shared.battle.simulator import simulate
from shared.battle.tables import BattleTables
from shared.families import Refusal
from shared.intervals import wilson
from shared.pokedex import Pokedex


@dataclass(frozen=True, slots=True)
class Played:
    """One duel, `battles` times. `win_rate` is that of `a`, a draw counting half."""

    duel: ResolvedBattle
    battles: int
    seed: int
    wins: int
    draws: int
    mean_turns: float

    @property
    def win_rate(self) -> float:
        """0 to 1."""
        return (self.wins + 0.5 * self.draws) / self.battles

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the win rate."""
        return wilson(self.win_rate, self.battles)


def resolve_duel(request: BattleRequested, pokedex: Pokedex) -> ResolvedBattle | Refused:
    """Slugs for names; each side needs one move, which deals damage."""
    sides: tuple[tuple[SideName, Any], ...] = (("a", request.a), ("b", request.b))
    for side, combatant in sides:
        if combatant.moves is None:
            return refuse(
                f"{side}.moves",
                str(combatant.pokemon),
                texts.ONE_MOVE,
                texts.ONE_MOVE_REMEDY,
            )
    resolved = resolve_battle(request, pokedex)
    if isinstance(resolved, Refusal):
        return Refused(
            request_id="",
            field=resolved.field,
            value=resolved.value,
            reason=resolved.reason,
            message=resolved.message,
            remedy=resolved.remedy,
            suggestions=resolved.suggestions,
            message_fr=resolved.message_fr,
            remedy_fr=resolved.remedy_fr,
            suggestions_fr=resolved.suggestions_fr,
        )
    return resolved


def play_duels(pokedex: Pokedex, duels: Sequence[ResolvedBattle], battles: int, seed: int) -> list[Played]:
    """Play every duel so often; what one gives does not depend on the others."""
    if not duels:
        return []
    outcomes = simulate(BattleTables.from_pokedex(pokedex), matchups_of(pokedex, duels), battles, seed)
    return [
        Played(duel, battles, seed, int(wins), int(draws), float(turns))
        for duel, wins, draws, turns in zip(
            duels, outcomes.wins, outcomes.draws, outcomes.mean_turns, strict=True
        )
    ]


def matchups_of(pokedex: Pokedex, duels: Sequence[ResolvedBattle]) -> MatchUps:
    """The duels as indices of the tables of `pokedex`."""
    tables = BattleTables.from_pokedex(pokedex)
    rows = [[*_indices(tables, duel.a), *_indices(tables, duel.b)] for duel in duels]
    return MatchUps(*np.array(rows, dtype=np.int64).T)


def played_json(played: Played, pokedex: Pokedex) -> dict[str, Any]:
    """One flat object."""
    low, high = played.interval
    return {
        "kind": "simulated",
        "win_rate": played.win_rate,
        "interval": [low, high],
        "battles": played.battles,
        "wins": played.wins,
        "losses": played.battles - played.wins - played.draws,
        "draws": played.draws,
        "mean_turns": played.mean_turns,
        "seed": played.seed,
        "pokedex_hash": pokedex.pokedex_hash,
        **_side_json("a", played.duel.a),
        **_side_json("b", played.duel.b),
    }


def _side_json(side: SideName, combatant: ResolvedCombatant) -> dict[str, Any]:
    return {
        f"pokemon_{side}": combatant.pokemon,
        f"level_{side}": combatant.level,
        f"move_{side}": combatant.moves[0],
    }


def _indices(tables: BattleTables, combatant: ResolvedCombatant) -> tuple[int, int, int]:
    move = tables.move_index[combatant.moves[0]]
    return tables.form_index[combatant.pokemon], move, combatant.level
