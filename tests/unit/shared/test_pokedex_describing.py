import msgspec
import pytest

from contracts.pokedex import Evolution
from shared import pokedex_describing as describing
from shared.pokedex import Pokedex
from tests.support.pokedex import load_snapshot_pokedex


@pytest.fixture
def pokedex() -> Pokedex:
    return load_snapshot_pokedex()


def test_a_move_says_every_way_to_learn_it_in_text_and_in_fields(pokedex: Pokedex) -> None:
    moves = {
        move.slug: move for move in describing.pokemon_moves(pokedex, pokedex.pokemon_by_slug["pikachu"])
    }
    thunderbolt = moves["thunderbolt"]
    assert thunderbolt.learned == ("level 21", "tm")
    assert [(way.method, way.level) for way in thunderbolt.ways] == [("level", 21), ("tm", None)]


def test_moves_are_ordered_by_id_whatever_the_learnset_says(pokedex: Pokedex) -> None:
    for record in pokedex.pokemon:
        ids = [move.id for move in describing.pokemon_moves(pokedex, record)]
        assert ids == sorted(set(ids))


def test_evolutions_are_told_both_ways_with_the_words(pokedex: Pokedex) -> None:
    eevee, jolteon = (
        msgspec.structs.replace(pokedex.pokemon_by_slug[slug], evolution=evolution)
        for slug, evolution in (
            ("eevee", None),
            ("jolteon", Evolution("stone", item="thunder-stone")),
        )
    )
    small = Pokedex([eevee, jolteon], pokedex.moves, pokedex.types)

    [later] = describing.pokemon_detail(small, eevee).evolves_into
    detail = describing.pokemon_detail(small, jolteon)

    assert detail.evolves_from == "eevee"
    assert later.evolution == detail.evolution
    assert later.evolution is not None
    assert (later.slug, later.evolution.item, later.evolution.text_fr) == (
        "jolteon",
        "thunder-stone",
        "Pierre Foudre",
    )


def test_a_pokemon_without_a_known_way_of_evolving_says_none(pokedex: Pokedex) -> None:
    raichu = msgspec.structs.replace(pokedex.pokemon_by_slug["raichu"], evolution=None)
    assert describing.pokemon_detail(pokedex, raichu).evolution is None


def test_each_weakness_is_in_one_group(pokedex: Pokedex) -> None:
    for record in pokedex.pokemon:
        said = describing.pokemon_weaknesses(pokedex, record)
        neutral = [slug for slug, times in said.multipliers.items() if times == 1]
        grouped = [*said.weak_to, *said.resists, *said.immune_to, *neutral]
        assert sorted(grouped) == sorted(said.multipliers)
        assert len(grouped) == 18


def test_a_type_taken_is_the_column_of_the_chart(pokedex: Pokedex) -> None:
    for record in pokedex.types:
        taken = describing.type_detail(pokedex, record).as_defender
        assert taken == {kind.slug: kind.effectiveness[record.slug] for kind in pokedex.types}


def test_learners_by_one_method_name_that_method_alone(pokedex: Pokedex) -> None:
    thunderbolt = pokedex.moves_by_slug["thunderbolt"]
    whole = describing.move_learners(pokedex, thunderbolt)
    by_level = describing.move_learners(pokedex, thunderbolt, "level")
    assert {one.slug for one in by_level} < {one.slug for one in whole}
    assert {way.method for one in by_level for way in one.ways} == {"level"}
    assert describing.move_detail(pokedex, thunderbolt).learner_count == len(whole)
