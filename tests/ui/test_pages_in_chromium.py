"""The pages in a real browser, on a made-up model."""

import httpx
import pytest

from tests.support.browser import Visit, Visitor
from tests.support.bus import eventually
from tests.support.web_app import Site

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

DUEL = "/battle?a=pikachu&move_a=thunderbolt&b=squirtle&move_b=water-gun"
WIDTHS = pytest.mark.parametrize("width", [1280, 390])
HOSTILE = (
    "<script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    '"><svg onload=window.hacked=1>',
    "{{constructor.constructor('window.hacked=1')()}}",
    "${window.hacked=1}",
    "javascript:window.hacked=1",
    "'-(window.hacked=1)-'",
)


async def keyboard_focus(visit: Visit) -> str:
    return str(
        await visit.page.evaluate(
            "document.activeElement.getAttribute('aria-label')"
            " || document.activeElement.closest('.q-field')?.querySelector('.q-field__label')?.innerText"
            " || document.activeElement.innerText"
        )
    )


@WIDTHS
@pytest.mark.parametrize(
    ("locale", "squirtle", "move", "reply", "title", "fact"),
    [
        ("en-US", "Carapuce", "Thunderb", "pistolet a o", "Pikachu wins", "Pikachu moves first: Speed 112"),
        (
            "fr-FR",
            "squirtle",
            "tonner",
            "Water Gun",
            "Pikachu gagne",
            "Pikachu agit en premier : Vitesse 112",
        ),
    ],
)
async def test_a_battle_is_played_with_names_of_both_languages(
    fake_site: Site,
    visit: Visitor,
    width: int,
    locale: str,
    squirtle: str,
    move: str,
    reply: str,
    title: str,
    fact: str,
) -> None:
    page = await visit(f"{fake_site.url}/battle", width=width, locale=locale)
    await page.pick("b", "pokemon", squirtle)
    await page.pick("a", "moves", move)
    await page.pick("b", "moves", reply)
    await page.ask()
    assert await page.words(".result__title") == title
    assert await page.probability() > 90
    assert await page.page.locator(".matrix tbody tr").count() == 1
    assert (await page.words(".reasons__first")).startswith(fact)
    assert await page.page.locator(".reasons__bar:visible").count() > 3
    assert await page.overflow() <= 0
    assert await page.page.evaluate("document.documentElement.lang") == ("fr" if "fr" in locale else "en-US")


@WIDTHS
@pytest.mark.parametrize("path", ["/", "/battle"])
async def test_nothing_is_wider_than_the_window(
    fake_site: Site, visit: Visitor, width: int, path: str
) -> None:
    page = await visit(fake_site.url + path, width=width, locale="fr-FR")
    await page.page.locator("h1").wait_for()
    if path == "/battle":
        await page.ask()
    assert await page.overflow() <= 0


async def test_a_drawn_creature_stands_in_for_a_picture_that_cannot_be_reached(
    fake_site: Site, visit: Visitor
) -> None:
    page = await visit(f"{fake_site.url}/battle")
    portrait = page.page.locator(".fighter--a .fighter__portrait .creature")
    assert await portrait.get_attribute("aria-label") == "Pikachu"
    assert await portrait.locator("svg").is_visible()
    await portrait.locator("img").wait_for(state="detached")


async def test_a_picture_that_can_be_reached_takes_its_place(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/battle", has_sprites=True)
    portrait = page.page.locator(".fighter--a .fighter__portrait .creature--pictured")
    await portrait.wait_for()
    assert not await portrait.locator("svg").is_visible()


async def test_a_double_click_and_a_reload_publish_once(fake_site: Site, visit: Visitor) -> None:
    before = len(await fake_site.asked())
    page = await visit(fake_site.url + DUEL)
    await page.page.locator(".ask").dblclick()
    await page.page.locator(".result").wait_for()
    shown = await page.words(".result__request code")
    for _ in range(2):
        await page.page.reload()
        await page.page.locator(".result").wait_for()
    assert await page.words(".result__request code") == shown
    assert (await fake_site.asked())[before:] == [shown]


async def test_a_reload_while_the_question_is_on_its_way_publishes_once(
    fake_site: Site, visit: Visitor
) -> None:
    before = len(await fake_site.asked())
    page = await visit(fake_site.url + DUEL)
    async with httpx.AsyncClient(base_url=fake_site.url) as control:
        await control.post("/hold", params={"is_held": True})
        try:
            await page.page.locator(".ask").click()
            await page.page.wait_for_url("**/battle?id=*")
            await page.page.reload()
            await page.page.locator(".ask").wait_for()
        finally:
            await control.post("/hold", params={"is_held": False})
    await page.page.locator(".result").wait_for()
    assert len((await fake_site.asked())[before:]) == 1


async def test_a_lost_connection_comes_back_with_the_answer_and_publishes_once(
    fake_site: Site, visit: Visitor
) -> None:
    before = len(await fake_site.asked())
    page = await visit(fake_site.url + DUEL)
    await page.page.locator(".ask").wait_for()
    async with httpx.AsyncClient(base_url=fake_site.url) as control:
        await control.post("/hold", params={"is_held": True})
        await page.page.locator(".ask").click()
        await page.page.wait_for_url("**/battle?id=*")
        await page.page.evaluate("window.socket.io.engine.close()")
        await control.post("/hold", params={"is_held": False})
    await page.page.locator(".result").wait_for()
    assert len((await fake_site.asked())[before:]) == 1


async def test_a_restart_of_the_web_app_brings_the_answer_back(fake_site: Site, visit: Visitor) -> None:
    page = await visit(fake_site.url + DUEL)
    await page.ask()
    shown = await page.words(".result__request code")
    await page.page.goto("about:blank")  # else its console tells that nobody listens for a moment
    fake_site.stop()
    fake_site.start()
    await page.page.goto(f"{fake_site.url}/battle")
    await page.page.locator(".result").wait_for()
    assert await page.words(".result__request code") == shown
    assert await fake_site.asked() == []


async def test_a_failed_call_is_asked_again_under_its_request_id(fake_site: Site, visit: Visitor) -> None:
    before = len(await fake_site.asked())
    page = await visit(fake_site.url + DUEL)
    async with httpx.AsyncClient(base_url=fake_site.url) as control:
        await control.post("/fail", params={"is_failing": True})
        try:
            await page.page.locator(".ask").click()
            await page.page.locator(".notice--failed").wait_for()
        finally:
            await control.post("/fail", params={"is_failing": False})
    await page.page.locator(".retry").click()
    await page.page.locator(".result").wait_for()
    first, second = (await fake_site.asked())[before:]
    assert first == second


async def test_everything_is_reached_and_done_by_keyboard(fake_site: Site, visit: Visitor) -> None:
    page = await visit(f"{fake_site.url}/battle")
    await page.page.locator(".ask").wait_for()
    reached: list[str] = []
    while not reached or reached[-1] != "Predict the battle":
        await page.page.keyboard.press("Tab")
        reached.append((await keyboard_focus(page)).strip().removeprefix("bolt\n"))
        assert len(reached) < 40, reached
    assert reached[0] == "Skip to the content"
    names = ("Pokémon", "Level", "Moves (up to 4, optional)", "Swap the two sides", "Pokémon")
    positions = [reached.index(name) for name in names[:4]]
    assert positions == sorted(positions)
    await page.page.keyboard.press("Enter")
    await page.page.locator(".result").wait_for()
    await eventually(
        lambda: _is_true(page, "document.activeElement.closest('#result') !== null"), "focus on the result"
    )


async def _is_true(visit: Visit, expression: str) -> bool:
    return bool(await visit.page.evaluate(expression))


async def test_the_language_and_the_theme_are_switched_and_remembered(
    fake_site: Site, visit: Visitor
) -> None:
    page = await visit(f"{fake_site.url}/battle")
    await page.pick("a", "pokemon", "mewtwo")
    await page.page.get_by_role("button", name="Passer en français").click()
    await page.page.get_by_role("button", name="Prédire le combat").wait_for()
    assert await page.page.locator(".fighter--a .fighter__pokemon input").input_value() == "Mewtwo"
    await page.page.get_by_role("button", name="Thème : suit le système").click()
    await page.page.get_by_role("button", name="Thème : clair").click()
    await page.page.locator("body.body--dark").wait_for()
    await page.page.goto(fake_site.url)
    await page.page.locator("body.body--dark").wait_for()
    assert await page.page.evaluate("document.documentElement.lang") == "fr"


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_stays_text(fake_site: Site, visit: Visitor, text: str) -> None:
    page = await visit(fake_site.url)
    await page.page.goto(str(httpx.URL(f"{fake_site.url}/battle", params={"a": text, "b": text, "id": text})))
    problem = page.page.locator(".fighter--a .problem__sentence")
    await problem.wait_for()
    assert text[:60] in await problem.inner_text()
    assert text[:60] in await page.words(".left-out")
    for part in ("pokemon", "moves"):
        box = page.page.locator(f".fighter--b .fighter__{part} input")
        await box.click()
        await box.fill(text)
        await box.press("Escape")
    assert await page.page.evaluate("window.hacked") is None


async def test_every_response_carries_the_security_headers(fake_site: Site) -> None:
    async with httpx.AsyncClient(base_url=fake_site.url) as client:
        for path in ("/", "/battle", "/health/live", "/metrics", "/assets/style.css", "/nothing"):
            headers = (await client.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], path
            assert headers["x-content-type-options"] == "nosniff", path
    async with httpx.AsyncClient(base_url=fake_site.url) as stranger:
        cookie = (await stranger.get("/")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_the_page_needs_nothing_from_another_site(fake_site: Site, visit: Visitor) -> None:
    page = await visit(fake_site.url)
    asked: list[str] = []
    page.page.on("request", lambda request: asked.append(request.url))
    await page.page.goto(f"{fake_site.url}/battle")
    await page.page.locator(".ask").wait_for()
    foreign = {url for url in asked if not url.startswith((fake_site.url, "data:", "ws://127.0.0.1"))}
    assert all(url.endswith(".png") for url in foreign), foreign
