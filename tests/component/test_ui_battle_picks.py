"""What is picked on the battle page: levels, names, moves, sides."""

import pytest
from nicegui import ui

from contracts.battle import BattleRequested
from tests.support.bus import eventually
from tests.support.ui_site import DUEL, DUEL_BODY, FRENCH, Site, put, site
from ui.components.search_select import SearchSelect

__all__ = ["site"]


def button_state(site: Site) -> str:
    (button,) = site.user.find(marker="ask").elements
    return str(button.props["aria-disabled"])


async def test_nothing_is_published_while_a_side_is_missing(site: Site) -> None:
    await site.open()
    site.pick("a-pokemon", None)
    site.press()
    await site.user.should_see("Choose a Pokémon on both sides.")
    assert site.bus.asked == []


@pytest.mark.parametrize("level", ["0", "101", "-5", "1e9", "many", ""])
async def test_nothing_is_published_while_a_level_is_out_of_range(site: Site, level: str) -> None:
    await site.open(DUEL)
    put(site, "a-level", level)
    shown = site.text("problem")
    assert "a whole number from 1 to 100" in shown
    assert f"“{level}”" in shown or not level
    assert button_state(site) == "true"
    site.press()
    await eventually(lambda: site.texts("hint") == [shown], "the same sentence above the button")
    assert site.bus.asked == []
    put(site, "a-level", "7")
    assert site.texts("problem") + site.texts("hint") == []
    assert button_state(site) == "false"
    site.press()
    await site.see("winner")
    ((_, body),) = site.bus.asked
    assert body.a.level == 7


async def test_the_arrow_keys_count_within_the_range(site: Site) -> None:
    await site.open()
    put(site, "b-level", "99")
    level = site.user.find(marker="b-level")
    for key, shown in (("up", "100"), ("up", "100"), ("down", "99")):
        level.trigger(f"keydown.{key}.prevent")
        (element,) = level.elements
        assert getattr(element, "value", None) == shown


async def test_a_name_that_is_nobodys_stays_with_the_nearest_and_blocks(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open(DUEL)
    site.type("b-pokemon", "carapusse")
    assert site.text("problem") == "Aucun Pokémon ne s’appelle « carapusse »."
    (select,) = site.user.find(kind=SearchSelect, marker="b-pokemon").elements
    assert (select.value, select.rejected, select.props["error"]) == (None, "carapusse", True)
    site.press()
    await site.see("hint")
    assert site.bus.asked == []
    site.user.find(content="Carapuce", marker="meant", kind=ui.button).click()
    await eventually(lambda: select.value == "squirtle", "the name that was meant")
    assert (select.rejected, select.props["error"]) == ("", False)
    site.press()
    await site.see("winner")
    ((_, body),) = site.bus.asked
    assert body == DUEL_BODY


async def test_a_name_left_in_the_box_is_taken_by_every_spelling(site: Site) -> None:
    await site.open()
    site.type("b-pokemon", " MEWTOU ")
    assert site.texts("problem") == ["No such Pokémon: “MEWTOU”."]
    site.type("b-pokemon", "raichu d'alola")
    (select,) = site.user.find(kind=SearchSelect, marker="b-pokemon").elements
    assert select.value == "raichu-alola"
    assert site.texts("problem") == []
    site.type("b-pokemon", "")
    assert select.value is None


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("thunderbold", "No such move: “thunderbold”."),
        ("surf", "Pikachu cannot learn Surf."),
        ("growl", "Growl is a status move: it is not scored in a duel."),
        ("tonnerre", "Thunderbolt is chosen already."),
    ],
)
async def test_a_move_that_cannot_be_added_stays_with_the_reason_and_blocks(
    site: Site, name: str, sentence: str
) -> None:
    await site.open(DUEL)
    site.type("a-moves", name)
    assert site.texts("problem") == [sentence]
    (select,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    assert (select.value, select.rejected) == (["thunderbolt"], name)
    site.press()
    await site.see("hint")
    assert site.bus.asked == []
    site.type("a-moves", "vive-attaque")
    assert select.value == ["thunderbolt", "quick-attack"]
    assert site.texts("problem") == []


async def test_a_swap_with_a_side_that_is_wrong_says_so(site: Site) -> None:
    await site.open(DUEL)
    site.type("a-pokemon", "pikachuu")
    site.user.find(marker="swap").click()
    await eventually(lambda: site.texts("hint") == ["No such Pokémon: “pikachuu”."], "why not")


async def test_another_pokemon_keeps_only_the_moves_it_learns(site: Site) -> None:
    await site.open()
    site.pick("a-moves", ["thunderbolt", "quick-attack"])
    site.pick("a-pokemon", "eevee")
    assert site.texts("problem") == ["Eevee cannot learn Thunderbolt."]
    (moves,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    assert moves.value == ["quick-attack"]


async def test_swapping_sides_swaps_the_question(site: Site) -> None:
    await site.open(DUEL)
    site.user.find(marker="swap").click()
    site.press()
    await site.see("winner")
    assert site.text("winner") == "Pikachu wins"
    ((_, body),) = site.bus.asked
    assert body == BattleRequested(a=DUEL_BODY.b, b=DUEL_BODY.a, explain=True)


async def test_picks_survive_a_reload(site: Site) -> None:
    await site.open()
    site.pick("a-pokemon", "mewtwo")
    await site.open()
    (select,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    assert select.value == "mewtwo"


async def test_the_choices_are_drawn_anew_only_when_they_change(site: Site) -> None:
    await site.open()
    (pokemon,) = site.user.find(kind=SearchSelect, marker="a-pokemon").elements
    (moves,) = site.user.find(kind=SearchSelect, marker="a-moves").elements
    offered, none = pokemon.props["options"], moves.props["options"]
    site.pick("a-pokemon", "mewtwo")
    put(site, "a-level", "7")
    assert pokemon.props["options"] is offered
    assert len(moves.props["options"]) > len(none)
