from typing import Any

import msgspec
import pytest

from services.ingest.sources.pokeapi.eras import (
    EARLIER,
    LATER,
    move_in_lets_go,
    relations_in_lets_go,
    types_in_lets_go,
)
from services.ingest.sources.pokeapi.shapes import Link, MoveShape, PokemonShape, TypeShape


def link(name: str, number: int = 1) -> dict[str, Any]:
    return {"name": name, "url": f"/api/v2/anything/{number}/"}


def move(*past: dict[str, Any], **now: Any) -> MoveShape:
    values = {"power": 20, "pp": 25, "accuracy": 100, "type": link("grass"), **now}
    return msgspec.convert(
        {
            "id": 71,
            "name": "absorb",
            "names": [],
            "damage_class": link("special"),
            "priority": 0,
            "past_values": list(past),
            **values,
        },
        MoveShape,
    )


def past(group: str, number: int = 1, **values: Any) -> dict[str, Any]:
    return {"version_group": link(group, number), **values}


@pytest.mark.parametrize(
    ("entries", "power"),
    [
        ([], 20),
        ([past("sword-shield", power=40)], 40),
        ([past("scarlet-violet", power=60), past("sword-shield", power=40)], 40),
        ([past("scarlet-violet", power=60), past("sword-shield", pp=15)], 60),
        ([past("diamond-pearl", power=10)], 20),
        ([past("lets-go-pikachu-lets-go-eevee", power=10)], 20),
        ([past("legends-za", 31, power=90), past("mega-dimension", 32, power=95)], 90),
        ([past("mega-dimension", 32, power=95), past("legends-za", 31, power=90)], 90),
        ([past("legends-za", 31, power=90), past("sword-shield", power=40)], 40),
    ],
)
def test_a_value_is_that_before_the_first_change_after_lets_go(
    entries: list[dict[str, Any]], power: int
) -> None:
    assert move_in_lets_go(move(*entries)).power == power


def test_each_value_is_found_by_itself() -> None:
    found = move_in_lets_go(
        move(past("sword-shield", pp=15), past("scarlet-violet", pp=99, power=40, type=link("bug")))
    )
    assert (found.pp, found.power, found.accuracy, found.type.name) == (15, 40, 100, "bug")


def test_no_version_group_is_both_earlier_and_later() -> None:
    assert EARLIER.isdisjoint(LATER)


def pokemon(*past_types: tuple[str, str]) -> PokemonShape:
    return msgspec.convert(
        {
            "id": 35,
            "name": "clefairy",
            "weight": 75,
            "species": link("clefairy"),
            "stats": [],
            "types": [{"slot": 2, "type": link("flying")}, {"slot": 1, "type": link("fairy")}],
            "moves": [],
            "sprites": {},
            "past_types": [
                {"generation": link(generation), "types": [{"slot": 1, "type": link(name)}]}
                for generation, name in past_types
            ],
        },
        PokemonShape,
    )


def test_types_are_those_of_generation_seven() -> None:
    assert types_in_lets_go(pokemon()) == ("fairy", "flying")
    assert types_in_lets_go(pokemon(("generation-v", "normal"))) == ("fairy", "flying")
    assert types_in_lets_go(pokemon(("generation-vii", "normal"))) == ("normal",)
    later = (("generation-ix", "ghost"), ("generation-viii", "dark"), ("generation-v", "normal"))
    assert types_in_lets_go(pokemon(*later)) == ("dark",)


def test_a_generation_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="'generation-kanto' is none of"):
        types_in_lets_go(pokemon(("generation-kanto", "normal")))


def test_relations_are_those_of_generation_seven() -> None:
    shape = msgspec.convert(
        {
            "id": 8,
            "name": "ghost",
            "names": [],
            "damage_relations": {"double_damage_to": [link("ghost")]},
            "past_damage_relations": [
                {
                    "generation": link("generation-v"),
                    "damage_relations": {"half_damage_to": [link("steel")]},
                }
            ],
        },
        TypeShape,
    )
    assert [one.name for one in relations_in_lets_go(shape).double_damage_to] == ["ghost"]
    assert relations_in_lets_go(shape).half_damage_to == ()


@pytest.mark.parametrize("url", ["", "/api/v2/move/pound/", "/api/v2/move/1a"])
def test_an_address_without_a_number_is_named(url: str) -> None:
    with pytest.raises(ValueError, match="does not end in a number"):
        _ = Link("pound", url).number
