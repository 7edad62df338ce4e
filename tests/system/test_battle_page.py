"""A visitor of the web app, on the whole stack with its first model."""

import pytest
from playwright.async_api import expect

from contracts.channels import BATTLE_REQUESTED
from services.embedded.layout import DataDirectory
from services.embedded.stack import Stack
from tests.support.browser import Visitor, chromium, visit
from tests.support.bus import read_all
from tests.support.local_stack import FIRST_UP_SECONDS, LocalStack

__all__ = ["chromium", "visit"]

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(FIRST_UP_SECONDS + 120)]


@pytest.mark.parametrize(
    ("width", "locale", "title"),
    [
        (1280, "en-US", "Pikachu wins"),
        (390, "en-US", "Pikachu wins"),
        (1280, "fr-FR", "Pikachu gagne"),
        (390, "fr-FR", "Pikachu gagne"),
    ],
)
async def test_one_battle_is_played_and_its_answer_read(
    running_stack: LocalStack, visit: Visitor, width: int, locale: str, title: str
) -> None:
    page = await visit(f"{running_stack.address_of('ui')}/battle", width=width, locale=locale)
    await page.pick("b", "pokemon", "Carapuce")
    await page.pick("a", "moves", "thunderbolt")
    await page.pick("b", "moves", "pistolet a o")
    await page.ask()
    assert await page.words(".result__title") == title
    assert await page.probability() > 90
    assert await page.words(".result__origin code >> nth=0")
    assert await page.overflow() <= 0

    request_id = await page.words(".result__request code")
    await page.page.reload()
    await expect(page.page.locator(".result__request code")).to_have_text(request_id)
    bootstrap = Stack.load(DataDirectory(running_stack.data)).kafka_bootstrap
    records = await read_all(bootstrap, BATTLE_REQUESTED.name)
    assert [record.key for record in records].count(request_id.encode()) == 1


async def test_ghosts_are_immune_and_the_page_says_so(running_stack: LocalStack, visit: Visitor) -> None:
    url = f"{running_stack.address_of('ui')}/battle?a=racaillou&move_a=charge&b=gastly&move_b=lick"
    page = await visit(url)
    await page.ask()
    assert await page.words(".result__title") == "Gastly wins"
    assert await page.probability() > 99


async def test_the_home_page_shows_the_whole_stack_ready(running_stack: LocalStack, visit: Visitor) -> None:
    page = await visit(running_stack.address_of("ui"))
    await expect(page.page.locator(".state__item--ready")).to_have_count(3)
    assert await page.page.locator(".measures__item").count() > 0
