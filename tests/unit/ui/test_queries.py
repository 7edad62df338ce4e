from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.support.pokedex import load_snapshot_pokedex
from ui.queries import (
    MoveQuery,
    PokemonQuery,
    is_only_near,
    page_count,
    read_move_query,
    read_pokemon_query,
    read_target_types,
    target_url,
)

POKEDEX = load_snapshot_pokedex()


def parts(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


@pytest.mark.parametrize(
    "query",
    [
        PokemonQuery(),
        PokemonQuery(search="m. mime & co", form="alola", type_slug="fire", page=3),
        PokemonQuery(stats={"hp": (40, None), "total": (None, 500), "special_attack": (0, 90)}),
    ],
)
def test_a_link_holds_every_filter_of_the_pokemon(query: PokemonQuery) -> None:
    assert read_pokemon_query(parts(query.url("/pokedex")), POKEDEX) == query


@pytest.mark.parametrize(
    "query",
    [
        MoveQuery(),
        MoveQuery(search="vive-attaque", type_slug="normal", category="physical", is_tm=False),
        MoveQuery(effect_class="damage+heal", is_tm=True, method="tm"),
    ],
)
def test_a_link_holds_every_filter_of_the_moves(query: MoveQuery) -> None:
    assert read_move_query(parts(query.url("/moves")), POKEDEX) == query


def test_what_is_not_set_is_not_in_the_link() -> None:
    assert PokemonQuery().url("/pokedex") == "/pokedex"
    assert PokemonQuery(form="mega").url("/pokedex") == "/pokedex?form=mega"


def test_a_type_is_read_by_any_of_its_names() -> None:
    assert read_pokemon_query({"type": "Électrik"}, POKEDEX).type_slug == "electric"
    assert read_move_query({"type": "FEU"}, POKEDEX).type_slug == "fire"


def test_values_that_mean_nothing_are_named_and_filter_nothing() -> None:
    query = read_pokemon_query(
        {"form": "giga", "type": "soap", "min_hp": "-1", "max_hp": "1e3", "page": "two"}, POKEDEX
    )
    assert query.ignored == ("min_hp=-1", "max_hp=1e3", "form=giga", "type=soap", "page=two")
    assert len(query.find(POKEDEX)) == 188
    assert read_move_query({"tm": "maybe", "method": "magic"}, POKEDEX).ignored == (
        "tm=maybe",
        "method=magic",
    )


def test_filters_narrow_together() -> None:
    found = PokemonQuery(form="alola", type_slug="ice", stats={"speed": (100, None)}).find(POKEDEX)
    assert [record.slug for record in found] == ["ninetales-alola"]
    moves = MoveQuery(type_slug="water", category="special", is_tm=True).find(POKEDEX)
    assert [move.slug for move in moves] == ["surf", "scald"]


def test_names_that_merely_resemble_are_told_from_those_that_contain() -> None:
    names = POKEDEX.pokemon_names
    assert is_only_near("pikachoo", names, ["pikachu"])
    assert not is_only_near("KACHU", names, ["pikachu"])
    assert not is_only_near("é", names, ["eevee"])
    assert not is_only_near("25", names, ["pikachu"])
    assert not is_only_near("zzz", names, [])


@pytest.mark.parametrize(("records", "pages"), [(0, 1), (1, 1), (36, 1), (37, 2), (188, 6)])
def test_a_list_is_cut_into_whole_pages(records: int, pages: int) -> None:
    assert page_count(records) == pages


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("fire,flying", ("fire", "flying")),
        ("Feu", ("fire",)),
        ("fire,fire", ("fire",)),
        ("fire,soap", ()),
        ("fire,water,ice", ()),
        ("", ()),
    ],
)
def test_target_types_are_one_or_two_known_ones(text: str, slugs: tuple[str, ...]) -> None:
    assert read_target_types({"against": text}, POKEDEX) == slugs
    assert read_target_types(parts(target_url("/types", slugs)), POKEDEX) == slugs
