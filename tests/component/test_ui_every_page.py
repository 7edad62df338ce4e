"""What all pages of the Pokédex have in common, with NiceGUI's simulated browser."""

import re

import pytest
from nicegui import ui

from tests.support.bus import eventually
from tests.support.pokedex import with_renamed
from tests.support.ui_site import FRENCH, Site, applied, site
from ui.components.pokemon_grid import PokemonGrid

__all__ = ["site"]


@pytest.mark.parametrize("path", ["/pokedex/", "/moves/"])
async def test_no_name_leads_to_the_list(site: Site, path: str) -> None:
    response = await site.user.http_client.get(path)
    assert response.headers["location"] == path.rstrip("/")


@pytest.mark.parametrize("path", ["/pokedex/%00", "/moves/a/b", "/pokedex/" + "x" * 4000, "/moves/%3Cb%3E"])
async def test_nonsense_in_the_address_is_survived(site: Site, path: str) -> None:
    await site.open_missing(path)
    await site.see("unknown")


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/pokedex", "", ""),
        ("/pokedex/pikachu", "Pikachu", "Sparky"),
        ("/moves", "", ""),
        ("/types", "", ""),
    ],
)
async def test_a_running_page_shows_the_new_pokedex(site: Site, path: str, old: str, new: str) -> None:
    await site.open(path)
    if old:
        assert site.text("pokemon-name") == old
    assert site.text("pokedex-updated") == ""
    site.bus.pokedex = with_renamed(applied(site), "pikachu", "Sparky")
    await eventually(lambda: "refreshed" in site.text("pokedex-updated"), "the notice")
    if new:
        assert site.text("pokemon-name") == new
    if path == "/pokedex":
        (grid,) = site.user.find(kind=PokemonGrid, marker="grid").elements
        assert "Sparky" in {card["name"] for card in grid.props["cards"]}


@pytest.mark.parametrize("path", ["/pokedex", "/pokedex/pikachu", "/moves", "/moves/tackle", "/types"])
async def test_a_page_waits_for_the_pokedex_and_then_opens(site: Site, path: str) -> None:
    pokedex, site.bus.pokedex = site.bus.pokedex, None
    await site.open(path)
    await site.user.should_see("still being read from Kafka")
    site.bus.pokedex = pokedex
    await site.user.should_not_see("still being read from Kafka", retries=40)


@pytest.mark.parametrize("path", ["/pokedex", "/pokedex/pikachu", "/moves", "/moves/tackle", "/types"])
async def test_every_control_has_a_name_and_every_page_one_heading(site: Site, path: str) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open(path)
    assert site.user.client is not None
    elements = list(site.user.client.elements.values())
    for element in elements:
        if isinstance(element, ui.button):
            assert element.text or element.props.get("aria-label"), repr(element)
        if isinstance(element, ui.select | ui.number | ui.input):
            assert element.props.get("label"), repr(element)
    headings = [element.tag for element in elements if re.fullmatch("h[1-6]", element.tag)]
    assert headings.count("h1") == 1
    assert (await site.user.http_client.get(path)).text.count('<html lang="fr"') == 1
