"""From what a player typed to a canonical request, or to a refusal that names the field."""

import math
from typing import Final

from contracts.battle import (
    MAXIMUM_LEVEL,
    MAXIMUM_MOVES,
    MINIMUM_LEVEL,
    BattleRequested,
    Combatant,
    NotScored,
    ResolvedBattle,
    ResolvedCombatant,
    SideName,
)
from contracts.pokedex import MoveRecord, PokemonRecord
from shared.battle import refusal_texts as texts
from shared.battle.effects import unsimulated_effects
from shared.battle.strength import strongest_moves
from shared.battle.tables import BattleTables
from shared.battle.wording import not_scored
from shared.families import Refusal
from shared.pokedex import Pokedex, called
from shared.wording import Text, Words

MAXIMUM_CELLS: Final = 512
"""Own moves × opponent moves: both orders are scored, so 1,024 rows."""
_SHOWN_CHARACTERS: Final = 200


def resolve_battle(request: BattleRequested, pokedex: Pokedex) -> ResolvedBattle | Refusal:
    """The canonical request with slugs for names, or why there is none."""
    sides: list[ResolvedCombatant] = []
    left_out: list[NotScored] = []
    names: tuple[tuple[SideName, Combatant], ...] = (("a", request.a), ("b", request.b))
    for side, combatant in names:
        resolved = _resolve_side(side, combatant, pokedex)
        if isinstance(resolved, Refusal):
            return resolved
        sides.append(resolved[0])
        left_out.extend(resolved[1])
    a, b = sides
    capped = len(a.moves) * len(b.moves) > MAXIMUM_CELLS
    if capped:
        a, b = _cap(a, b, pokedex)
        for (side, _), whole, kept in zip(names, sides, (a, b), strict=True):
            why = texts.NOT_AMONG_STRONGEST.of(kept=len(kept.moves))
            left_out.extend(not_scored(side, slug, why) for slug in whole.moves if slug not in kept.moves)
    return ResolvedBattle(
        a=a,
        b=b,
        not_scored=tuple(left_out),
        moves_considered_capped=capped,
        explain=request.explain,
    )


def _resolve_side(
    side: SideName, combatant: Combatant, pokedex: Pokedex
) -> tuple[ResolvedCombatant, tuple[NotScored, ...]] | Refusal:
    pokemon = pokedex.find_pokemon(combatant.pokemon)
    if pokemon is None:
        suggestions = pokedex.suggest_pokemon(str(combatant.pokemon)[:_SHOWN_CHARACTERS])
        return _unknown(f"{side}.pokemon", combatant.pokemon, texts.UNKNOWN_POKEMON, suggestions)
    if not MINIMUM_LEVEL <= combatant.level <= MAXIMUM_LEVEL:
        return Refusal.of(
            field=f"{side}.level",
            value=_shown(combatant.level),
            reason="invalid",
            message=texts.LEVEL_RANGE.of(least=MINIMUM_LEVEL, most=MAXIMUM_LEVEL),
            remedy=texts.LEVEL_REMEDY,
        )
    if combatant.moves is None:
        return _all_moves(side, pokemon, combatant.level, pokedex)
    return _given_moves(side, pokemon, combatant, combatant.moves, pokedex)


def _all_moves(
    side: SideName, pokemon: PokemonRecord, level: int, pokedex: Pokedex
) -> tuple[ResolvedCombatant, tuple[NotScored, ...]] | Refusal:
    scored: list[str] = []
    left_out: list[NotScored] = []
    for slug in pokedex.damaging_moves(pokemon.slug):
        reason = _why_not_scored(pokedex.moves_by_slug[slug])
        if reason is None:
            scored.append(slug)
        else:
            left_out.append(not_scored(side, slug, reason))
    if not scored:
        return Refusal.of(
            field=f"{side}.pokemon",
            value=pokemon.slug,
            reason="not_scored",
            message=texts.NOTHING_TO_WEIGH.of(pokemon=called(pokemon)),
            remedy=texts.OTHER_POKEMON_REMEDY,
        )
    return ResolvedCombatant(pokemon.slug, level, tuple(scored), False), tuple(left_out)


def _given_moves(
    side: SideName,
    pokemon: PokemonRecord,
    combatant: Combatant,
    names: tuple[int | str, ...],
    pokedex: Pokedex,
) -> tuple[ResolvedCombatant, tuple[NotScored, ...]] | Refusal:
    if not 1 <= len(names) <= MAXIMUM_MOVES:
        return Refusal.of(
            field=f"{side}.moves",
            value=f"{len(names)} moves",
            reason="invalid",
            message=texts.MOVE_COUNT.of(most=MAXIMUM_MOVES),
            remedy=texts.MOVE_COUNT_REMEDY,
        )
    scored: list[str] = []
    left_out: list[NotScored] = []
    reasons: list[Words] = []
    seen: set[str] = set()
    for position, name in enumerate(names):
        field = f"{side}.moves[{position}]"
        move = pokedex.find_move(name)
        if move is None:
            suggestions = pokedex.suggest_moves(str(name)[:_SHOWN_CHARACTERS])
            return _unknown(field, name, texts.UNKNOWN_MOVE, suggestions)
        if move.slug in seen:
            return Refusal.of(
                field=field,
                value=_shown(name),
                reason="invalid",
                message=texts.MOVE_TWICE.of(move=called(move)),
                remedy=texts.MOVE_TWICE_REMEDY,
            )
        seen.add(move.slug)
        if not pokedex.can_learn(pokemon.slug, move.slug):
            return Refusal.of(
                field=field,
                value=_shown(name),
                reason="not_learnable",
                message=texts.CANNOT_LEARN.of(pokemon=called(pokemon), move=called(move)),
                remedy=texts.CANNOT_LEARN_REMEDY.of(pokemon=called(pokemon)),
                suggestions=tuple(
                    called(pokedex.moves_by_slug[slug]) for slug in pokedex.damaging_moves(pokemon.slug)[:5]
                ),
            )
        reason = _why_not_scored(move)
        if reason is None:
            scored.append(move.slug)
        else:
            left_out.append(not_scored(side, move.slug, reason))
            reasons.append(reason)
    if not scored:
        return Refusal.of(
            field=f"{side}.moves",
            value=_shown(", ".join(str(name) for name in names)),
            reason="not_scored",
            message=texts.NONE_WEIGHED.of(reason=reasons[0]),
            remedy=texts.DAMAGING_REMEDY,
        )
    return ResolvedCombatant(pokemon.slug, combatant.level, tuple(scored), True), tuple(left_out)


def _why_not_scored(move: MoveRecord) -> Words | None:
    if move.category == "status":
        return texts.STATUS_MOVE
    unsimulated = unsimulated_effects(move.effects)
    if unsimulated:
        return texts.NOT_SIMULATED.of(effects=", ".join(unsimulated))
    return None


def _cap(
    a: ResolvedCombatant, b: ResolvedCombatant, pokedex: Pokedex
) -> tuple[ResolvedCombatant, ResolvedCombatant]:
    """Keep the strongest moves of the longer lists, so that at most `MAXIMUM_CELLS` cells remain."""
    each = math.isqrt(MAXIMUM_CELLS)
    most_a = max(each, MAXIMUM_CELLS // len(b.moves))
    kept_a = min(len(a.moves), most_a)
    kept_b = min(len(b.moves), MAXIMUM_CELLS // kept_a)
    tables = BattleTables.from_pokedex(pokedex)
    return (
        _with_moves(a, strongest_moves(tables, a.pokemon, a.moves, b.pokemon, kept_a)),
        _with_moves(b, strongest_moves(tables, b.pokemon, b.moves, a.pokemon, kept_b)),
    )


def _with_moves(combatant: ResolvedCombatant, moves: tuple[str, ...]) -> ResolvedCombatant:
    return ResolvedCombatant(combatant.pokemon, combatant.level, moves, combatant.moves_were_given)


def _unknown(field: str, value: int | str, message: Text, suggestions: tuple[Text, ...]) -> Refusal:
    return Refusal.of(field, _shown(value), "unknown", message, texts.NAME_REMEDY, suggestions)


def _shown(value: int | str) -> str:
    return str(value)[:_SHOWN_CHARACTERS]
