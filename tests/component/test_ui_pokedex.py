"""The list of Pokémon, with NiceGUI's simulated browser."""

from nicegui import ui

from tests.support.ui_site import Site, applied, cards, put, site

__all__ = ["site"]


async def test_all_pokemon_are_listed_page_by_page(site: Site) -> None:
    seen: list[str] = []
    for page in range(1, 7):
        await site.open(f"/pokedex?page={page}")
        seen += cards(site)
    assert seen == [record.slug for record in applied(site).pokemon]
    assert site.text("count") == "188 of 188 Pokémon"
    await site.open("/pokedex?page=99")
    assert cards(site)[-1] == seen[-1]


async def test_the_query_string_holds_the_filters(site: Site) -> None:
    await site.open("/pokedex?form=alola&type=Glace&min_speed=100")
    assert cards(site) == ["ninetales-alola"]
    (form,) = site.user.find(kind=ui.select, marker="form").elements
    (least,) = site.user.find(kind=ui.number, marker="min-speed").elements
    assert (form.value, least.value) == ("alola", 100)


async def test_filters_narrow_the_list_as_they_are_set(site: Site) -> None:
    await site.open("/pokedex?page=3")
    put(site, "search", "DRACAU")
    assert cards(site) == ["charizard", "charizard-mega-x", "charizard-mega-y"]
    put(site, "form", "mega")
    put(site, "type", "dragon")
    assert cards(site) == ["charizard-mega-x"]
    put(site, "max-total", 400)
    await site.see("nothing")
    assert site.text("count") == "0 of 188 Pokémon"
    put(site, "max-total", None)
    put(site, "form", "")
    put(site, "type", "")
    put(site, "search", None)
    assert site.text("count") == "188 of 188 Pokémon"


async def test_filters_that_mean_nothing_are_named(site: Site) -> None:
    await site.open("/pokedex?type=soap&min_hp=many&form=base")
    assert "“min_hp=many”, “type=soap”" in site.text("ignored")
    assert site.text("count") == "153 of 188 Pokémon"


async def test_names_that_only_resemble_are_said_to_be_near(site: Site) -> None:
    await site.open("/pokedex?search=pikachoo")
    assert site.text("near") == "No name contains “pikachoo”. These come nearest:"
    assert "pikachu" in cards(site)
    await site.open("/pokedex?search=pikachu")
    await site.user.should_not_see(marker="near")
