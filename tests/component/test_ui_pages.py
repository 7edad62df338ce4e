"""The pages with NiceGUI's simulated browser and a bus without Kafka."""

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from nicegui import __version__, ui

from tests.support.ui_bus import VERSION, make_release
from tests.support.ui_site import DUEL, FRENCH, Site, addresses, site

__all__ = ["site"]


async def test_the_header_chooses_the_language_and_the_switch_is_remembered(site: Site) -> None:
    site.user.http_client.headers["accept-language"] = "fr-FR,fr;q=0.9"
    response = await site.user.http_client.get("/battle")
    assert '<html lang="fr"' in response.text
    await site.open(DUEL)
    await site.user.should_see("Prédire le combat")
    site.press()
    await site.see("winner")
    assert site.text("winner") == "Pikachu gagne"
    assert site.text("recommended") == "Tonnerre"
    site.user.find(marker="switch-language").click()
    await site.user.should_see("Predict the battle", retries=30)
    await site.open("/")
    await site.user.should_see("Know who wins before the first move.")


async def test_the_theme_is_remembered(site: Site) -> None:
    await site.open("/")
    site.user.find(marker="switch-theme").click()
    site.user.find(marker="switch-theme").click()
    response = await site.user.http_client.get("/")
    assert (
        '<meta\n      id="nicegui-color-scheme"\n      name="color-scheme"\n      content="dark"'
        in response.text
    )


async def test_the_home_page_shows_the_champion_with_its_measures(site: Site) -> None:
    await site.open("/")
    assert site.text("champion") == VERSION
    await site.user.should_see("99.61%")
    await site.user.should_see("Clear winners named right")
    await site.user.should_see("Measured on 21,404 duels")
    await site.user.should_not_see("800")
    await site.user.should_see("188 Pokémon, 223 moves")
    assert " | kcat -P -b k:9 -t battle.requested.v1" in site.text("publish-command")
    hrefs = {link.props["href"] for link in site.user.find(kind=ui.link).elements}
    assert {
        "/battle",
        "http://gateway.test/docs",
        "http://gateway.test/asyncapi",
        "http://mlflow.test",
    } <= hrefs


async def test_the_home_page_follows_the_live_state(site: Site) -> None:
    site.bus.champion = None
    site.bus.can_ask = False
    await site.open("/")
    await site.user.should_see("No champion has been assigned yet")
    await site.user.should_see("No position on the reply topic yet")
    site.bus.champion = make_release("v-next")
    await site.user.should_see("Champion v-next", retries=40)


LABELLED: list[Callable[[ui.element], bool]] = [
    lambda element: (
        not isinstance(element, ui.button) or bool(element.text or element.props.get("aria-label"))
    ),
    lambda element: element.tag != "img" or "alt" in element.props,
    lambda element: not isinstance(element, ui.select | ui.number) or bool(element.props.get("label")),
]


@pytest.mark.parametrize("path", ["/", DUEL])
async def test_every_control_and_picture_has_a_name(site: Site, path: str) -> None:
    await site.open(path)
    if path == DUEL:
        site.press()
        await site.see("winner")
    assert site.user.client is not None
    for element in site.user.client.elements.values():
        assert all(is_labelled(element) for is_labelled in LABELLED), repr(element)


@pytest.mark.parametrize(
    "path", ["/nope", "/battle/nope", "/%3Cscript%3Ealert(1)%3C/script%3E", "/" + "x" * 3000]
)
async def test_an_address_where_nothing_is_leads_on_in_our_own_frame(site: Site, path: str) -> None:
    await site.open_missing(path)
    assert site.text("no-page") == f"There is no page “{unquote(path)[:100]}”."
    assert addresses(site, "way-out") == {"/", "/battle", "/pokedex"}
    await site.user.should_see("PredictionDex")
    response = await site.user.http_client.get(path, headers=FRENCH)
    assert '<html lang="fr"' in response.text
    assert "<script>alert(1)" not in response.text


async def test_a_missing_page_is_told_in_french(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open_missing("/nope")
    assert site.text("no-page") == "Il n’y a pas de page « /nope »."
    assert site.texts("way-out") == ["Accueil", "Combat", "Pokédex"]


async def test_a_slash_too_many_is_still_redirected(site: Site) -> None:
    response = await site.user.http_client.get("/battle/")
    assert response.status_code == 307
    assert response.headers["location"] == "http://test/battle"


async def test_a_missing_resource_is_no_page(site: Site) -> None:
    response = await site.user.http_client.get(f"/_nicegui/{__version__}/libraries/nope.js")
    assert response.status_code == 404
    assert response.json()["detail"]
