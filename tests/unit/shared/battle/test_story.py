"""One battle told event by event."""

import pytest

from shared.battle.simulator import play_battles, tell_battle
from shared.battle.story import Event, Told
from shared.battle.tables import BattleTables
from tests.support.battle import Side, make_matchups, make_move, make_tables, real_tables

JAB = make_move("jab", power=0, fixed_damage=60)


def told(tables: BattleTables, a: Side, b: Side, seed: int = 1) -> list[Told]:
    return list(tell_battle(tables, make_matchups(tables, (a, b)), seed).told)


def test_a_battle_is_told_in_order_with_the_hit_points_that_are_left() -> None:
    heavy = make_move("heavy", power=0, fixed_damage=100)
    assert told(make_tables(JAB, heavy), ("quick", "jab"), ("slow", "heavy")) == [
        Told(Event.TURN, "a", 1, 155),
        Told(Event.USES, "a", 0, 155),
        Told(Event.IS_HIT, "b", 60, 95),
        Told(Event.USES, "b", 0, 155 - 60),
        Told(Event.IS_HIT, "a", 100, 55),
        Told(Event.TURN, "a", 2, 55),
        Told(Event.USES, "a", 0, 55),
        Told(Event.IS_HIT, "b", 60, 35),
        Told(Event.USES, "b", 0, 35),
        Told(Event.IS_HIT, "a", 55, 0),
    ]


@pytest.mark.parametrize(
    ("effects", "expected"),
    [
        ({"recoil": [1, 4]}, (Event.RECOILS, "a", 15)),
        ({"burn_chance": 100}, (Event.BURN_HURTS, "b", 9)),
        ({"poison_chance": 100}, (Event.POISON_HURTS, "b", 19)),
        ({"leech_seed": True}, (Event.SEED_HURTS, "b", 19)),
        ({"partial_trap": True}, (Event.TRAP_HURTS, "b", 19)),
        ({"confusion_chance": 100}, (Event.CONFUSED, "b", 0)),
        ({"flinch_chance": 100}, (Event.FLINCHES, "b", 0)),
        ({"target_speed": -1}, (Event.FALLS, "b", 4)),
        ({"self_attack": 1}, (Event.RISES, "a", 0)),
        ({"recharge": True}, (Event.RECHARGES, "a", 0)),
        ({"charge": True}, (Event.PREPARES, "a", 0)),
        ({"bide": True}, (Event.BIDES, "a", 0)),
        ({"self_ko": True}, (Event.FAINTS, "a", 0)),
        ({"dream_eater": True}, (Event.FAILS, "a", 0)),
        ({"accuracy": 1}, (Event.MISSES, "a", 0)),
        ({"accuracy": 1, "crash": True}, (Event.CRASHES, "a", 77)),
    ],
)
def test_what_a_move_does_is_told(effects: dict[str, object], expected: tuple[Event, str, int]) -> None:
    move = make_move("hit", **{"power": 0, "fixed_damage": 60, **effects})  # type: ignore[arg-type]
    events = told(make_tables(move, JAB), ("quick", "hit"), ("slow", "jab"))
    assert expected in [(event.event, event.side, event.amount) for event in events]


@pytest.mark.parametrize("seed", range(12))
def test_the_story_is_that_of_the_first_battle(seed: int) -> None:
    tables = real_tables()
    duel = make_matchups(tables, (("gyarados", "thrash"), ("tauros", "facade")))
    story = tell_battle(tables, duel, seed)
    played = play_battles(tables, duel, 3, seed)
    assert (story.winner, story.turns) == (played.winner[0, 0], played.turns[0, 0])
    assert max(event.amount for event in story.told if event.event is Event.TURN) == story.turns
    assert next(event.side for event in story.told if event.hp == 0) == {1: "b", 2: "a"}[story.winner]
