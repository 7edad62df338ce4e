"""A refresh asked for on a page, run by ingest on a real broker and database, and seen on another page."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.channels import POKEDEX_REFRESH_REQUESTED
from services.ingest.app import create_app
from services.ingest.snapshot import PACKAGED
from tests.support.asgi import running
from tests.support.browser import Visitor
from tests.support.bus import read_all, settings_for, skip_what_others_left
from tests.support.ingest import rewrite
from tests.support.pokedex_topics import empty_pokedex_topics
from tests.support.web_app import Site

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(120)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the packaged snapshot that the test changes."""
    shutil.copytree(str(PACKAGED), tmp_path / "snapshot")
    return tmp_path / "snapshot"


@pytest.fixture
async def site(kafka_bootstrap: str, database_url: str, folder: Path, tmp_path: Path) -> AsyncIterator[Site]:
    settings = settings_for(kafka_bootstrap, database_url=database_url, snapshot_dir=folder)
    await empty_pokedex_topics(settings)
    await skip_what_others_left(settings, "ingest", POKEDEX_REFRESH_REQUESTED)
    site = Site(tmp_path / "ui", "ui", {"PDX_KAFKA_BOOTSTRAP": kafka_bootstrap})
    async with running(create_app(settings)):
        site.start()
        try:
            yield site
        finally:
            site.stop()


async def test_a_correction_is_published_on_request_and_seen_on_an_open_page(
    kafka_bootstrap: str, site: Site, folder: Path, visit: Visitor
) -> None:
    before = len(await read_all(kafka_bootstrap, POKEDEX_REFRESH_REQUESTED.name))
    watching = await visit(f"{site.url}/moves/tackle")
    await watching.page.get_by_role("heading", name="Tackle", exact=True).wait_for()
    rewrite(folder, "moves.csv", "33,tackle,Tackle,", "33,tackle,Corrected Tackle,")

    page = await visit(f"{site.url}/pokedex", locale="fr-FR")
    await page.page.get_by_role("button", name="Actualiser les données").click()
    await page.page.get_by_role("button", name="Lancer l’actualisation").click()
    await page.page.get_by_text("Le nouveau Pokédex est publié.").wait_for()
    published = page.page.locator(".refresh__facts .measures__item", has_text="Fiches publiées")
    assert (await published.inner_text()).startswith("1\n")

    await watching.page.get_by_role("heading", name="Corrected Tackle").wait_for()
    assert len(await read_all(kafka_bootstrap, POKEDEX_REFRESH_REQUESTED.name)) == before + 1
