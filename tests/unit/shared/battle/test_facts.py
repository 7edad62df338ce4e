"""Exact facts: hand-worked numbers, brute force, and what the simulator plays."""

from itertools import product

import numpy as np
import pytest

from contracts.battle import BattleRequested, Combatant, ResolvedBattle
from contracts.explanation import AttackFacts
from shared.battle.facts import facts_of, order_of
from shared.battle.ko_chances import ko_chances_of
from shared.battle.resolving import resolve_battle
from tests.support.battle import Bout, make_move, make_pokedex, make_tables
from tests.support.bouts import NOTHING, share
from tests.support.pokedex import load_snapshot_pokedex


def facts(a: Combatant, b: Combatant) -> tuple[AttackFacts, AttackFacts]:
    pokedex = load_snapshot_pokedex()
    request = resolve_battle(BattleRequested(a, b), pokedex)
    assert isinstance(request, ResolvedBattle)
    found = facts_of(request, pokedex)
    return found.a[0], found.b[0]


def duel(a: str, move_a: str, b: str, move_b: str, **levels: int) -> tuple[AttackFacts, AttackFacts]:
    return facts(
        Combatant(a, levels.get("level_a", 50), (move_a,)), Combatant(b, levels.get("level_b", 50), (move_b,))
    )


def test_a_hand_worked_duel() -> None:
    # 48 to 56 of 114 hit points: two uses need at least one critical hit, 1 − (23/24)².
    attack, reply = duel("squirtle", "water-gun", "charmander", "flamethrower")
    assert (attack.damage, attack.target_hp) == ((48, 56), 114)
    assert attack.ko_chances == pytest.approx((0.0, 1 - (23 / 24) ** 2, 1.0))
    assert (attack.effectiveness, attack.has_stab, attack.accuracy) == (2.0, True, 1.0)
    assert (attack.move_names.fr, attack.pokemon.fr) == ("Pistolet à O", "Carapuce")
    assert (reply.effectiveness, reply.has_stab) == (0.5, True)


def test_an_immune_target_takes_nothing() -> None:
    attack, _ = duel("pikachu", "thunderbolt", "onix", "tackle")
    assert (attack.damage, attack.ko_chances, attack.effectiveness) == ((0, 0), (0.0, 0.0, 0.0), 0.0)


@pytest.mark.parametrize(
    ("pokemon", "move", "damage"),
    [
        ("haunter", "night-shade", (50, 50)),
        ("raticate", "super-fang", (57, 57)),
        ("dratini", "dragon-rage", (40, 40)),
        ("mr-mime", "psywave", (25, 75)),
    ],
)
def test_damage_that_stats_do_not_say(pokemon: str, move: str, damage: tuple[int, int]) -> None:
    attack, _ = duel(pokemon, move, "charmander", "flamethrower")
    assert attack.damage == damage
    assert attack.critical_chance == 0.0


def test_an_ohko_move_takes_everything_and_fails_on_a_higher_level() -> None:
    strong, _ = duel("rhydon", "horn-drill", "charmander", "flamethrower", level_a=60)
    assert strong.damage == (strong.target_hp, strong.target_hp)
    assert strong.ko_chances == pytest.approx((0.4, 1 - 0.6**2, 1 - 0.6**3))
    weak, _ = duel("rhydon", "horn-drill", "charmander", "flamethrower", level_a=40)
    assert (weak.damage, weak.ko_chances) == ((0, 0), (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("pokemon", "move"), [("charizard", "counter"), ("voltorb", "mirror-coat"), ("geodude", "bide")]
)
def test_damage_that_depends_on_what_was_endured_is_unknown(pokemon: str, move: str) -> None:
    attack, _ = duel(pokemon, move, "charmander", "flamethrower")
    assert (attack.damage, attack.ko_chances) == (None, None)


def test_every_damaging_move_of_the_pokedex_has_facts() -> None:
    pokedex = load_snapshot_pokedex()
    weighed = set()
    for form in pokedex.pokemon:
        request = resolve_battle(
            BattleRequested(Combatant(form.slug), Combatant("snorlax", moves=("tackle",))), pokedex
        )
        if not isinstance(request, ResolvedBattle):
            continue
        for attack in facts_of(request, pokedex).a:
            weighed.add(attack.move)
            assert (attack.damage is None) == (attack.ko_chances is None)
            if attack.damage is not None and attack.ko_chances is not None:
                assert 0 <= attack.damage[0] <= attack.damage[1]
                assert 0 <= attack.ko_chances[0] <= attack.ko_chances[1] <= attack.ko_chances[2] <= 1
            assert 0 < attack.accuracy <= 1
    learnable = {slug for form in pokedex.pokemon for slug in pokedex.damaging_moves(form.slug)}
    assert weighed == learnable


@pytest.mark.parametrize(
    ("pokemon", "move", "uses_that_work"),
    [("persian", "fake-out", 1), ("electrode", "explosion", 1), ("clefable", "dream-eater", 0)],
)
def test_uses_that_cannot_work_add_no_chance(pokemon: str, move: str, uses_that_work: int) -> None:
    first, second, third = duel(pokemon, move, "magikarp", "tackle", level_b=30)[0].ko_chances or (9, 9, 9)
    assert (first > 0) == (uses_that_work > 0)
    assert first == second == third


def test_ko_chances_are_those_of_all_cases_counted() -> None:
    rolls, crit, accuracy, hp = np.array([[10, 12], [15, 18]]), 0.25, 0.8, 30
    outcomes = [(0, 1 - accuracy)]
    outcomes += [
        (int(rolls[kind, place]), accuracy * (crit if kind else 1 - crit) / 2)
        for kind, place in product(range(2), range(2))
    ]
    counted = tuple(
        sum(
            float(np.prod([chance for _, chance in chosen]))
            for chosen in product(outcomes, repeat=uses)
            if sum(damage for damage, _ in chosen) >= hp
        )
        for uses in (1, 2, 3)
    )
    found = ko_chances_of([rolls], crit_chance=crit, hits=(1, 1), accuracy=accuracy, target_hp=hp)
    assert found == pytest.approx(counted)


@pytest.mark.parametrize(
    "effects",
    [
        {"power": 60},
        {"power": 150, "accuracy": 70},
        {"power": 60, "crit_ratio": 2},
        {"power": 40, "multi_hit": (2, 5)},
        {"power": 60, "multi_hit": (2, 2)},
        {"power": 250, "always_crit": True},
        {"power": 0, "psywave": True},
        {"power": 0, "half_hp_damage": True},
        {"power": 0, "fixed_damage": 60},
        {"power": 0, "level_damage": True},
        {"power": 0, "ohko": True},
        {"power": 120, "type": "psychic"},
        {"power": 90, "category": "special"},
        {"power": 0, "weight_based": True},
        {"power": 150, "self_attack": -2},
        {"power": 60, "self_special_attack": 1, "self_stage_chance": 70, "category": "special"},
        {"power": 60, "target_defense": -1, "target_stage_chance": 30, "crit_ratio": 2},
    ],
    ids=lambda effects: "-".join(str(part) for part in effects),
)
def test_the_simulator_plays_what_the_facts_say(effects: dict[str, object]) -> None:
    moves = (make_move("strike", pp=40, **effects), NOTHING)  # type: ignore[arg-type]
    pokedex, tables, battles = make_pokedex(*moves), make_tables(*moves), 4_000
    request = resolve_battle(
        BattleRequested(Combatant("quick", moves=("strike",)), Combatant("heavy", moves=("tap",))), pokedex
    )
    assert isinstance(request, ResolvedBattle)
    attack = facts_of(request, pokedex).a[0]
    assert attack.damage is not None
    assert attack.ko_chances is not None
    played = Bout(tables, ("quick", "strike"), ("heavy", "tap"), battles=battles)
    for expected in attack.ko_chances:
        played.play()
        down = share(played.lost(1) >= attack.target_hp)
        # Five standard errors: one false alarm in a million.
        assert abs(down - expected) <= 5 * np.sqrt(expected * (1 - expected) / battles) + 1e-9


@pytest.mark.parametrize(
    ("move_a", "move_b", "order"),
    [
        ("thunderbolt", "dig", ("b", "speed")),
        ("thunderbolt", "quick-attack", ("b", "priority")),
        ("quick-attack", "dig", ("a", "priority")),
    ],
)
def test_priority_comes_before_speed(move_a: str, move_b: str, order: tuple[str, str]) -> None:
    a, b = duel("pikachu", move_a, "raticate", move_b)
    assert order_of(a, b) == order


def test_equal_speed_is_a_coin_flip() -> None:
    assert order_of(*duel("pikachu", "thunderbolt", "pikachu", "thunderbolt")) == ("either", "coin flip")
