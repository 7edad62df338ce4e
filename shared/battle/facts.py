"""What the mechanics say exactly of each weighed move: damage, KO chances, effectiveness, order."""

from typing import Final

import numpy as np

from contracts.battle import ResolvedBattle, ResolvedCombatant
from contracts.explanation import AttackFacts, BattleFacts, MovesFirst, MovesFirstBy, Names, Rhythm
from shared.battle.arena import raw_attack_defense
from shared.battle.damage import base_damage, roll_table, weight_power
from shared.battle.effects import STAGED_STATS
from shared.battle.ko_chances import USES, ko_chances_of
from shared.battle.move_columns import SPECIAL
from shared.battle.race import CRIT_CHANCES
from shared.battle.stats import HP, SPEED, Integers, apply_stages, compute_stats
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

_PSYWAVE_PER_CENT: Final = np.arange(50, 151)
_RHYTHMS: Final[dict[str, Rhythm]] = {
    "charge": "prepares",
    "recharge": "rests",
    "fake_out": "first turn only",
    "self_ko": "once",
    "dream_eater": "sleeping target only",
}
_USES_THAT_WORK: Final[dict[Rhythm, int]] = {"first turn only": 1, "once": 1, "sleeping target only": 0}


def facts_of(request: ResolvedBattle, pokedex: Pokedex) -> BattleFacts:
    """The facts of every move of both sides against the other. Raises KeyError for unknown slugs."""
    tables = BattleTables.from_pokedex(pokedex)
    return BattleFacts(
        a=tuple(_attack_facts(tables, pokedex, request.a, move, request.b) for move in request.a.moves),
        b=tuple(_attack_facts(tables, pokedex, request.b, move, request.a) for move in request.b.moves),
    )


def order_of(a: AttackFacts, b: AttackFacts) -> tuple[MovesFirst, MovesFirstBy]:
    """Who moves first while nothing has changed, and what decides it."""
    if a.priority != b.priority:
        return ("a" if a.priority > b.priority else "b"), "priority"
    if a.speed != b.speed:
        return ("a" if a.speed > b.speed else "b"), "speed"
    return "either", "coin flip"


def _attack_facts(
    tables: BattleTables, pokedex: Pokedex, user: ResolvedCombatant, slug: str, target: ResolvedCombatant
) -> AttackFacts:
    moves, move = tables.moves, tables.move_index[slug]
    user_stats, target_stats = _stats(tables, user), _stats(tables, target)
    target_hp = int(target_stats[HP])
    words = {word for word in _RHYTHMS if moves.flag(word)[move]}
    rhythm: Rhythm = next((_RHYTHMS[word] for word in _RHYTHMS if word in words), "every turn")
    crit_chance = 0.0 if _ignores_stats(tables, move) else CRIT_CHANCES[int(moves.crit_ratio[move]) - 1]
    is_ohko = bool(moves.flag("ohko")[move])
    edge = user.level - target.level
    per_cent = min(max(30 + edge, 0), 100) if is_ohko else min(int(moves.accuracy[move]), 100)
    lowest_hits, highest_hits = (int(hits) for hits in moves.hits[move])
    damage: tuple[int, int] | None = None
    ko_chances: tuple[float, float, float] | None = None
    if moves.counters[move] < 0 and not moves.flag("bide")[move]:
        changes = _changes(tables, move)
        stages = [(times * changes[0], times * changes[1]) for times in range(USES if any(changes) else 1)]
        rolls = [_rolls(tables, move, user, target, user_stats, target_stats, one) for one in stages]
        damage = (lowest_hits * int(rolls[0][0].min()), highest_hits * int(rolls[0][0].max()))
        halves = bool(moves.flag("half_hp_damage")[move]) and damage[1] > 0
        ko_chances = ko_chances_of(
            rolls,
            crit_chance=crit_chance,
            hits=(lowest_hits, highest_hits),
            accuracy=per_cent / 100,
            target_hp=target_hp,
            works=_USES_THAT_WORK.get(rhythm, USES),
            halves=halves,
            change_chance=_change_chance(tables, move, changes),
        )
    record, other = pokedex.moves_by_slug[slug], pokedex.pokemon_by_slug[user.pokemon]
    form, target_form = tables.form_index[user.pokemon], tables.form_index[target.pokemon]
    return AttackFacts(
        pokemon=Names(other.name_en, other.name_fr),
        speed=int(user_stats[SPEED]),
        move=slug,
        move_names=Names(record.name_en, record.name_fr),
        damage=damage,
        target_hp=target_hp,
        ko_chances=ko_chances,
        effectiveness=float(tables.effectiveness[move, target_form]),
        has_stab=bool(tables.stab[move, form]),
        accuracy=per_cent / 100,
        critical_chance=crit_chance,
        hits=(lowest_hits, highest_hits),
        priority=int(moves.priority[move]),
        rhythm=rhythm,
    )


def _stats(tables: BattleTables, combatant: ResolvedCombatant) -> Integers:
    base = tables.base_stats[tables.form_index[combatant.pokemon]]
    stats: Integers = compute_stats(base[None], np.array([combatant.level]))[0]
    return stats


def _ignores_stats(tables: BattleTables, move: int) -> bool:
    """Whether neither power nor stats, and so no critical hit, say the damage."""
    return bool(tables.moves.power[move] == 0 and not tables.moves.flag("weight_based")[move])


def _rolls(
    tables: BattleTables,
    move: int,
    user: ResolvedCombatant,
    target: ResolvedCombatant,
    user_stats: Integers,
    target_stats: Integers,
    stages: tuple[int, int],
) -> Integers:
    """(2, rolls) equally likely damages of one landed hit, without and with a critical hit.

    `stages` of the attacking and of the defending stat; a critical hit passes over what is to its harm.
    """
    moves, target_form = tables.moves, tables.form_index[target.pokemon]
    effectiveness = tables.effectiveness[move, target_form]
    if _ignores_stats(tables, move):
        taken = _fixed(tables, move, user.level, target.level, int(target_stats[HP]))
        return np.tile(taken if effectiveness > 0 else np.zeros_like(taken), (2, 1))
    power = moves.power[move]
    if moves.flag("weight_based")[move]:
        power = weight_power(tables.weight_hg[target_form])
    index = np.array([move])
    attack, defense = raw_attack_defense(moves, index, user_stats[None], target_stats[None])
    stab = np.array([tables.stab[move, tables.form_index[user.pokemon]]])
    attacking, defending = stages
    base = base_damage(
        np.array([user.level]),
        power,
        apply_stages(attack, np.array([attacking, max(attacking, 0)])),
        apply_stages(defense, np.array([defending, min(defending, 0)])),
    )
    plain, critical = roll_table(base, stab, np.array([effectiveness]))
    return np.stack([plain[0], critical[1]])


def _changes(tables: BattleTables, move: int) -> tuple[int, int]:
    """By how many stages a use may change the stats that its own next use goes by: attacking, defending."""
    moves = tables.moves
    is_special = moves.category[move] == SPECIAL
    attacking = STAGED_STATS.index("special_attack" if is_special else "attack")
    defending = STAGED_STATS.index("special_defense" if is_special else "defense")
    attacker = moves.target_stages if moves.flag("foul_play")[move] else moves.self_stages
    return int(attacker[move, attacking]), int(moves.target_stages[move, defending])


def _change_chance(tables: BattleTables, move: int, changes: tuple[int, int]) -> float:
    moves = tables.moves
    of_user = changes[0] != 0 and not moves.flag("foul_play")[move]
    per_cent = moves.self_stage_chance[move] if of_user else moves.target_stage_chance[move]
    return int(per_cent) / 100 if any(changes) else 0.0


def _fixed(tables: BattleTables, move: int, level: int, target_level: int, target_hp: int) -> Integers:
    """Equally likely damages of a move that stats do not bear on."""
    moves = tables.moves
    if moves.flag("psywave")[move]:
        return np.maximum(1, _PSYWAVE_PER_CENT * level // 100)
    if moves.flag("half_hp_damage")[move]:
        return np.array([max(1, target_hp // 2)])
    if moves.flag("ohko")[move]:
        return np.array([target_hp if level >= target_level else 0])
    return np.array([level if moves.flag("level_damage")[move] else int(moves.fixed_damage[move])])
