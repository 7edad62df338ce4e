"""One battle in words, turn by turn. Pure."""

from collections.abc import Iterator
from typing import Final

from contracts.battle import ResolvedBattle
from shared.battle.duel import A_WINS, DRAW
from shared.battle.effects import STAGED_STATS
from shared.battle.simulator import ToldBattle
from shared.battle.story import Event
from shared.pokedex import Pokedex

SENTENCES: Final = {
    Event.TURN: "Turn {amount}",
    Event.USES: "{who} uses {move}.",
    Event.STRUGGLES: "{who} has no PP left and uses Struggle.",
    Event.RECHARGES: "{who} must recharge.",
    Event.SLEEPS: "{who} is fast asleep.",
    Event.WAKES: "{who} wakes up.",
    Event.IS_FROZEN: "{who} is frozen solid.",
    Event.THAWS: "{who} thaws.",
    Event.FLINCHES: "{who} flinches and cannot move.",
    Event.HURTS_ITSELF: "{who} hurts itself in its confusion: −{amount} HP, {hp} left.",
    Event.IS_PARALYSED: "{who} is paralysed and cannot move.",
    Event.CLEARS_UP: "{who} is confused no longer.",
    Event.PREPARES: "{who} prepares.",
    Event.BIDES: "{who} bides its time.",
    Event.FAILS: "It fails.",
    Event.MISSES: "It misses.",
    Event.CRASHES: "{who} crashes: −{amount} HP, {hp} left.",
    Event.IS_HIT: "{who} loses {amount} HP, {hp} left.",
    Event.IS_HIT_HARD: "Critical hit! {who} loses {amount} HP, {hp} left.",
    Event.DRAINS: "{who} regains HP: {hp} now.",
    Event.RECOILS: "{who} is hurt by recoil: −{amount} HP, {hp} left.",
    Event.SEED_HURTS: "{who} is drained by Leech Seed: −{amount} HP, {hp} left.",
    Event.POISON_HURTS: "{who} is hurt by poison: −{amount} HP, {hp} left.",
    Event.BURN_HURTS: "{who} is hurt by its burn: −{amount} HP, {hp} left.",
    Event.TRAP_HURTS: "{who} is hurt by {other_move}: −{amount} HP, {hp} left.",
    Event.BURNED: "{who} is burned.",
    Event.POISONED: "{who} is poisoned.",
    Event.PARALYSED: "{who} is paralysed.",
    Event.FROZEN: "{who} is frozen.",
    Event.ASLEEP: "{who} falls asleep.",
    Event.CONFUSED: "{who} becomes confused.",
    Event.RISES: "{who}'s {stat} rises.",
    Event.FALLS: "{who}'s {stat} falls.",
}
STATS: Final = tuple(name.replace("_", " ") for name in STAGED_STATS)


def battle_lines(battle: ToldBattle, duel: ResolvedBattle, pokedex: Pokedex) -> list[str]:
    """Who meets whom, a line a turn with its events indented below, and how it ended."""
    names = _names(duel, pokedex)
    moves = [pokedex.moves_by_slug[side.moves[0]].name_en for side in (duel.a, duel.b)]
    a, b = (
        f"{name} (level {side.level}, {hp} HP)"
        for name, side, hp in zip(names, (duel.a, duel.b), battle.hp, strict=True)
    )
    return [f"{a} meets {b}.", *_events(battle, names, moves), _ending(battle, names)]


def _names(duel: ResolvedBattle, pokedex: Pokedex) -> list[str]:
    names = [pokedex.pokemon_by_slug[side.pokemon].name_en for side in (duel.a, duel.b)]
    if names[0] == names[1]:
        return [f"{name} {letter}" for name, letter in zip(names, "AB", strict=True)]
    return names


def _events(battle: ToldBattle, names: list[str], moves: list[str]) -> Iterator[str]:
    is_down = [False, False]
    for told in battle.told:
        side = "ab".index(told.side)
        sentence = SENTENCES.get(told.event)
        if sentence is not None:
            line = sentence.format(
                who=names[side],
                move=moves[side],
                other_move=moves[1 - side],
                amount=told.amount,
                hp=told.hp,
                stat=STATS[told.amount] if told.event in (Event.RISES, Event.FALLS) else "",
            )
            yield line if told.event is Event.TURN else f"  {line}"
        if told.hp <= 0 and not is_down[side]:
            is_down[side] = True
            yield f"  {names[side]} faints."


def _ending(battle: ToldBattle, names: list[str]) -> str:
    if battle.winner == DRAW:
        return f"Draw: nobody has fainted after {battle.turns} turns."
    winner = names[0] if battle.winner == A_WINS else names[1]
    return f"{winner} wins in turn {battle.turns}."
