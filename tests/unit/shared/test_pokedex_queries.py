import itertools
import math

import pytest

from contracts.pokedex import LearnedMove
from shared import pokedex_queries as queries
from shared.pokedex import Pokedex
from shared.pokedex_words import STAT_NAMES
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import load_snapshot_pokedex


@pytest.fixture
def pokedex() -> Pokedex:
    return load_snapshot_pokedex()


def slugs(records: object) -> list[str]:
    return [record.slug for record in records]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *POKEMON_SPELLINGS,
        ("25", "pikachu"),
        ("#025", "pikachu"),
        ("pikachuu", "pikachu"),
    ],
)
def test_a_search_finds_the_meant_pokemon_first(pokedex: Pokedex, text: str, first: str) -> None:
    assert queries.search_pokemon(pokedex, text)[0].slug == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        *MOVE_SPELLINGS,
        ("85", "thunderbolt"),
        ("tonere", "thunderbolt"),
    ],
)
def test_a_search_finds_the_meant_move_first(pokedex: Pokedex, text: str, first: str) -> None:
    assert queries.search_moves(pokedex, text)[0].slug == first


def test_names_that_begin_with_the_text_come_before_those_that_contain_it(pokedex: Pokedex) -> None:
    assert slugs(queries.search_pokemon(pokedex, "chu")) == [
        "pikachu",
        "raichu",
        "raichu-alola",
        "pikachu-partner",
    ]
    found = slugs(queries.search_moves(pokedex, "thunder"))
    assert found[:4] == ["thunder", "thunder-punch", "thunder-shock", "thunderbolt"]
    assert slugs(queries.search_pokemon(pokedex, "rat")) == [
        "rattata",
        "raticate",
        "rattata-alola",
        "raticate-alola",
        "poliwrath",
        "dratini",
    ]


def test_letters_across_two_words_of_a_slug_are_not_a_match(pokedex: Pokedex) -> None:
    assert "grimer-alola" not in slugs(queries.search_pokemon(pokedex, "ra"))


def test_a_number_finds_every_form_of_the_species_and_the_pokemon_of_that_id(pokedex: Pokedex) -> None:
    assert slugs(queries.search_pokemon(pokedex, "26")) == ["raichu", "raichu-alola"]
    assert slugs(queries.search_pokemon(pokedex, "10100")) == ["raichu-alola"]


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_search_finds_all(pokedex: Pokedex, text: str) -> None:
    assert queries.search_pokemon(pokedex, text) == pokedex.pokemon
    assert queries.search_moves(pokedex, text) == pokedex.moves


@pytest.mark.parametrize("text", ["!?", "zzzzzz", "👻", "x" * 10_000])
def test_what_resembles_nothing_finds_nothing(pokedex: Pokedex, text: str) -> None:
    assert queries.search_pokemon(pokedex, text) == ()
    assert queries.search_moves(pokedex, text) == ()


def test_every_record_is_found_first_by_each_of_its_own_names(pokedex: Pokedex) -> None:
    for record in pokedex.pokemon:
        for name in (record.slug, record.name_en, record.name_fr, str(record.id)):
            assert queries.search_pokemon(pokedex, name)[0] is record, name
    for move in pokedex.moves:
        for name in (move.slug, move.name_en, move.name_fr, str(move.id)):
            assert queries.search_moves(pokedex, name)[0] is move, name


@pytest.mark.parametrize(("form", "count"), [("base", 153), ("alola", 18), ("partner", 2), ("mega", 15)])
def test_a_form_is_filtered(pokedex: Pokedex, form: str, count: int) -> None:
    found = queries.filter_pokemon(pokedex, form=form)  # type: ignore[arg-type]
    assert len(found) == count
    assert {record.form for record in found} == {form}


def test_filters_of_pokemon_hold_together(pokedex: Pokedex) -> None:
    found = queries.filter_pokemon(
        pokedex, form="mega", type_slug="dragon", stats={"speed": (100, None), "total": (None, 640)}
    )
    assert slugs(found) == ["charizard-mega-x"]


def test_bounds_of_a_stat_are_included(pokedex: Pokedex) -> None:
    assert "pikachu" in slugs(queries.filter_pokemon(pokedex, stats={"speed": (90, 90)}))
    assert "pikachu" not in slugs(queries.filter_pokemon(pokedex, stats={"speed": (91, None)}))
    assert "pikachu" not in slugs(queries.filter_pokemon(pokedex, stats={"speed": (None, 89)}))


def test_the_total_is_the_sum_of_the_six(pokedex: Pokedex) -> None:
    for record in pokedex.pokemon:
        *six, total = (queries.stat_value(record, stat) for stat in STAT_NAMES)
        assert total == sum(six)
    assert queries.stat_value(pokedex.pokemon_by_slug["pikachu"], "total") == 320


def test_a_filtered_search_keeps_the_order_of_the_search(pokedex: Pokedex) -> None:
    assert slugs(queries.filter_pokemon(pokedex, search="chu", type_slug="psychic")) == ["raichu-alola"]
    assert queries.filter_pokemon(pokedex) == pokedex.pokemon


def test_filters_of_moves_hold_together(pokedex: Pokedex) -> None:
    found = queries.filter_moves(
        pokedex, type_slug="electric", category="special", is_tm=True, numbers={"power": (90, None)}
    )
    assert slugs(found) == ["thunderbolt", "thunder"]
    assert queries.filter_moves(pokedex) == pokedex.moves
    assert len(queries.filter_moves(pokedex, category="status")) == 68
    assert len(queries.filter_moves(pokedex, is_tm=True)) == 60
    assert len(queries.filter_moves(pokedex, is_tm=False)) == 223 - 60


def test_a_move_that_never_misses_is_more_accurate_than_any_number(pokedex: Pokedex) -> None:
    assert "swift" in slugs(queries.filter_moves(pokedex, numbers={"accuracy": (100, None)}))
    assert "swift" not in slugs(queries.filter_moves(pokedex, numbers={"accuracy": (None, 100)}))


def test_negative_priorities_can_be_bounded(pokedex: Pokedex) -> None:
    found = slugs(queries.filter_moves(pokedex, numbers={"priority": (None, -6)}))
    assert found == ["whirlwind", "roar", "teleport", "dragon-tail"]


def test_effectiveness_multiplies_over_both_types(pokedex: Pokedex) -> None:
    assert queries.effectiveness(pokedex, "fire", ["grass"]) == 2
    assert queries.effectiveness(pokedex, "fire", ["grass", "steel"]) == 4
    assert queries.effectiveness(pokedex, "electric", ["water", "ground"]) == 0
    with pytest.raises(KeyError):
        queries.effectiveness(pokedex, "fire", ["shadow"])


def test_weaknesses_are_eighteen_multipliers(pokedex: Pokedex) -> None:
    of_charizard = queries.weaknesses(pokedex, pokedex.pokemon_by_slug["charizard"])
    assert len(of_charizard) == 18
    assert of_charizard["rock"] == 4
    assert of_charizard["ground"] == 0
    assert of_charizard["grass"] == 0.25
    assert of_charizard["water"] == 2


def test_any_two_types_give_one_of_six_multipliers(pokedex: Pokedex) -> None:
    names = [kind.slug for kind in pokedex.types]
    found = {
        queries.effectiveness(pokedex, attacking, pair)
        for attacking in names
        for pair in itertools.combinations(names, 2)
    }
    assert found == {0, 0.25, 0.5, 1, 2, 4}
    assert math.isclose(sum(pokedex.types_by_slug["normal"].effectiveness.values()), 16)


def test_every_way_to_learn_a_move_is_kept(pokedex: Pokedex) -> None:
    pikachu = pokedex.pokemon_by_slug["pikachu"]
    assert queries.ways_by_move(pikachu)["thunderbolt"] == (
        LearnedMove("thunderbolt", "level", 21),
        LearnedMove("thunderbolt", "tm"),
    )
    assert queries.ways_by_move(pikachu, "tm")["thunderbolt"] == (LearnedMove("thunderbolt", "tm"),)
    assert "growl" not in queries.ways_by_move(pikachu, "tm")


def test_learners_are_all_who_learn_it(pokedex: Pokedex) -> None:
    found = queries.learners(pokedex, "thunderbolt")
    assert {record.slug for record, _ in found} == {
        record.slug for record in pokedex.pokemon if pokedex.can_learn(record.slug, "thunderbolt")
    }
    assert dict((record.slug, ways) for record, ways in found)["pikachu"][0].level == 21
    assert queries.learners(pokedex, "celebrate") == ()


def test_every_move_has_a_learner(pokedex: Pokedex) -> None:
    assert all(queries.learners(pokedex, move.slug) for move in pokedex.moves)


def test_evolutions_go_both_ways(pokedex: Pokedex) -> None:
    assert slugs(queries.evolves_into(pokedex, "eevee")) == ["vaporeon", "jolteon", "flareon"]
    assert slugs(queries.lineage(pokedex, "charizard")) == ["charmander", "charmeleon", "charizard"]
    assert slugs(queries.family(pokedex, "raichu")) == ["pikachu", "raichu"]
    assert slugs(queries.family(pokedex, "jolteon")) == ["eevee", "vaporeon", "jolteon", "flareon"]
    assert slugs(queries.lineage(pokedex, "tauros")) == ["tauros"]


def test_the_alolan_line_is_a_family_of_its_own(pokedex: Pokedex) -> None:
    assert slugs(queries.family(pokedex, "vulpix-alola")) == ["vulpix-alola", "ninetales-alola"]


def test_forms_begin_with_the_base_form(pokedex: Pokedex) -> None:
    assert slugs(queries.forms(pokedex, "charizard")) == [
        "charizard",
        "charizard-mega-x",
        "charizard-mega-y",
    ]


def test_pokemon_of_a_type_have_it_first_or_second(pokedex: Pokedex) -> None:
    found = slugs(queries.pokemon_of_type(pokedex, "ghost"))
    assert found == ["gastly", "haunter", "gengar", "gengar-mega", "marowak-alola"]
