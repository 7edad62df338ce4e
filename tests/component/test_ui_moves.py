"""The list of moves and the page of one, with NiceGUI's simulated browser."""

from urllib.parse import quote

import pytest

from tests.support.names import MOVE_SPELLINGS
from tests.support.ui_site import Site, addresses, applied, cards, put, rows, site
from ui.components.pokemon_grid import PokemonGrid

__all__ = ["site"]


@pytest.mark.parametrize(("text", "slug"), MOVE_SPELLINGS)
async def test_every_spelling_finds_its_move(site: Site, text: str, slug: str) -> None:
    await site.open(f"/moves/{quote(text)}")
    assert site.text("move-name") == applied(site).moves_by_slug[slug].name_en
    await site.open(f"/moves?search={quote(text)}")
    assert next(iter(rows(site))) == slug


async def test_an_unknown_move_is_told_with_the_nearest(site: Site) -> None:
    await site.open_missing("/moves/thunderbold")
    assert "/moves/thunderbolt" in addresses(site, "nearest")


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
