"""The battle page in a real browser on a real broker; feature and inference are stood in for."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED
from tests.support.battle_answerer import answering
from tests.support.browser import Visitor
from tests.support.bus import read_all, settings_for
from tests.support.pokedex_topics import publish_packaged_pokedex
from tests.support.web_app import Site

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(180)]

DUEL = BattleRequested(
    a=Combatant(pokemon="pikachu", moves=("thunderbolt",)),
    b=Combatant(pokemon="squirtle", moves=("water-gun",)),
    explain=True,
)
Asked = list[tuple[str, BattleRequested]]


@pytest.fixture
async def asked(kafka_bootstrap: str) -> AsyncIterator[Asked]:
    settings = settings_for(kafka_bootstrap)
    await publish_packaged_pokedex(settings)
    async with answering(settings) as requests:
        yield requests


@pytest.fixture
def site(kafka_bootstrap: str, tmp_path: Path, asked: Asked) -> Iterator[Site]:
    site = Site(tmp_path / "ui", "ui", {"PDX_KAFKA_BOOTSTRAP": kafka_bootstrap})
    site.start()
    try:
        yield site
    finally:
        site.stop()


async def test_a_battle_is_published_once_and_its_reply_is_shown(
    kafka_bootstrap: str, site: Site, asked: Asked, visit: Visitor
) -> None:
    page = await visit(f"{site.url}/battle", width=390, locale="fr-FR")
    await page.pick("b", "pokemon", "Carapuce")
    await page.pick("a", "moves", "tonnerre")
    await page.pick("b", "moves", "water gun")
    await page.ask()
    assert await page.words(".result__title") == "Pikachu gagne"
    assert await page.probability() > 90
    request_id = await page.words(".result__request code")
    await page.page.reload()
    await page.page.locator(".result").wait_for()
    assert await page.words(".result__request code") == request_id
    assert asked == [(request_id, DUEL)]
    records = await read_all(kafka_bootstrap, BATTLE_REQUESTED.name)
    assert [record.key for record in records].count(request_id.encode()) == 1


async def test_the_web_app_stops_in_time_while_a_page_is_open(site: Site, visit: Visitor) -> None:
    page = await visit(site.url)
    await page.page.locator(".state__item--ready").first.wait_for()
    async with httpx.AsyncClient(base_url=site.url) as client:
        assert "pdx_pending_replies" in (await client.get("/metrics")).text
        ready = (await client.get("/health")).json()
    assert ready["checks"] == {"replies": "ok", "pokedex": "ok", "models": "ok"}
    begin = time.monotonic()
    assert site.stop() == 0
    assert time.monotonic() - begin < 8
    await page.page.close()
    page.problems.clear()  # of course nobody listens any more
