"""A refresh asked for on the page of the Pokédex, with NiceGUI's simulated browser."""

import pytest
from nicegui import ui

from contracts.channels import POKEDEX_REFRESH_COMPLETED, POKEDEX_REFRESH_PROGRESSED
from contracts.pokedex import (
    Disagreement,
    PokedexCounts,
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
)
from shared.errors import TransientFailure
from tests.support.bus import eventually
from tests.support.ui_site import FRENCH, Site, put, site

__all__ = ["site"]


def open_panel(site: Site) -> None:
    site.user.find(marker="refresh-open").click()


def start_refresh(site: Site, source: str = "pokeapi") -> None:
    put(site, "refresh-source", source)
    site.user.find(marker="refresh-start").click()


async def refresh_id_of(site: Site) -> str:
    await eventually(lambda: bool(site.bus.refreshed), "a refresh")
    return site.bus.refreshed[-1][0]


def tell_progress(site: Site, refresh_id: str, done: int) -> None:
    record = PokedexRefreshProgressed(
        refresh_id=refresh_id, step="enrich", done=done, total=700, detail="move/absorb"
    )
    site.bus.refreshes.take(POKEDEX_REFRESH_PROGRESSED, refresh_id, record)


def tell_end(site: Site, record: PokedexRefreshCompleted) -> None:
    site.bus.refreshes.take(POKEDEX_REFRESH_COMPLETED, record.refresh_id, record)


async def test_a_refresh_is_asked_for_followed_and_its_result_shown(site: Site) -> None:
    await site.open("/pokedex")
    open_panel(site)
    put(site, "refresh-force", True)
    start_refresh(site)
    refresh_id = await refresh_id_of(site)
    assert site.bus.refreshed == [(refresh_id, PokedexRefreshRequested(source="pokeapi", force=True))]
    await site.user.should_see("Waiting for the ingest service", retries=30)
    tell_progress(site, refresh_id, 70)
    await site.user.should_see("Step 3 of 6: asking the source, 70 of 700 · move/absorb", retries=30)
    (bar,) = site.user.find(kind=ui.linear_progress, marker="refresh-bar").elements
    assert bar.value == pytest.approx(2.1 / 6)
    disagreement = Disagreement(
        entity="move",
        slug="absorb",
        field="pp",
        snapshot="15",
        source="20",
        taken="snapshot",
        rule="no past value for these games",
    )
    tell_end(
        site,
        PokedexRefreshCompleted(
            refresh_id=refresh_id,
            run_id="run",
            source="pokeapi",
            outcome="published",
            counts=PokedexCounts(pokemon=188, moves=223, types=18),
            tables={"pokemon": 188},
            published=7,
            disagreement_count=812,
            disagreements=(disagreement,),
            seconds=61.25,
        ),
    )
    await site.user.should_see("The new Pokédex is published.", retries=30)
    assert (site.text("refresh-published"), site.text("refresh-disagreements")) == ("7", "812")
    (table,) = site.user.find(kind=ui.table, marker="disagreements").elements
    (row,) = table.rows
    assert (row["slug"], row["snapshot"], row["source"], row["taken"]) == ("absorb", "15", "20", "packaged")
    await site.user.should_see("The first 1 of 812.")


async def test_a_page_that_comes_back_follows_the_refresh_without_asking_again(site: Site) -> None:
    await site.open("/pokedex")
    open_panel(site)
    start_refresh(site)
    refresh_id = await refresh_id_of(site)
    await site.open("/pokedex")
    await site.user.should_see("Waiting for the ingest service", retries=30)
    tell_progress(site, refresh_id, 7)
    await site.user.should_see("7 of 700", retries=30)
    assert len(site.bus.refreshed) == 1
    site.user.find(marker="refresh-forget").click()
    await site.user.should_not_see(marker="refresh-forget", retries=30)


async def test_pressing_twice_asks_for_one_refresh(site: Site) -> None:
    await site.open("/pokedex")
    open_panel(site)
    site.bus.gate.clear()
    start_refresh(site)
    start_refresh(site, "pokepedia")
    refresh_id = await refresh_id_of(site)
    site.bus.gate.set()
    await site.user.should_see("Waiting for the ingest service", retries=30)
    assert [asked for asked, _ in site.bus.refreshed] == [refresh_id]


async def test_a_refresh_that_could_not_be_sent_is_sent_again_under_its_id(site: Site) -> None:
    await site.open("/pokedex")
    open_panel(site)
    site.bus.refresh_failure = TransientFailure("broker away")
    start_refresh(site)
    await site.user.should_see("could not be written to Kafka", retries=30)
    site.bus.refresh_failure = None
    site.user.find(marker="refresh-again").click()
    await site.user.should_see("Waiting for the ingest service", retries=30)
    first, second = site.bus.refreshed
    assert first == second


async def test_a_failed_refresh_names_its_step_and_what_is_wrong(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open("/pokedex")
    open_panel(site)
    start_refresh(site, "snapshot")
    refresh_id = await refresh_id_of(site)
    tell_end(
        site,
        PokedexRefreshCompleted(
            refresh_id=refresh_id,
            run_id="run",
            source="snapshot",
            outcome="failed",
            failed_step="load",
            problems=("moves.csv:7: power=abc is no number",),
        ),
    )
    await site.user.should_see(
        "L’actualisation a échoué à l’étape « chargement des tables fournies »", retries=30
    )
    assert site.text("problem") == "moves.csv:7: power=abc is no number"


async def test_a_refresh_asked_for_elsewhere_is_shown_and_blocks_nothing(site: Site) -> None:
    await site.open("/pokedex")
    open_panel(site)
    tell_progress(site, "cli-1", 350)
    await site.user.should_see("A refresh asked for elsewhere is running.", retries=30)
    start_refresh(site, "snapshot")
    assert (await refresh_id_of(site)).startswith("ui-")
