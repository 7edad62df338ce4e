"""The page of one Pokémon, with NiceGUI's simulated browser."""

from urllib.parse import quote

import pytest
from nicegui import ui

from tests.support.names import POKEMON_SPELLINGS
from tests.support.ui_site import FRENCH, Site, addresses, applied, cards, put, rows, site

__all__ = ["site"]


@pytest.mark.parametrize(("text", "slug"), POKEMON_SPELLINGS)
async def test_every_spelling_finds_its_pokemon(site: Site, text: str, slug: str) -> None:
    response = await site.user.http_client.get(f"/pokedex/{quote(text)}")
    if text == slug:
        assert response.status_code == 200
    else:
        assert response.status_code == 307
        assert response.headers["location"] == f"/pokedex/{slug}"
    await site.open(f"/pokedex/{quote(text)}")
    assert site.text("pokemon-name") == applied(site).pokemon_by_slug[slug].name_en
    await site.open(f"/pokedex?search={quote(text)}")
    assert cards(site)[0] == slug


async def test_a_pokemon_shows_stats_weaknesses_evolution_and_forms(site: Site) -> None:
    await site.open("/pokedex/charizard")
    await site.user.should_see("534")
    for multiplier, types in (
        ("4", {"Rock"}),
        ("2", {"Water", "Electric"}),
        ("0.25", {"Bug", "Grass"}),
        ("0", {"Ground"}),
    ):
        (group,) = site.user.find(marker=f"multiplier-{multiplier}").elements
        assert {badge.text for badge in group.default_slot.children} == types  # type: ignore[attr-defined]
    groups = [
        site.user.find(marker=f"multiplier-{multiplier}").elements.pop()
        for multiplier in ("4", "2", "1", "0.5", "0.25", "0")
    ]
    assert sum(len(group.default_slot.children) for group in groups) == 18
    assert site.text("how-charmander") == "First stage"
    assert site.text("how-charmeleon") == "Level 16"
    assert site.text("how-charizard") == "Level 36"
    assert cards(site, "forms") == ["charizard-mega-x", "charizard-mega-y"]
    assert addresses(site, "battle-with") == {"/battle?a=charizard"}


async def test_a_pokemon_that_stands_alone_is_said_to(site: Site) -> None:
    await site.open("/pokedex/tauros")
    assert site.text("no-evolution") == "Tauros neither evolves nor comes from another Pokémon."


async def test_the_moves_of_a_pokemon_say_everything(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open("/pokedex/pikachu")
    learned = {one.move for one in applied(site).pokemon_by_slug["pikachu"].learnset}
    assert set(rows(site)) == learned
    row = rows(site)["quick-attack"]
    shown = {key: cell["text"] for key, cell in row["cells"].items()}
    assert shown == {
        "name": "Vive-Attaque",
        "ways": "Niveau 6",
        "type": "Normal",
        "category": "Physique",
        "power": "40",
        "accuracy": "100\u202f%",
        "pp": "30",
        "priority": "Rapide (+1)",
        "effect": "Dégâts",
    }
    assert row["description"] == applied(site).moves_by_slug["quick-attack"].description
    assert row["href"] == "/moves/quick-attack"


async def test_the_moves_of_a_pokemon_are_narrowed_by_type_category_and_method(site: Site) -> None:
    await site.open("/pokedex/charizard?method=tm&category=special")
    every = len(rows(site))
    put(site, "type", "fire")
    assert set(rows(site)) == {"flamethrower", "fire-blast"}
    assert every > 2
    put(site, "method", "level")
    assert all("Level" in row["cells"]["ways"]["text"] for row in rows(site).values())
    put(site, "category", "status")
    await site.see("nothing")


async def test_filters_survive_the_way_to_the_one_address_of_a_pokemon(site: Site) -> None:
    response = await site.user.http_client.get("/pokedex/Dracaufeu?method=tm")
    assert response.headers["location"] == "/pokedex/charizard?method=tm"


async def test_an_unknown_pokemon_is_told_with_the_nearest(site: Site) -> None:
    await site.open_missing("/pokedex/pikachoo")
    assert site.text("unknown") == "No Pokémon is called “pikachoo”."
    assert "/pokedex/pikachu" in addresses(site, "nearest")
    site.user.http_client.headers.update(FRENCH)
    await site.open_missing("/pokedex/carapusse")
    assert "Carapuce" in {link.text for link in site.user.find(kind=ui.link, marker="nearest").elements}
