"""The battle page with NiceGUI's simulated browser and a bus without Kafka."""

import pytest
from nicegui import ui

from contracts.battle import BattleRequested, Combatant
from contracts.serving import Refused
from shared.battle.feature_groups import GROUPS
from shared.errors import NotReady, ReplyTimeout
from tests.support.bus import eventually
from tests.support.ui_bus import VERSION
from tests.support.ui_site import FRENCH, Site, put, site
from ui.components.move_matrix import MoveMatrix
from ui.components.search_select import SearchSelect

__all__ = ["site"]

DUEL = "/battle?a=pikachu&move_a=thunderbolt&b=carapuce&move_b=pistolet+a+o"
DUEL_BODY = BattleRequested(
    a=Combatant(pokemon="pikachu", moves=("thunderbolt",)),
    b=Combatant(pokemon="squirtle", moves=("water-gun",)),
    explain=True,
)


def button_state(site: Site) -> str:
    (button,) = site.user.find(marker="ask").elements
    return str(button.props["aria-disabled"])


async def test_a_duel_is_asked_and_its_answer_read(site: Site) -> None:
    await site.open(DUEL)
    site.press()
    await site.see("winner")
    assert site.text("winner") == "Pikachu wins"
    assert float(site.text("probability").rstrip("%")) > 90
    assert site.text("verdict") == "Sure"
    assert site.text("interval").endswith("90% of such intervals hold the true chance")
    assert site.text("recommended") == "Thunderbolt"
    assert site.text("best-reply") == "Water Gun"
    assert site.text("model-version") == VERSION
    ((request_id, body),) = site.bus.asked
    assert body == DUEL_BODY
    assert site.text("request-id") == request_id


async def test_the_answer_says_why(site: Site) -> None:
    await site.open(DUEL)
    site.press()
    await site.see("reasons")
    assert site.text("moves-first") == "Pikachu moves first: Speed 112 against 64."
    shown = site.texts("points")
    assert len(shown) == len(GROUPS)
    assert "0.0" in shown
    assert any(fact.startswith("Thunderbolt takes") for fact in site.texts("fact-a"))
    await site.user.should_see("Damage: Squirtle")
    (matrix,) = site.user.find(kind=MoveMatrix).elements
    assert matrix.props["has-mix"] is False


async def test_without_a_typical_duel_the_facts_stand_alone(site: Site) -> None:
    site.bus.has_reference = False
    await site.open(DUEL)
    site.press()
    await site.see("reasons")
    await site.user.should_see("names no typical duel")
    await site.user.should_see("Thunderbolt takes")
    await site.user.should_not_see(marker="points")


async def test_both_mixes_are_in_the_matrix_once_there_is_a_choice(site: Site) -> None:
    await site.open("/battle?a=pikachu&b=squirtle")
    site.press()
    await site.see("matrix")
    (matrix,) = site.user.find(kind=MoveMatrix).elements
    assert matrix.props["has-mix"] is True
    own = [row["share"] for row in matrix.props["rows"]]
    assert any(share.endswith("%") for share in own)
    assert any(column["share"].endswith("%") for column in matrix.props["columns"])
    await site.user.should_see("if both choose at the same time, Pikachu secures")


async def test_without_moves_all_of_them_are_asked_about_and_shown(site: Site) -> None:
    await site.open()
    site.pick("b-pokemon", "squirtle")
    site.press()
    await site.see("matrix")
    ((_, body),) = site.bus.asked
    assert (body.a, body.b) == (Combatant(pokemon="pikachu"), Combatant(pokemon="squirtle"))
    (matrix,) = site.user.find(kind=MoveMatrix).elements
    pokedex = site.bus.pokedex
    assert pokedex is not None
    assert len(matrix.props["rows"]) == len(pokedex.damaging_moves("pikachu"))
    assert len(matrix.props["columns"]) == len(pokedex.damaging_moves("squirtle"))
    assert matrix.props["rows"][0]["recommended"] is True
    await site.user.should_see("every damaging move it can learn was considered")


async def test_pressing_twice_publishes_once(site: Site) -> None:
    await site.open(DUEL)
    site.bus.gate.clear()
    site.press()
    site.press()
    await eventually(lambda: len(site.bus.asked) > 0, "a question")
    site.press()
    site.bus.gate.set()
    await site.see("winner")
    site.press()
    await site.see("winner")
    assert len(site.bus.asked) == 1


@pytest.mark.parametrize("path", ["/battle", "/battle?id={id}"])
async def test_a_reload_shows_the_answer_and_publishes_nothing(site: Site, path: str) -> None:
    await site.open(DUEL)
    site.press()
    await site.see("winner")
    probability = site.text("probability")
    await site.open(path.format(id=site.bus.asked[0][0]))
    await site.see("winner")
    assert site.text("probability") == probability
    assert len(site.bus.asked) == 1


async def test_a_reload_while_the_question_is_on_its_way_waits_for_its_answer(site: Site) -> None:
    await site.open(DUEL)
    site.bus.gate.clear()
    site.press()
    await eventually(lambda: len(site.bus.asked) == 1, "a question")
    await site.open("/battle")
    await site.user.should_not_see(marker="winner")
    site.bus.gate.set()
    await site.see("winner")
    assert len(site.bus.asked) == 1


async def test_a_timeout_is_said_in_words_and_asking_again_keeps_the_request_id(site: Site) -> None:
    await site.open(DUEL)
    site.bus.failure = ReplyTimeout("late")
    site.press()
    await site.see("failure")
    assert "took too long" in site.text("failure")
    await site.open("/battle")
    await site.see("failure")
    assert len(site.bus.asked) == 1
    site.bus.failure = None
    site.user.find(marker="retry").click()
    await site.see("winner")
    assert [request_id for request_id, _ in site.bus.asked] == [site.bus.asked[0][0]] * 2
    assert site.bus.asked[0] == site.bus.asked[1]


async def test_a_refusal_names_field_value_remedy_and_picks_the_suggestion(site: Site) -> None:
    await site.open(DUEL)
    site.bus.refusal = Refused(
        request_id="",
        field="b.pokemon",
        value="<b>carapuse</b>",
        reason="unknown",
        message="No Pokémon is called carapuse.",
        remedy="Use a name of the list.",
        suggestions=("Wartortle",),
    )
    site.press()
    await site.see("refusal-reason")
    assert site.text("refusal-field") == "The opponent: name"
    assert site.text("refusal-value") == "<b>carapuse</b>"
    assert site.text("refusal-message") == "No Pokémon is called carapuse."
    assert site.text("refusal-remedy") == "Use a name of the list."
    await site.user.should_not_see(marker="retry")
    site.user.find(marker="suggestion").click()
    (select,) = site.user.find(kind=SearchSelect, marker="b-pokemon").elements
    assert select.value == "wartortle"


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


async def test_a_french_page_says_the_remedy_and_the_suggestions_in_french(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open(DUEL)
    site.bus.refusal = Refused(
        request_id="",
        field="b.pokemon",
        value="carapuse",
        reason="unknown",
        message="No Pokémon is called carapuse.",
        remedy="Use a name of the list.",
        suggestions=("Squirtle",),
    )
    site.press()
    await site.see("refusal-reason")
    assert site.text("refusal-remedy") == "Donnez un numéro, ou un nom français ou anglais."
    assert site.texts("suggestion") == ["Carapuce"]
    await site.user.should_see("Message du service (en anglais)")


async def test_a_french_page_says_the_french_of_the_service_where_it_has_some(site: Site) -> None:
    site.user.http_client.headers.update(FRENCH)
    await site.open(DUEL)
    site.bus.refusal = Refused(
        request_id="",
        field="b.pokemon",
        value="carapuse",
        reason="unknown",
        message="No Pokémon is called that.",
        remedy="Use a name of the list.",
        message_fr="Aucun Pokémon ne s’appelle ainsi.",
        remedy_fr="Prenez un nom de la liste.",
    )
    site.press()
    await site.see("refusal-reason")
    assert site.text("refusal-message") == "Aucun Pokémon ne s’appelle ainsi."
    assert site.text("refusal-remedy") == "Prenez un nom de la liste."
    await site.user.should_not_see("(en anglais)")


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


async def test_the_battle_page_waits_for_the_pokedex_and_then_opens(site: Site) -> None:
    pokedex, site.bus.pokedex = site.bus.pokedex, None
    await site.open()
    await site.user.should_see("still being read from Kafka")
    site.bus.pokedex = pokedex
    await site.user.should_see(marker="ask", retries=40)


async def test_what_is_not_ready_is_said_in_words(site: Site) -> None:
    await site.open(DUEL)
    site.bus.failure = NotReady("no")
    site.press()
    await site.see("failure")
    assert "Nothing was sent" in site.text("failure")
