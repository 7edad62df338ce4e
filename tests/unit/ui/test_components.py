import msgspec
import pytest

from contracts.battle import BattleAnswer, Equilibrium, MoveOutlook
from shared.wording import Language
from tests.support.pokedex import load_snapshot_pokedex
from ui.components.choices import move_choices, pokemon_choices
from ui.components.move_matrix import shown_mix, strongest_replies_first
from ui.components.no_answer import field_words
from ui.components.types import TYPE_COLOURS, _luminance, readable_ink
from ui.pages.home import EXAMPLES


@pytest.mark.parametrize("colour", TYPE_COLOURS.values())
def test_a_badge_reaches_the_contrast_of_wcag_aa(colour: str) -> None:
    lighter, darker = sorted((_luminance(colour), _luminance(readable_ink(colour))), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5


def test_every_type_of_the_pokedex_has_a_colour() -> None:
    assert set(TYPE_COLOURS) == set(load_snapshot_pokedex().types_by_slug)


@pytest.mark.parametrize(
    ("field", "language", "words"),
    [
        ("a.pokemon", "en", "Your Pokémon: name"),
        ("b.level", "fr", "L’adversaire : niveau"),
        ("b.moves", "en", "The opponent: moves"),
        ("a.moves[1]", "fr", "Votre Pokémon : attaque 2"),
        ("schema_version", "en", "schema_version"),
        ("a.moves[1].x", "en", "a.moves[1].x"),
    ],
)
def test_a_field_is_named_in_words(field: str, language: Language, words: str) -> None:
    assert field_words(field, language) == words


def test_a_pokemon_is_found_by_both_names_and_shown_in_the_visitors() -> None:
    choices = {choice.slug: choice for choice in pokemon_choices(load_snapshot_pokedex(), "fr")}
    squirtle = choices["squirtle"]
    assert squirtle.label == "Carapuce"
    assert {"Squirtle", "Carapuce", "7"} <= set(squirtle.names)
    assert "Squirtle" in squirtle.note
    assert len(choices) == len(load_snapshot_pokedex().pokemon)


def test_moves_come_by_falling_power_and_status_moves_last_and_disabled() -> None:
    pokedex = load_snapshot_pokedex()
    choices = move_choices(pokedex.pokemon_by_slug["pikachu"], pokedex, "en")
    moves = [pokedex.moves_by_slug[choice.slug] for choice in choices]
    assert [choice.is_disabled for choice in choices] == [move.category == "status" for move in moves]
    damaging = [move.power for move in moves if move.category != "status"]
    assert damaging == sorted(damaging, reverse=True)
    assert moves[-1].category == "status"
    thunderbolt = next(choice for choice in choices if choice.slug == "thunderbolt")
    assert thunderbolt.note == (
        "Special · power 90 · accuracy 100% · 15 PP · Damage and an ailment · Tonnerre"
    )
    assert thunderbolt.detail == pokedex.moves_by_slug["thunderbolt"].description
    assert thunderbolt.badges[0][0] == "Electric"


def test_the_best_reply_comes_first_and_then_what_hurts_most() -> None:
    answer = BattleAnswer(
        pokemon_a="a",
        pokemon_b="b",
        level_a=50,
        level_b=50,
        winner="a",
        win_probability=0.6,
        interval=(0.5, 0.7),
        verdict="likely",
        recommended_move="x",
        best_reply="r2",
        average_case=0.7,
        opponent_moves=("r0", "r1", "r2"),
        opponent_moves_were_given=True,
        moves=(
            MoveOutlook("x", (0.9, 0.7, 0.6), 0.6, 0.73, "r2"),
            MoveOutlook("y", (0.2, 0.1, 0.9), 0.1, 0.4, "r1"),
        ),
    )
    assert strongest_replies_first(answer) == [2, 1, 0]
    assert shown_mix(answer) is None
    mixed = msgspec.structs.replace(
        answer, equilibrium=Equilibrium((0.75, 0.25), (0.4, 0.0001, 0.5999), 0.62)
    )
    assert shown_mix(mixed) == ({"x": 0.75, "y": 0.25}, {"r0": 0.4, "r2": 0.5999})
    assert strongest_replies_first(mixed) == [2, 0, 1], "what the opponent mixes stands before the rest"


def test_the_examples_of_the_home_page_can_be_asked() -> None:
    pokedex = load_snapshot_pokedex()
    for a, move_a, b, move_b in EXAMPLES:
        for pokemon, move in ((a, move_a), (b, move_b)):
            assert move in pokedex.damaging_moves(pokemon), (pokemon, move)
