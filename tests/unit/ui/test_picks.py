import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pokedex import Pokedex
from tests.support.pokedex import load_snapshot_pokedex
from ui.picks import Problem, take_level, take_move, take_pokemon

POKEDEX: Pokedex = load_snapshot_pokedex()
PIKACHU = POKEDEX.pokemon_by_slug["pikachu"]


@pytest.mark.parametrize("level", [1, 2, 50, 99, 100])
def test_a_level_within_the_range_is_taken_as_it_is(level: int) -> None:
    assert take_level(f" {level} ", "en") == level


@given(st.text())
def test_a_level_is_taken_only_when_it_is_written_as_that_number(text: str) -> None:
    level = take_level(text, "fr")
    if isinstance(level, int):
        assert 1 <= level <= 100
        assert text.strip().lstrip("0") == str(level)
    else:
        assert "de 1 à 100" in level.sentence
        assert text.strip()[:64] in level.sentence


def test_an_unknown_name_is_refused_with_the_nearest_in_the_visitors_language() -> None:
    assert take_pokemon("carapusse", POKEDEX, "fr") == Problem(
        "Aucun Pokémon ne s’appelle « carapusse ».",
        tuple(record.name_fr for record in POKEDEX.near_pokemon("carapusse")),
    )
    problem = take_pokemon("pikachuu", POKEDEX, "en")
    assert isinstance(problem, Problem)
    assert problem.sentence == "No such Pokémon: “pikachuu”."
    assert problem.nearest[0] == "Pikachu"


def test_a_very_long_name_is_cut_where_it_is_shown() -> None:
    problem = take_pokemon("x" * 5000, POKEDEX, "en")
    assert isinstance(problem, Problem)
    assert len(problem.sentence) < 100


@pytest.mark.parametrize(
    ("name", "chosen", "sentence"),
    [
        ("thunderbold", (), "No such move: “thunderbold”."),
        ("surf", (), "Pikachu cannot learn Surf."),
        ("growl", (), "Growl is a status move: it is not scored in a duel."),
        ("tonnerre", ("thunderbolt",), "Thunderbolt is chosen already."),
        (
            "thunder",
            ("thunderbolt", "quick-attack", "slam", "dig"),
            "Thunder does not fit: a Pokémon has at most 4 moves.",
        ),
    ],
)
def test_a_move_that_cannot_be_added_says_why(name: str, chosen: tuple[str, ...], sentence: str) -> None:
    problem = take_move(name, PIKACHU, chosen, POKEDEX, "en")
    assert isinstance(problem, Problem)
    assert problem.sentence == sentence


def test_a_move_of_the_pokemon_is_taken_by_its_french_name() -> None:
    assert take_move("vive-attaque", PIKACHU, (), POKEDEX, "en") == POKEDEX.moves_by_slug["quick-attack"]
