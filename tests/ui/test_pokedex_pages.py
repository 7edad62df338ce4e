"""The pages of the Pokédex in a real browser."""

import re

import httpx
import msgspec
import pytest

from contracts.pokedex import Disagreement, PokedexRefreshCompleted, PokedexRefreshProgressed
from tests.support.browser import Visit, Visitor
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import load_snapshot_pokedex
from tests.support.web_app import Site

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(90)]

PATHS = ("/pokedex", "/pokedex/charizard", "/moves", "/moves/quick-attack", "/types?against=fire,flying")


async def settle(page: Visit) -> None:
    """Wait until the page is connected and drawn."""
    await page.page.locator("h1").first.wait_for()
    await page.page.wait_for_function("window.socket?.connected")


async def shown_slugs(page: Visit) -> list[str]:
    links = page.page.locator(".grid .mon")
    return [
        str(await links.nth(index).get_attribute("href")).rpartition("/")[2]
        for index in range(await links.count())
    ]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", PATHS)
async def test_no_page_is_wider_than_the_window(
    fake_site: Site, visit: Visitor, path: str, width: int
) -> None:
    page = await visit(fake_site.url + path, width=width, locale="fr-FR")
    await settle(page)
    assert await page.overflow() <= 0
    assert await page.page.locator("h1").count() == 1


async def test_a_search_is_in_the_address_and_survives_the_way_back(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex")
    await settle(page)
    await page.page.get_by_label("Search", exact=True).fill("dracau")
    await page.page.wait_for_url("**/pokedex?search=dracau")
    await page.page.locator(".mon").nth(2).wait_for()
    assert await shown_slugs(page) == ["charizard", "charizard-mega-x", "charizard-mega-y"]
    await page.page.locator(".mon").nth(1).click()
    await page.page.wait_for_url("**/pokedex/charizard-mega-x")
    await page.page.go_back()
    await page.page.wait_for_url("**/pokedex?search=dracau")
    await settle(page)
    assert await shown_slugs(page) == ["charizard", "charizard-mega-x", "charizard-mega-y"]
    assert await page.page.get_by_label("Search", exact=True).input_value() == "dracau"


async def test_filters_of_choice_and_range_are_set_in_the_browser(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex", width=390)
    await settle(page)
    await page.page.get_by_label("Form").click()
    await page.page.get_by_role("option", name="Alolan form").click()
    await page.page.wait_for_url("**/pokedex?form=alola")
    await page.page.get_by_text("Base stats between").click()
    await page.page.get_by_label("Speed, at least").fill("110")
    await page.page.wait_for_url("**/pokedex?form=alola&min_speed=110")
    await page.page.reload()
    await settle(page)
    assert await page.page.get_by_label("Speed, at least").input_value() == "110"
    pokedex = load_snapshot_pokedex()
    expected = [
        record.slug for record in pokedex.pokemon if record.form == "alola" and record.base_stats.speed >= 110
    ]
    assert await shown_slugs(page) == expected
    assert expected


async def test_pages_are_turned_by_links(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex?form=base")
    await settle(page)
    await page.page.get_by_role("link", name="Next").click()
    await page.page.wait_for_url("**/pokedex?form=base&page=2")
    await settle(page)
    assert (await shown_slugs(page))[0] == load_snapshot_pokedex().pokemon[36].slug
    assert await page.page.locator('.pages [aria-current="page"]').inner_text() == "2"


@pytest.mark.parametrize("width", [1280, 390])
async def test_moves_are_sorted_by_their_headings(fake_site: Site, visit: Visitor, width: int) -> None:
    page = await visit(f"{fake_site.url}/moves?type=fire", width=width)
    await settle(page)
    heading = page.page.get_by_role("columnheader", name="Power")
    powers = page.page.locator("tbody .moves__power > span:last-child")
    await heading.get_by_role("button").click()
    falling = [text for text in await powers.all_inner_texts() if text.isdecimal()]
    assert falling == sorted(falling, key=int, reverse=True)
    assert await heading.get_attribute("aria-sort") == "descending"
    await heading.get_by_role("button").click()
    rising = [text for text in await powers.all_inner_texts() if text.isdecimal()]
    assert rising == falling[::-1]
    assert await heading.get_attribute("aria-sort") == "ascending"


async def test_a_long_table_is_shown_in_part_and_then_whole(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/moves")
    await settle(page)
    rows = page.page.locator(".moves__table tbody tr")
    assert await rows.count() == 40
    await page.page.get_by_role("button", name="Show all 223").click()
    assert await rows.count() == 223


async def test_the_picker_takes_every_spelling(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/battle?a=ditto&b=ditto")
    box = page.page.locator(".fighter--b .fighter__pokemon input")
    for text, slug in POKEMON_SPELLINGS:
        await page.pick("b", "pokemon", "ditto")  # so that the next pick must change something
        await page.page.locator('.fighter--b .creature[aria-label="Ditto"]').wait_for()
        await box.blur()
        await page.pick("b", "pokemon", text)
        await box.blur()
        name = load_snapshot_pokedex().pokemon_by_slug[slug].name_en
        await page.page.locator(f'.fighter--b .creature[aria-label="{name}"]').wait_for()


async def test_enter_right_after_the_last_letter_takes_the_first_match(
    fake_site: Site, visit: Visitor
) -> None:
    """Whoever types fast is not made to wait for the list, which follows the box a moment later."""
    page = await visit(f"{fake_site.url}/battle?a=pikachu")
    for text, part, picked in (
        ("squirtle", "pokemon", '.creature[aria-label="Squirtle"]'),
        ("water gun", "moves", ".chosen"),
    ):
        box = page.page.locator(f".fighter--b .fighter__{part} input")
        await box.click()
        await box.evaluate(
            """(input, text) => {
                input.value = text;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                const enter = { key: "Enter", keyCode: 13, bubbles: true };
                input.dispatchEvent(new KeyboardEvent("keydown", enter));
            }""",
            text,
        )
        await page.page.locator(f".fighter--b {picked}").wait_for()


async def test_the_picker_takes_every_spelling_of_a_move(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/battle?a=pikachu", locale="fr-FR")
    chip = page.page.locator(".fighter--a .fighter__moves .chosen")
    for text, _ in MOVE_SPELLINGS:
        await page.pick("a", "moves", text)
        await chip.get_by_text("Vive-Attaque").wait_for()
        await chip.locator(".q-chip__icon--remove").click()
        await chip.wait_for(state="detached")


async def test_the_move_picker_says_what_each_move_does(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/battle?a=pikachu")
    box = page.page.locator(".fighter--a .fighter__moves input")
    await box.click()
    await box.press_sequentially("quick att", delay=15)
    choice = page.page.locator(".choices .choice").first
    await choice.get_by_text("Quick Attack").wait_for()
    words = await choice.inner_text()
    assert "Physical · power 40 · accuracy 100% · 30 PP · priority: Quick (+1) · Damage" in words
    assert load_snapshot_pokedex().moves_by_slug["quick-attack"].description in words
    assert "Normal" in words


async def test_battle_with_this_one_opens_the_battle_page_with_it(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex/mewtwo", locale="fr-FR")
    await page.page.get_by_role("link", name="Combattre avec Mewtwo").click()
    await page.page.locator('.fighter--a .creature[aria-label="Mewtwo"]').wait_for()


async def test_an_unknown_name_leads_on(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex/dracofeu", locale="fr-FR")
    await settle(page)
    await page.page.get_by_role("link", name="Dracaufeu", exact=True).click()
    await page.page.wait_for_url("**/pokedex/charizard")
    await settle(page)
    assert await page.words("h1") == "Dracaufeu"
    missing = [problem for problem in page.problems if "404" in problem]
    assert len(missing) == 1  # the browser's own note of the status
    page.problems.remove(missing[0])


@pytest.mark.parametrize("path", PATHS)
async def test_every_link_and_control_is_reached_by_keyboard(
    fake_site: Site, visit: Visitor, path: str
) -> None:
    page = await visit(fake_site.url + path)
    await settle(page)
    wanted = await page.page.evaluate(
        """() => {
          const seen = [...document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')]
            .filter((one) => one.checkVisibility() && !one.disabled && one.tabIndex >= 0);
          seen.forEach((one, index) => { one.dataset.stop = index; });
          return seen.length;
        }"""
    )
    reached: set[str] = set()
    for _ in range(wanted + 5):
        await page.page.keyboard.press("Tab")
        stop = await page.page.evaluate("document.activeElement?.dataset?.stop ?? ''")
        reached.add(str(stop))
    assert len(reached - {""}) >= wanted - 1, sorted(set(map(str, range(wanted))) - reached)


async def test_the_words_of_the_pages_reach_the_contrast_of_wcag_aa(fake_site: Site, visit: Visitor) -> None:
    for theme in ("light", "dark"):
        page = await visit(f"{fake_site.url}/pokedex", color_scheme=theme)
        await settle(page)
        colours = await page.page.evaluate(
            """() => {
              const pick = (name) => {
                const probe = document.createElement('span');
                probe.style.color = `var(--${name})`;
                document.body.append(probe);
                const found = getComputedStyle(probe).color;
                probe.remove();
                return found;
              };
              return ['ink', 'muted', 'primary', 'good', 'bad'].flatMap((ink) =>
                ['surface', 'raised', 'ground'].map((ground) => [ink, ground, pick(ink), pick(ground)]));
            }"""
        )
        for ink, ground, ink_colour, ground_colour in colours:
            assert contrast(ink_colour, ground_colour) >= 4.5, (theme, ink, ground)


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two CSS colours `rgb(r, g, b)`, as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def refreshed(site: Site) -> list[str]:
    async with httpx.AsyncClient(base_url=site.url) as client:
        return list((await client.get("/refreshed")).json())


async def tell(site: Site, path: str, message: msgspec.Struct) -> None:
    async with httpx.AsyncClient(base_url=site.url) as client:
        (await client.post(path, content=msgspec.json.encode(message))).raise_for_status()


async def test_a_refresh_survives_a_lost_connection_and_a_reload_and_is_published_once(
    fake_site: Site, visit: Visitor
) -> None:
    before = len(await refreshed(fake_site))
    page = await visit(f"{fake_site.url}/pokedex", width=390)
    await settle(page)
    await page.page.get_by_role("button", name="Refresh the data").click()
    await page.page.get_by_text("PokéAPI – Over the internet").click()
    await page.page.get_by_role("button", name="Start the refresh").dblclick()
    await page.page.get_by_text("Waiting for the ingest service").wait_for()
    (refresh_id,) = (await refreshed(fake_site))[before:]
    await page.page.evaluate("window.socket.io.engine.close()")
    progress = PokedexRefreshProgressed(refresh_id=refresh_id, step="enrich", done=320, total=700)
    await tell(fake_site, "/progressed", progress)
    await page.page.get_by_text("320 of 700").wait_for()
    await page.page.reload()
    await page.page.get_by_text("320 of 700").wait_for()
    rows = tuple(
        Disagreement(
            entity="move",
            slug=f"move-{number}",
            field="pp",
            snapshot="15",
            source="20",
            taken="snapshot",
            rule="the packaged data knows the past value",
        )
        for number in range(30)
    )
    await tell(
        fake_site,
        "/completed",
        PokedexRefreshCompleted(
            refresh_id=refresh_id,
            run_id="run",
            source="pokeapi",
            outcome="unchanged",
            disagreement_count=30,
            disagreements=rows,
        ),
    )
    await page.page.get_by_text("Nothing had changed").first.wait_for()
    assert await page.page.locator(".refresh__table tbody tr").count() == 20
    assert await page.overflow() <= 0
    assert (await refreshed(fake_site))[before:] == [refresh_id]


async def test_an_open_page_shows_the_new_pokedex_by_itself(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex/ditto")
    await settle(page)
    async with httpx.AsyncClient(base_url=fake_site.url) as client:
        await client.post("/rename", params={"slug": "ditto", "name": "Dittomorph"})
        try:
            await page.page.get_by_role("heading", name="Dittomorph").wait_for()
        finally:
            await client.post("/rename", params={"slug": "ditto", "name": "Ditto"})


async def test_a_picture_that_cannot_be_reached_is_drawn(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/pokedex")
    await settle(page)
    first = page.page.locator(".mon .creature").first
    assert await first.locator("svg").is_visible()
    await first.locator("img").wait_for(state="detached")
