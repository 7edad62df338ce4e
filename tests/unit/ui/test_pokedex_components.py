from typing import get_args

import pytest

from contracts.pokedex import LearnMethod, PokemonRecord
from shared.pokedex import fold
from shared.wording import Language
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import load_snapshot_pokedex
from ui.components.choices import move_choices, pokemon_choices
from ui.components.evolution import evolution_stages
from ui.components.move_table import METHOD_ORDER, learning_order
from ui.components.moves import accuracy_words, named_priority, power_words, ways_words
from ui.components.type_chart import multiplier_words
from ui.pages.move import find_left_out
from ui.texts import pokedex as texts

POKEDEX = load_snapshot_pokedex()


def pokemon(slug: str) -> PokemonRecord:
    return POKEDEX.pokemon_by_slug[slug]


@pytest.mark.parametrize(("text", "slug"), POKEMON_SPELLINGS)
def test_a_picker_knows_every_spelling_of_a_pokemon(text: str, slug: str) -> None:
    named = [
        choice.slug
        for choice in pokemon_choices(POKEDEX, "en")
        if fold(text) in {fold(name) for name in choice.names}
    ]
    assert named == [slug]


@pytest.mark.parametrize(("text", "slug"), MOVE_SPELLINGS)
def test_a_picker_knows_every_spelling_of_a_move(text: str, slug: str) -> None:
    choices = move_choices(pokemon("eevee"), POKEDEX, "fr")
    named = [choice.slug for choice in choices if fold(text) in {fold(name) for name in choice.names}]
    assert named == [slug]


@pytest.mark.parametrize(
    ("slug", "stages"),
    [
        ("charizard", [["charmander"], ["charmeleon"], ["charizard"]]),
        ("eevee", [["eevee"], ["vaporeon", "jolteon", "flareon"]]),
        ("flareon", [["eevee"], ["vaporeon", "jolteon", "flareon"]]),
        ("graveler-alola", [["geodude-alola"], ["graveler-alola"], ["golem-alola"]]),
        ("tauros", [["tauros"]]),
    ],
)
def test_a_family_stands_in_stages(slug: str, stages: list[list[str]]) -> None:
    assert [[member.slug for member in stage] for stage in evolution_stages(POKEDEX, slug)] == stages


def test_moves_known_from_the_start_come_first_then_levels_then_tms_by_number() -> None:
    assert set(METHOD_ORDER) == set(get_args(LearnMethod))
    record = pokemon("charizard")
    ways = {
        learned.move: [one for one in record.learnset if one.move == learned.move]
        for learned in record.learnset
    }
    order = sorted(ways, key=lambda slug: learning_order(POKEDEX.moves_by_slug[slug], ways[slug]))
    positions = [
        order.index(slug) for slug in ("growl", "fire-spin", "flamethrower", "headbutt", "solar-beam")
    ]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("slug", "language", "words"),
    [("thunderbolt", "en", "90"), ("seismic-toss", "fr", "variable"), ("growl", "fr", "aucune")],
)
def test_the_power_is_said_when_there_is_one(slug: str, language: Language, words: str) -> None:
    assert power_words(POKEDEX.moves_by_slug[slug], language) == words


@pytest.mark.parametrize(
    ("slug", "language", "words"),
    [("swift", "en", "never misses"), ("fly", "en", "95%"), ("fly", "fr", "95\u202f%")],
)
def test_the_accuracy_is_said_in_per_cent(slug: str, language: Language, words: str) -> None:
    assert accuracy_words(POKEDEX.moves_by_slug[slug], language) == words


@pytest.mark.parametrize(
    ("slug", "language", "words"),
    [
        ("quick-attack", "fr", "Rapide (+1)"),
        ("counter", "en", "Strikes back (-5)"),
        ("tackle", "en", "Normal"),
    ],
)
def test_a_priority_has_a_name_and_its_number(slug: str, language: Language, words: str) -> None:
    assert named_priority(POKEDEX.moves_by_slug[slug], language) == words


def test_every_way_to_learn_a_move_is_said_once() -> None:
    move = POKEDEX.moves_by_slug["flamethrower"]
    ways = [learned for learned in pokemon("charizard").learnset if learned.move == move.slug]
    assert ways_words(move, ways, "en") == "Level 54 · TM 37"
    assert ways_words(move, (*ways, *ways), "fr") == "Niveau 54 · CT 37"


@pytest.mark.parametrize("name", ["pika-papow", "Pika Papow", "PIKAPAPOW"])
def test_a_move_that_was_left_out_is_found_by_any_spelling(name: str) -> None:
    found = find_left_out(POKEDEX, name)
    assert found is not None
    assert found.slug == "pika-papow"
    assert find_left_out(POKEDEX, "tackle") is None


def test_every_multiplier_has_words() -> None:
    shown = {multiplier_words(multiplier) for multiplier in texts.MULTIPLIERS}
    assert shown == {"×4", "×2", "×1", "×½", "×¼", "×0"}
    found = {value for kind in POKEDEX.types for value in kind.effectiveness.values()}
    assert found == set(texts.EFFECTS)
