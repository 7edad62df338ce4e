"""Links to the battle page, and another Pokédex below it, with NiceGUI's simulated browser."""

from urllib.parse import quote

import pytest

from contracts.battle import Combatant
from tests.support.bus import eventually
from tests.support.names import MOVE_SPELLINGS, POKEMON_SPELLINGS
from tests.support.pokedex import with_renamed
from tests.support.ui_site import Site, applied, site
from ui.components.search_select import SearchSelect

__all__ = ["site"]


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


async def test_the_battle_page_offers_the_new_pokedex_and_keeps_the_picks(site: Site) -> None:
    await site.open("/battle?a=pikachu&move_a=thunderbolt&b=squirtle")
    site.bus.pokedex = with_renamed(applied(site), "pikachu", "Sparky")
    await eventually(lambda: "refreshed" in site.text("pokedex-updated"), "the notice")
    (select,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    (moves,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    assert (select.value, moves.value) == ("pikachu", ["thunderbolt"])
    assert dict(select.options)["pikachu"] == "Sparky"


@pytest.mark.parametrize(
    "path", ["/battle?id=%3Cscript%3E", "/battle?a=%00&b=" + "x" * 5000, "/battle?a=&b=", "/battle?a=1"]
)
async def test_nonsense_in_the_link_is_survived(site: Site, path: str) -> None:
    await site.open(path)
    await site.see("ask")
    assert site.bus.asked == []


async def test_a_link_with_an_unknown_name_offers_the_nearest(site: Site) -> None:
    await site.open("/battle?a=pikachoo&b=squirtle&move_a=thunderbolt")
    assert site.texts("problem") == ["No such Pokémon: “pikachoo”."]
    assert "Pikachu" in site.texts("meant")
    assert site.texts("left-out") == ["Thunderbolt: choose its Pokémon first."]
    (select,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    assert (select.value, select.rejected) == (None, "pikachoo")
    site.press()
    await site.see("hint")
    assert site.bus.asked == []


async def test_a_link_says_what_of_it_is_left_out_and_why(site: Site) -> None:
    await site.open("/battle?a=pikachu&move_a=surf&move_a=thunderbolt&move_a=zap&b=squirtle&colour=red&a=mew")
    assert site.texts("left-out") == [
        "“colour=red” in the link means nothing here.",
        "“a=mew” in the link means nothing here.",
        "Pikachu cannot learn Surf.",
        "No such move: “zap”.",
    ]
    site.press()
    await site.see("winner")
    ((_, body),) = site.bus.asked
    assert body.a == Combatant(pokemon="pikachu", moves=("thunderbolt",))
    site.pick("b-pokemon", "mew")
    assert site.texts("left-out") == []


async def test_a_level_in_the_link_is_taken(site: Site) -> None:
    await site.open("/battle?a=pikachu&level_a=7&level_b=100")
    site.press()
    await site.see("winner")
    ((_, body),) = site.bus.asked
    assert (body.a.level, body.b.pokemon, body.b.level) == (7, "eevee", 100)


@pytest.mark.parametrize("level", ["0", "101", "1e9", "9" * 5000])
async def test_a_level_in_the_link_that_is_out_of_range_blocks(site: Site, level: str) -> None:
    await site.open(f"/battle?a=pikachu&level_a={level}")
    assert site.text("problem") == f"“{level[:64]}” is no level: give a whole number from 1 to 100."
    site.press()
    await site.see("hint")
    assert site.bus.asked == []


async def test_a_link_to_a_battle_that_is_not_kept_says_so(site: Site) -> None:
    await site.open("/battle?id=abc")
    assert site.texts("left-out") == ["The battle “abc” is not kept in this browser."]
