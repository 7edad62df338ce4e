"""The pages of the Pokédex with NiceGUI's simulated browser."""

import re
from typing import Any
from urllib.parse import quote

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
from shared.pokedex import Pokedex
from tests.support.bus import eventually
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import with_renamed
from tests.support.ui_site import Site, site
from ui.components.move_table import MoveTable
from ui.components.pokemon_grid import PokemonGrid
from ui.components.search_select import SearchSelect
from ui.components.type_chart import TypeChart

__all__ = ["site"]

FRENCH = {"accept-language": "fr"}


def cards(site: Site, marker: str = "grid") -> list[str]:
    (grid,) = site.user.find(kind=PokemonGrid, marker=marker).elements
    return [card["slug"] for card in grid.props["cards"]]


def rows(site: Site) -> dict[str, dict[str, Any]]:
    (table,) = site.user.find(kind=MoveTable, marker="moves").elements
    return {row["slug"]: row for row in table.props["rows"]}


def put(site: Site, marker: str, value: object) -> None:
    (element,) = site.user.find(marker=marker).elements
    with site.user:
        element.value = value  # type: ignore[attr-defined]


def addresses(site: Site, marker: str) -> set[str]:
    return {str(link.props["href"]) for link in site.user.find(marker=marker).elements}


def applied(site: Site) -> Pokedex:
    assert site.bus.pokedex is not None
    return site.bus.pokedex


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


@pytest.mark.parametrize(("text", "slug"), POKEMON_SPELLINGS)
async def test_every_spelling_finds_its_pokemon(site: Site, text: str, slug: str) -> None:
    response = await site.user.http_client.get(f"/pokedex/{quote(text)}")
    if text == slug:
        assert response.status_code == 200
    else:
        assert response.status_code == 307
        assert response.headers["location"] == f"/pokedex/{slug}"
    await site.open(f"/pokedex/{quote(text)}")
    assert site.text("pokemon-name") == applied(site).pokemon_by_slug[slug].name_en
    await site.open(f"/pokedex?search={quote(text)}")
    assert cards(site)[0] == slug


@pytest.mark.parametrize(("text", "slug"), MOVE_SPELLINGS)
async def test_every_spelling_finds_its_move(site: Site, text: str, slug: str) -> None:
    await site.open(f"/moves/{quote(text)}")
    assert site.text("move-name") == applied(site).moves_by_slug[slug].name_en
    await site.open(f"/moves?search={quote(text)}")
    assert next(iter(rows(site))) == slug


@pytest.mark.parametrize(("text", "slug"), POKEMON_SPELLINGS)
async def test_a_link_to_the_battle_page_takes_every_spelling(site: Site, text: str, slug: str) -> None:
    await site.open(f"/battle?a={quote(text)}")
    (select,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    assert select.value == slug
    (other,) = site.user.find(kind=SearchSelect, marker="b-pokemon").elements
    assert other.value == "eevee"


@pytest.mark.parametrize("text", [text for text, _ in MOVE_SPELLINGS])
async def test_a_link_to_the_battle_page_takes_every_spelling_of_a_move(site: Site, text: str) -> None:
    await site.open(f"/battle?a=pikachu&move_a={quote(text)}")
    (moves,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    assert moves.value == ["quick-attack"]


async def test_a_pokemon_shows_stats_weaknesses_evolution_and_forms(site: Site) -> None:
    await site.open("/pokedex/charizard")
    await site.user.should_see("534")
    for multiplier, types in (
        ("4", {"Rock"}),
        ("2", {"Water", "Electric"}),
        ("0.25", {"Bug", "Grass"}),
        ("0", {"Ground"}),
    ):
        (group,) = site.user.find(marker=f"multiplier-{multiplier}").elements
        assert {badge.text for badge in group.default_slot.children} == types  # type: ignore[attr-defined]
    groups = [
        site.user.find(marker=f"multiplier-{multiplier}").elements.pop()
        for multiplier in ("4", "2", "1", "0.5", "0.25", "0")
    ]
    assert sum(len(group.default_slot.children) for group in groups) == 18
    assert site.text("how-charmander") == "First stage"
    assert site.text("how-charmeleon") == "Level 16"
    assert site.text("how-charizard") == "Level 36"
    assert cards(site, "forms") == ["charizard-mega-x", "charizard-mega-y"]
    assert addresses(site, "battle-with") == {"/battle?a=charizard"}


async def test_a_pokemon_that_stands_alone_is_said_to(site: Site) -> None:
    await site.open("/pokedex/tauros")
    assert site.text("no-evolution") == "Tauros neither evolves nor comes from another Pokémon."


async def test_the_moves_of_a_pokemon_say_everything(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open("/pokedex/pikachu")
    learned = {one.move for one in applied(site).pokemon_by_slug["pikachu"].learnset}
    assert set(rows(site)) == learned
    row = rows(site)["quick-attack"]
    shown = {key: cell["text"] for key, cell in row["cells"].items()}
    assert shown == {
        "name": "Vive-Attaque",
        "ways": "Niveau 6",
        "type": "Normal",
        "category": "Physique",
        "power": "40",
        "accuracy": "100\u202f%",
        "pp": "30",
        "priority": "Rapide (+1)",
        "effect": "Dégâts",
    }
    assert row["description"] == applied(site).moves_by_slug["quick-attack"].description
    assert row["href"] == "/moves/quick-attack"


async def test_the_moves_of_a_pokemon_are_narrowed_by_type_category_and_method(site: Site) -> None:
    await site.open("/pokedex/charizard?method=tm&category=special")
    every = len(rows(site))
    put(site, "type", "fire")
    assert set(rows(site)) == {"flamethrower", "fire-blast"}
    assert every > 2
    put(site, "method", "level")
    assert all("Level" in row["cells"]["ways"]["text"] for row in rows(site).values())
    put(site, "category", "status")
    await site.see("nothing")


async def test_filters_survive_the_way_to_the_one_address_of_a_pokemon(site: Site) -> None:
    response = await site.user.http_client.get("/pokedex/Dracaufeu?method=tm")
    assert response.headers["location"] == "/pokedex/charizard?method=tm"


@pytest.mark.parametrize("path", ["/pokedex/", "/moves/"])
async def test_no_name_leads_to_the_list(site: Site, path: str) -> None:
    response = await site.user.http_client.get(path)
    assert response.headers["location"] == path.rstrip("/")


async def test_an_unknown_pokemon_is_told_with_the_nearest(site: Site) -> None:
    await site.open_missing("/pokedex/pikachoo")
    assert site.text("unknown") == "No Pokémon is called “pikachoo”."
    assert "/pokedex/pikachu" in addresses(site, "nearest")
    site.user.http_client.headers.update(FRENCH)
    await site.open_missing("/pokedex/carapusse")
    assert "Carapuce" in {link.text for link in site.user.find(kind=ui.link, marker="nearest").elements}


async def test_an_unknown_move_is_told_with_the_nearest(site: Site) -> None:
    await site.open_missing("/moves/thunderbold")
    assert "/moves/thunderbolt" in addresses(site, "nearest")


@pytest.mark.parametrize("path", ["/pokedex/%00", "/moves/a/b", "/pokedex/" + "x" * 4000, "/moves/%3Cb%3E"])
async def test_nonsense_in_the_address_is_survived(site: Site, path: str) -> None:
    await site.open_missing(path)
    await site.see("unknown")


async def test_a_move_that_was_left_out_says_why(site: Site) -> None:
    await site.open_missing("/moves/Pika%20Papow")
    assert site.text("unknown") == "Pika Papow is left out."
    assert "partner" in site.text("explanation")
    await site.open("/moves")
    listed = {element.text for element in site.user.find(marker="left-out").elements}  # type: ignore[attr-defined]
    assert listed == {"Celebrate", "Pika Papow", "Veevee Volley"}


async def test_all_moves_are_listed_and_narrowed(site: Site) -> None:
    await site.open("/moves")
    assert list(rows(site)) == [move.slug for move in applied(site).moves]
    put(site, "type", "water")
    put(site, "category", "special")
    put(site, "tm", "yes")
    assert list(rows(site)) == ["surf", "scald"]
    put(site, "effect-class", "damage+ailment")
    assert list(rows(site)) == ["scald"]
    put(site, "search", "zzzz")
    await site.see("nothing")


async def test_a_move_tells_everything_and_who_learns_it(site: Site) -> None:
    await site.open("/moves/quick-attack")
    for words in ("Physical", "40", "100%", "30", "Quick (+1)", "Damage"):
        await site.user.should_see(words)
    move = applied(site).moves_by_slug["quick-attack"]
    assert site.text("description") == move.description
    expected = [
        record.slug for record in applied(site).pokemon if applied(site).can_learn(record.slug, move.slug)
    ]
    assert cards(site) == expected
    (grid,) = site.user.find(kind=PokemonGrid, marker="grid").elements
    notes = {card["slug"]: card["note"] for card in grid.props["cards"]}
    assert notes["pikachu"] == "Level 6"


async def test_the_chart_has_every_type_against_every_type(site: Site) -> None:
    await site.open("/types")
    (chart,) = site.user.find(kind=TypeChart, marker="chart").elements
    cells = [cell["text"] for row in chart.props["rows"] for cell in row["cells"]]
    assert {text: cells.count(text) for text in set(cells)} == {"1": 204, "½": 61, "2": 51, "0": 8}
    fire = next(row for row in chart.props["rows"] if row["slug"] == "fire")
    assert next(cell for cell in fire["cells"] if cell["slug"] == "grass")["title"] == (
        "Fire against Grass: super effective"
    )


async def test_two_types_are_weighed_together(site: Site) -> None:
    await site.open("/types?against=feu,vol")
    (group,) = site.user.find(marker="multiplier-4").elements
    assert [badge.text for badge in group.default_slot.children] == ["Rock"]  # type: ignore[attr-defined]
    put(site, "second-type", "")
    await site.user.should_not_see(marker="multiplier-4")


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


async def test_the_battle_page_offers_the_new_pokedex_and_keeps_the_picks(site: Site) -> None:
    await site.open("/battle?a=pikachu&move_a=thunderbolt&b=squirtle")
    site.bus.pokedex = with_renamed(applied(site), "pikachu", "Sparky")
    await eventually(lambda: "refreshed" in site.text("pokedex-updated"), "the notice")
    (select,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    (moves,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    assert (select.value, moves.value) == ("pikachu", ["thunderbolt"])
    assert dict(select.options)["pikachu"] == "Sparky"


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
