"""The look-ups with the packaged Pokédex: what is found, printed and refused, and the exit codes."""

import json

import msgspec
import pytest
import typer
from typer.testing import CliRunner, Result

from services.cli import speaking
from services.cli.pokedex import register
from services.cli.reaching import NotRunning
from shared import pokedex_describing as describing
from shared.pokedex import Pokedex
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import load_left_out, load_snapshot_pokedex


async def read() -> Pokedex:
    return load_snapshot_pokedex()


def dex(*arguments: str) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, read)
    return CliRunner().invoke(app, ["pokedex", *arguments], env={"COLUMNS": "200"})


def json_of(*arguments: str) -> object:
    outcome = dex(*arguments, "--json")
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def slugs(*arguments: str) -> list[str]:
    rows = json_of(*arguments)
    assert isinstance(rows, list)
    return [row["slug"] for row in rows]


@pytest.mark.parametrize(("name", "slug"), POKEMON_SPELLINGS)
def test_a_pokemon_is_found_by_any_name_and_first_in_a_search(name: str, slug: str) -> None:
    found = json_of("pokemon", name)
    assert isinstance(found, dict)
    assert found["slug"] == slug
    assert slugs("pokemon", "--search", name)[0] == slug


@pytest.mark.parametrize(("name", "slug"), MOVE_SPELLINGS)
def test_a_move_is_found_by_any_name_and_first_in_a_search(name: str, slug: str) -> None:
    found = json_of("moves", name)
    assert isinstance(found, dict)
    assert found["slug"] == slug
    assert slugs("moves", "--search", name)[0] == slug


def test_json_is_what_the_rest_api_answers() -> None:
    pokedex = load_snapshot_pokedex()
    pikachu = pokedex.pokemon_by_slug["pikachu"]
    detail = msgspec.json.encode(describing.pokemon_detail(pokedex, pikachu))
    assert json_of("pokemon", "pikachu") == json.loads(detail)
    assert json_of("types", "feu", "--against", "plante,acier") == {
        "attacking": "fire",
        "defending": ["grass", "steel"],
        "multiplier": 4,
    }


def test_lists_have_everything_and_filters_hold_together() -> None:
    assert (len(slugs("pokemon")), len(slugs("moves")), len(slugs("types"))) == (188, 223, 18)
    assert slugs("pokemon", "--form", "alola", "--type", "électrik") == [
        "raichu-alola",
        "geodude-alola",
        "graveler-alola",
        "golem-alola",
    ]
    assert slugs("moves", "--type", "feu", "--category", "physical", "--search", "poing") == ["fire-punch"]
    assert "recover" in slugs("moves", "--effect-class", "heal")
    assert slugs("moves", "--left-out") == [move.slug for move in load_left_out()]


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (("pokemon", "charmeleon"), ("Charmeleon / Reptincel", "Speed 80", "Level 36", "× 2 Ground, Rock")),
        (("pokemon", "pikachu"), ("Level 21, By TM", "Thunder Stone", "Tonnerre")),
        (("pokemon", "--search", "raichu"), ("Raichu d'Alola", "Electric/Psychic", "Alolan form")),
        (("moves", "vive-attaque"), ("+1, quick", "100 %", "Level 6", "Pikachu")),
        (("moves", "swift"), ("never misses",)),
        (("moves", "--category", "status"), ("Growl", "Rugissement", "Change of stats")),
        (("moves", "--left-out"), ("Pika Papow", "never learned")),
        (("types",), ("× 2 Flying, Water; × 0.5", "Électrik")),
        (("types", "ghost"), ("Gengar", "× 0 Normal, Fighting")),
        (("types", "fire", "--against", "grass,steel"), ("Fire against Grass and Steel: × 4",)),
    ],
)
def test_a_person_reads_names_numbers_and_words(arguments: tuple[str, ...], shown: tuple[str, ...]) -> None:
    outcome = dex(*arguments)
    assert outcome.exit_code == 0, outcome.output
    for text in shown:
        assert text in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "field", "suggestion"),
    [
        (("pokemon", "pikachuu"), "name", "Pikachu"),
        (("moves", "tonere"), "name", "Thunderbolt"),
        (("types", "electro"), "name", "Electric"),
        (("pokemon", "--type", "electro"), "--type", "Electric"),
        (("types", "fire", "--against", "gras"), "--against", "Grass"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(
    arguments: tuple[str, ...], field: str, suggestion: str
) -> None:
    outcome = dex(*arguments)
    assert outcome.exit_code == 1
    assert outcome.stdout == ""
    assert suggestion in outcome.stderr

    said = json.loads(dex(*arguments, "--json").stdout)
    assert (said["field"], said["reason"]) == (field, "unknown")
    assert suggestion in said["suggestions"]


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [(("pokemon", "raichu alolla"), "Raichu d'Alola"), (("moves", "thunderbolr"), "Tonnerre")],
)
def test_the_nearest_names_are_french_where_french_is_spoken(
    arguments: tuple[str, ...], suggestion: str
) -> None:
    speaking.use_language("fr")
    assert suggestion in dex(*arguments).stderr
    assert suggestion in json.loads(dex(*arguments, "--json").stdout)["suggestions_fr"]


def test_a_move_left_out_is_refused_with_the_reason() -> None:
    outcome = dex("moves", "pika papow")
    assert outcome.exit_code == 1
    assert "never learned" in outcome.stderr


@pytest.mark.parametrize("against", ["grass,grass", "grass,steel,fire", "a,b,c,d"])
def test_types_that_no_pokemon_has_are_refused(against: str) -> None:
    assert dex("types", "fire", "--against", against).exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("pokemon", "pikachu", "--form", "base"),
        ("moves", "cut", "--left-out"),
        ("moves", "--left-out", "--search", "a"),
        ("types", "--against", "grass"),
        ("pokemon", "--form", "galar"),
        ("moves", "--category", "magic"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    assert dex(*arguments).exit_code == 2


def test_without_a_stack_the_remedy_is_told() -> None:
    async def read_nothing() -> Pokedex:
        raise NotRunning("No Kafka broker answers at broker:9092.\nStart the stack with `./dex up`.")

    app = typer.Typer()
    app.callback()(lambda: None)
    register(app, read_nothing)
    outcome = CliRunner().invoke(app, ["pokedex", "pokemon", "pikachu"])
    assert outcome.exit_code == 3
    assert "./dex up" in outcome.stderr
    outcome = CliRunner().invoke(app, ["pokedex", "pokemon", "pikachu", "--json"])
    assert json.loads(outcome.stdout)["reason"] == "NotRunning"
