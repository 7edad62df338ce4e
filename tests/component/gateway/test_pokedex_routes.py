"""The Pokédex over REST: lists, filters, pages, details, and what is unknown."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.support.gateway_door import Door, assert_problem
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import load_left_out, load_snapshot_pokedex

POKEMON_NAMES = (*POKEMON_SPELLINGS, ("25", "pikachu"))
MOVE_NAMES = (*MOVE_SPELLINGS, ("98", "quick-attack"))


async def get(door: Door, path: str, **query: Any) -> Any:
    response = await door.client.get(path, params=query)
    assert response.status_code == 200, response.text
    return response.json()


async def slugs(door: Door, path: str, **query: Any) -> list[str]:
    return [row["slug"] for row in await get(door, path, **query)]


@pytest.mark.parametrize(("path", "count"), [("/pokemon", 188), ("/moves", 223), ("/types", 18)])
async def test_every_row_of_every_list_has_its_id(door: Door, path: str, count: int) -> None:
    response = await door.client.get(path)

    rows = response.json()
    assert len(rows) == count
    assert [row["id"] for row in rows] == sorted({row["id"] for row in rows})
    assert all(row["slug"] and row["name_en"] and row["name_fr"] for row in rows)
    assert response.headers["x-pokedex-hash"] == load_snapshot_pokedex().pokedex_hash


@pytest.mark.parametrize(("name", "slug"), POKEMON_NAMES)
async def test_a_pokemon_is_found_by_any_name_in_the_path_and_in_a_search(
    door: Door, name: str, slug: str
) -> None:
    assert (await get(door, f"/pokemon/{quote(name)}"))["slug"] == slug
    assert (await slugs(door, "/pokemon", search=name))[0] == slug


@pytest.mark.parametrize(("name", "slug"), MOVE_NAMES)
async def test_a_move_is_found_by_any_name_in_the_path_and_in_a_search(
    door: Door, name: str, slug: str
) -> None:
    assert (await get(door, f"/moves/{quote(name)}"))["slug"] == slug
    assert (await slugs(door, "/moves", search=name))[0] == slug


@pytest.mark.parametrize("name", ["electric", "ÉLECTRIK", "13", "electrik"])
async def test_a_type_is_found_by_any_name_in_the_path_and_as_a_filter(door: Door, name: str) -> None:
    assert (await get(door, f"/types/{quote(name)}"))["slug"] == "electric"
    expected = await slugs(door, "/pokemon", type="electric")
    assert "pikachu" in expected
    assert await slugs(door, f"/types/{quote(name)}/pokemon") == expected
    assert await slugs(door, "/pokemon", type=name) == expected


async def test_filters_of_pokemon_hold_together(door: Door) -> None:
    assert len(await slugs(door, "/pokemon", form="alola")) == 18
    found = await slugs(door, "/pokemon", form="mega", type="dragon", min_speed=100, max_total=640)
    assert found == ["charizard-mega-x"]


async def test_filters_of_moves_hold_together(door: Door) -> None:
    found = await slugs(door, "/moves", type="electric", category="special", tm=True, min_power=90)
    assert found == ["thunderbolt", "thunder"]
    assert len(await slugs(door, "/moves", tm="false")) == 163
    assert await slugs(door, "/moves", max_priority=-6) == ["whirlwind", "roar", "teleport", "dragon-tail"]
    classes = {move["effect_class"] for move in await get(door, "/moves")}
    for effect_class in classes:
        rows = await get(door, "/moves", effect_class=effect_class)
        assert {move["effect_class"] for move in rows} == {effect_class}


async def test_a_list_comes_in_pages_that_together_are_the_list(door: Door) -> None:
    whole = await slugs(door, "/pokemon", type="water")
    found: list[str] = []
    path = "/pokemon?type=water&limit=10"
    while path:
        response = await door.client.get(path)
        assert response.headers["x-total-count"] == str(len(whole))
        assert response.links["first"]["url"] == "/pokemon?type=water&limit=10&offset=0"
        assert response.links["last"]["url"] == f"/pokemon?type=water&limit=10&offset={len(whole) // 10 * 10}"
        found += [row["slug"] for row in response.json()]
        path = response.links.get("next", {}).get("url", "")
    assert found == whole
    assert "prev" in response.links


async def test_without_a_limit_there_are_no_other_pages(door: Door) -> None:
    response = await door.client.get("/pokemon", params={"offset": 180})
    assert len(response.json()) == 8
    assert response.headers["x-total-count"] == "188"
    assert "link" not in response.headers


async def test_a_link_keeps_the_filters_as_they_were_typed(door: Door) -> None:
    response = await door.client.get("/pokemon", params={"search": "é&o", "limit": 1})
    assert response.links["first"]["url"] == "/pokemon?search=%C3%A9%26o&limit=1&offset=0"


@pytest.mark.parametrize("name", ["nidoran♀", "évoli", "mr mime", "pikachu%0D%0A"])
async def test_a_link_keeps_the_name_in_the_path(door: Door, name: str) -> None:
    response = await door.client.get(f"/pokemon/{name}/moves", params={"limit": 1})

    following = await door.client.get(response.links["next"]["url"])

    assert following.status_code == 200
    assert response.links["next"]["url"].isascii()
    assert following.json() != response.json()


@pytest.mark.parametrize("path", ["/pokemon/mew/moves", "/moves/toxic/learners", "/types/water/pokemon"])
async def test_every_long_list_comes_in_pages(door: Door, path: str) -> None:
    whole = await slugs(door, path)
    response = await door.client.get(path, params={"limit": 5, "offset": 5})
    assert [row["slug"] for row in response.json()] == whole[5:10]
    assert response.headers["x-total-count"] == str(len(whole))


async def test_a_pokemon_tells_its_moves_relatives_and_forms(door: Door) -> None:
    body = await get(door, "/pokemon/charmeleon")

    record = load_snapshot_pokedex().pokemon_by_slug["charmeleon"]
    assert {move["slug"] for move in body["moves"]} == {learned.move for learned in record.learnset}
    assert body["family"] == ["charmander", "charmeleon", "charizard"]
    assert (body["evolves_from"], body["evolution"]["level"]) == ("charmander", 16)
    [later] = body["evolves_into"]
    assert later["slug"] == "charizard"
    assert later["evolution"] == {
        "trigger": "level",
        "level": 36,
        "item": None,
        "text_en": "Level 36",
        "text_fr": "Niveau 36",
    }
    assert body["base_stat_total"] == sum(body["base_stats"].values()) == 405
    assert (await get(door, "/pokemon/charizard"))["forms"] == [
        "charizard",
        "charizard-mega-x",
        "charizard-mega-y",
    ]


async def test_moves_of_a_pokemon_are_filtered_by_type_category_and_method(door: Door) -> None:
    whole = await get(door, "/pokemon/pikachu/moves")
    assert whole == (await get(door, "/pokemon/pikachu"))["moves"]
    found = await get(door, "/pokemon/pikachu/moves", type="électrik", category="special", method="tm")
    assert {move["type"] for move in found} == {"electric"}
    assert {move["category"] for move in found} == {"special"}
    by_slug = {move["slug"]: move for move in found}
    assert by_slug["thunderbolt"]["ways"] == [{"method": "tm", "level": None}]
    levels = await get(door, "/pokemon/pikachu/moves", method="level")
    assert all(way["level"] for move in levels for way in move["ways"])


async def test_weaknesses_are_eighteen_multipliers_over_both_types(door: Door) -> None:
    body = await get(door, "/pokemon/dracaufeu/weaknesses")
    assert len(body["multipliers"]) == 18
    assert body["multipliers"]["rock"] == 4
    assert body["weak_to"] == ["rock", "water", "electric"]
    assert body["immune_to"] == ["ground"]
    sorted_away = {*body["weak_to"], *body["resists"], *body["immune_to"]}
    assert {slug for slug, times in body["multipliers"].items() if times != 1} == sorted_away


async def test_who_learns_a_move_and_how(door: Door) -> None:
    rows = {row["slug"]: row for row in await get(door, "/moves/tonnerre/learners")}
    assert rows["pikachu"]["learned"] == ["level 21", "tm"]
    by_level = await get(door, "/moves/tonnerre/learners", method="level")
    assert {row["slug"] for row in by_level} < rows.keys()
    assert all(way["method"] == "level" for row in by_level for way in row["ways"])
    assert (await get(door, "/moves/tonnerre"))["learner_count"] == len(rows)


async def test_moves_left_out_are_listed_with_the_reason_and_are_no_moves(door: Door) -> None:
    rows = await get(door, "/moves/left-out")
    assert rows == [msgspec.to_builtins(move) for move in load_left_out()]
    for name in ("Pika Papow", "veevee-volley", "606"):
        document = assert_problem(await door.client.get(f"/moves/{name}"), 404)
        assert document["type"].endswith(":left-out")
        assert "never learned" in document["detail"] or "event move" in document["detail"]


async def test_a_type_is_told_from_both_sides(door: Door) -> None:
    body = await get(door, "/types/ghost")
    assert body["effectiveness"]["normal"] == 0
    assert body["as_defender"]["fighting"] == 0
    assert body["as_defender"]["ghost"] == 2
    assert body["pokemon_count"] == len(await get(door, "/types/ghost/pokemon"))
    assert body["move_count"] == len(await get(door, "/moves", type="ghost"))


@pytest.mark.parametrize(
    ("path", "multiplier"),
    [
        ("fire/against/grass,steel", 4),
        ("10/against/12,9", 4),
        ("Feu/against/Plante, Acier", 4),
        ("electric/against/water,ground", 0),
        ("normal/against/rock", 0.5),
        ("ground/against/bug,grass", 0.25),
    ],
)
async def test_effectiveness_is_asked_by_id_and_by_name_against_one_or_two(
    door: Door, path: str, multiplier: float
) -> None:
    assert (await get(door, f"/types/{path}"))["multiplier"] == multiplier


@pytest.mark.parametrize("defending", ["grass,grass", "grass,plante", "grass,steel,fire"])
async def test_no_pokemon_has_these_types(door: Door, defending: str) -> None:
    document = assert_problem(await door.client.get(f"/types/fire/against/{defending}"), 422)
    assert (document["field"], document["value"]) == ("defending", defending)


async def test_the_vocabulary_names_every_value_that_the_lists_use(door: Door) -> None:
    terms = {
        name: {term["value"] for term in rows} for name, rows in (await get(door, "/vocabulary")).items()
    }
    moves, pokemon = await get(door, "/moves"), await get(door, "/pokemon")
    assert {move["priority"] for move in moves} == terms["priorities"]
    assert {move["effect_class"] for move in moves} <= terms["effect_classes"]
    assert {move["category"] for move in moves} == terms["categories"]
    assert {row["form"] for row in pokemon} == terms["forms"]
    assert {*pokemon[0]["base_stats"], "total"} == terms["stats"]
