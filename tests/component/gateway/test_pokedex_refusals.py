"""What the Pokédex routes refuse: unknown names, and query parameters that are no filter."""

import pytest

from tests.support.gateway_door import POKEDEX_FIXED, POKEDEX_LISTS, Door, assert_problem


@pytest.mark.parametrize(
    ("path", "field", "value", "suggestion"),
    [
        ("/pokemon/pikachuu", "name", "pikachuu", "Pikachu"),
        ("/pokemon/pikachuu/moves", "name", "pikachuu", "Pikachu"),
        ("/pokemon/pikachuu/weaknesses", "name", "pikachuu", "Pikachu"),
        ("/moves/tonere", "name", "tonere", "Thunderbolt"),
        ("/moves/tonere/learners", "name", "tonere", "Thunderbolt"),
        ("/types/electro", "name", "electro", "Electric"),
        ("/types/electro/pokemon", "name", "electro", "Electric"),
        ("/types/electro/against/water", "attacking", "electro", "Electric"),
        ("/types/water/against/grass,electro", "defending", "electro", "Electric"),
    ],
)
async def test_an_unknown_name_is_404_with_the_nearest_names(
    door: Door, path: str, field: str, value: str, suggestion: str
) -> None:
    document = assert_problem(await door.client.get(path), 404)

    assert (document["field"], document["value"]) == (field, value)
    assert suggestion in document["suggestions"]


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/pokemon/raichu alolla", "Raichu d'Alola"),
        ("/moves/thunderbolr", "Tonnerre"),
        ("/types/electro", "Électrik"),
    ],
)
async def test_the_nearest_names_are_french_for_who_reads_french(
    door: Door, path: str, suggestion: str
) -> None:
    document = assert_problem(await door.client.get(path, headers={"accept-language": "fr"}), 404)
    assert suggestion in document["suggestions"]
    # What is suggested can be asked for.
    again = await door.client.get(f"{path.rpartition('/')[0]}/{suggestion}")
    assert again.status_code == 200


@pytest.mark.parametrize("listing", ["pokemon", "moves", "types"])
async def test_an_odd_name_in_a_path_is_404(door: Door, listing: str) -> None:
    for name in ("%00", "👻", "0", "-1", "x" * 5_000, "%3Cscript%3E", "'; drop table x; --"):
        assert len(assert_problem(await door.client.get(f"/{listing}/{name}"), 404)["value"]) <= 200


@pytest.mark.parametrize("path", [*POKEDEX_LISTS, *POKEDEX_FIXED])
async def test_an_unknown_or_repeated_parameter_is_refused_on_every_route(door: Door, path: str) -> None:
    for name in ("foo", "serach", "sides", "x" * 5_000):
        document = assert_problem(await door.client.get(path, params={name: "1"}), 422)
        assert document["field"] == (name if len(name) < 200 else name[:199] + "…")
        assert document["value"] == "1"
        if path in POKEDEX_LISTS:
            assert "limit, offset" in document["remedy"]
        else:
            assert document["remedy"] == "This path takes no query parameters."
    document = assert_problem(await door.client.get(f"{path}?limit=1&limit=2"), 422)
    assert document["field"] == "limit"
    assert path in POKEDEX_FIXED or document["remedy"] == "Give it once."


@pytest.mark.parametrize("path", POKEDEX_LISTS)
async def test_a_bad_page_is_refused(door: Door, path: str) -> None:
    for name, value, remedy in (
        ("limit", "-1", "1 or more"),
        ("limit", "0", "1 or more"),
        ("limit", "501", "500 or less"),
        ("limit", "ten", "whole number"),
        ("limit", "", "whole number"),
        ("offset", "-1", "0 or more"),
        ("offset", "9" * 30, "or less"),
    ):
        document = assert_problem(await door.client.get(path, params={name: value}), 422)
        assert (document["field"], document["value"]) == (name, value)
        assert remedy in document["remedy"]


@pytest.mark.parametrize(
    ("path", "name", "value", "allowed"),
    [
        ("/pokemon", "form", "galar", "base, alola, partner, mega"),
        ("/pokemon", "type", "shadow", "normal, fighting, flying"),
        ("/pokemon", "min_speed", "fast", "whole number"),
        ("/pokemon", "max_hp", "-1", "0 or more"),
        ("/pokemon", "search", "x" * 65, "at most 64"),
        ("/moves", "category", "magic", "physical, special, status"),
        ("/moves", "effect_class", "magic", "damage, damage+ailment"),
        ("/moves", "tm", "perhaps", "true or false"),
        ("/moves", "type", "shadow", "normal, fighting, flying"),
        ("/moves", "max_priority", "8", "7 or less"),
        ("/moves", "min_accuracy", "101", "100 or less"),
        ("/pokemon/mew/moves", "method", "osmosis", "start, evolution, level, tm, tutor, inherited"),
        ("/pokemon/mew/moves", "type", "shadow", "normal, fighting, flying"),
        ("/moves/cut/learners", "method", "osmosis", "start, evolution, level, tm, tutor, inherited"),
    ],
)
async def test_a_bad_filter_is_refused_with_the_values_that_are_allowed(
    door: Door, path: str, name: str, value: str, allowed: str
) -> None:
    document = assert_problem(await door.client.get(path, params={name: value}), 422)
    assert (document["field"], document["value"]) == (name, value)
    assert allowed in document["remedy"]


async def test_a_range_without_values_is_refused(door: Door) -> None:
    document = assert_problem(await door.client.get("/pokemon?min_speed=100&max_speed=50"), 422)
    assert (document["field"], document["value"]) == ("min_speed", "100")
    document = assert_problem(await door.client.get("/moves?min_power=100&max_power=50"), 422)
    assert document["field"] == "min_power"


async def test_without_a_pokedex_nothing_is_ready(door: Door) -> None:
    door.pokedex.pokedex = None
    for path in (*POKEDEX_LISTS, *POKEDEX_FIXED):
        response = await door.client.get(path)
        assert_problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
