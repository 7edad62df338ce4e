"""In a real browser: nothing that is written into a field or a link is corrected silently."""

import httpx
import pytest

from tests.support.browser import Visit, Visitor
from tests.support.web_app import Site

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(90)]

DUEL = "/battle?a=pikachu&move_a=thunderbolt&b=squirtle&move_b=water-gun"
WIDTHS = pytest.mark.parametrize("width", [1280, 390])


async def press_and_be_refused(page: Visit, sentence: str) -> None:
    """Press the dimmed button; the sentence above it is that of the field."""
    button = page.page.locator('.ask[aria-disabled="true"]')
    await button.wait_for()
    # a forced click looks neither whether the button is enabled, nor whether it still moves
    await (await button.element_handle()).wait_for_element_state("stable")
    await button.click(force=True)
    await page.page.locator(".hint p", has_text=sentence).wait_for()


@WIDTHS
async def test_a_level_out_of_range_is_told_and_nothing_is_published(
    fake_site: Site, visit: Visitor, width: int
) -> None:
    before = await fake_site.asked()
    page = await visit(fake_site.url + DUEL, width=width)
    box = page.page.locator(".fighter--a .fighter__level input")
    problem = page.page.locator(".fighter--a .problem__sentence")
    for text in ("0", "101", "-5", "1e9", "many"):
        await box.fill(text)
        sentence = f"“{text}” is no level: give a whole number from 1 to 100."
        await problem.get_by_text(sentence).wait_for()
        await box.blur()
        assert await box.input_value() == text
        await press_and_be_refused(page, sentence)
    await box.fill("")
    missing = "The level is missing: give a whole number from 1 to 100."
    # first, for its sentence may move the button
    await problem.get_by_text(missing).wait_for()
    await press_and_be_refused(page, missing)
    assert await page.overflow() <= 0
    assert await fake_site.asked() == before
    await box.fill("100")
    await problem.wait_for(state="detached")
    await page.ask()
    assert len(await fake_site.asked()) == len(before) + 1


@WIDTHS
async def test_an_unknown_name_stays_in_the_box_with_what_may_have_been_meant(
    fake_site: Site, visit: Visitor, width: int
) -> None:
    before = await fake_site.asked()
    page = await visit(f"{fake_site.url}/battle?a=mew&b=squirtle", width=width)
    box = page.page.locator(".fighter--a .fighter__pokemon input")
    await box.click()
    await box.fill("pikachuu")
    await page.page.locator(".ask").click()  # at once: the name is refused before the press is heard
    sentence = "No such Pokémon: “pikachuu”."
    await page.page.locator(".fighter--a .problem__sentence", has_text=sentence).wait_for()
    await press_and_be_refused(page, sentence)
    assert await box.input_value() == "pikachuu"
    assert await page.page.locator('.fighter--a .creature[aria-label="Mew"]').count() == 0
    assert await page.overflow() <= 0
    assert await fake_site.asked() == before
    await page.page.get_by_role("button", name="Pikachu", exact=True).click()
    await page.page.locator('.fighter--a .creature[aria-label="Pikachu"]').wait_for()
    await page.page.locator(".fighter--a .problem__sentence").wait_for(state="detached")
    assert await box.input_value() == "Pikachu"
    await page.ask()


async def test_an_unknown_name_is_told_at_the_press_of_enter_and_forgotten_when_erased(
    fake_site: Site, visit: Visitor
) -> None:
    page = await visit(fake_site.url + DUEL)
    box = page.page.locator(".fighter--b .fighter__moves input")
    problem = page.page.locator(".fighter--b .problem__sentence")
    await box.click()
    await box.press_sequentially("watter gunn")
    await box.press("Enter")
    await problem.get_by_text("No such move: “watter gunn”.").wait_for()
    await box.press("Escape")
    await box.blur()
    assert await box.input_value() == "watter gunn"
    await press_and_be_refused(page, "No such move: “watter gunn”.")
    await box.fill("")
    await box.blur()
    await problem.wait_for(state="detached")
    await page.page.locator('.ask[aria-disabled="false"]').wait_for()


async def test_a_name_left_in_the_box_without_a_choice_is_taken(fake_site: Site, visit: Visitor) -> None:
    page = await visit(fake_site.url + DUEL)
    box = page.page.locator(".fighter--b .fighter__pokemon input")
    await box.click()
    await box.fill("ronflex")
    await box.press("Tab")
    await page.page.locator('.fighter--b .creature[aria-label="Snorlax"]').wait_for()
    await page.page.wait_for_function(
        "document.querySelector('.fighter--b .fighter__pokemon input').value === 'Snorlax'"
    )


@WIDTHS
async def test_a_link_says_what_is_left_out_of_it(fake_site: Site, visit: Visitor, width: int) -> None:
    link = "/battle?a=pikachu&move_a=surf&level_a=101&b=carapusse&move_b=water-gun"
    page = await visit(fake_site.url + link, width=width, locale="fr-FR")
    told = page.page.locator(".left-out li")
    await told.first.wait_for()
    assert await told.all_inner_texts() == [
        "Pikachu ne peut pas apprendre Surf.",
        "Pistolet à O : choisissez d’abord son Pokémon.",
    ]
    sentences = await page.page.locator(".problem__sentence").all_inner_texts()
    assert sentences == [
        "« 101 » n’est pas un niveau : donnez un nombre entier de 1 à 100.",
        "Aucun Pokémon ne s’appelle « carapusse ».",
    ]
    await page.page.wait_for_function(
        "document.querySelector('.fighter--b .fighter__pokemon input').value === 'carapusse'"
    )
    assert await page.overflow() <= 0


@WIDTHS
async def test_an_address_where_nothing_is_leads_on(fake_site: Site, visit: Visitor, width: int) -> None:
    page = await visit(f"{fake_site.url}/nope", width=width, locale="fr-FR")
    assert await page.words("h1 span") == "Il n’y a pas de page « /nope »."
    assert await page.overflow() <= 0
    page.problems.clear()  # the browser complains of the status, which is as it must be
    for name, path in (("Combat", "/battle"), ("Pokédex", "/pokedex"), ("Accueil", "/")):
        await page.page.goto(f"{fake_site.url}/nope")
        await page.page.locator(".notice").get_by_role("link", name=name).click()
        await page.page.wait_for_url(fake_site.url + path)
    page.problems.clear()
    async with httpx.AsyncClient(base_url=fake_site.url) as client:
        for path in ("/nope", "/pokedex/nope", "/moves/nope"):
            response = await client.get(path)
            assert response.status_code == 404
            assert "PredictionDex" in response.text
