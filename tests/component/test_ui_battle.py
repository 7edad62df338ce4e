"""The battle page with NiceGUI's simulated browser and a bus without Kafka."""

import pytest

from contracts.battle import Combatant
from contracts.serving import Refused
from shared.battle.feature_groups import GROUPS
from shared.errors import NotReady, ReplyTimeout
from tests.support.bus import eventually
from tests.support.ui_bus import VERSION
from tests.support.ui_site import DUEL, DUEL_BODY, FRENCH, Site, site
from ui.components.move_matrix import MoveMatrix
from ui.components.search_select import SearchSelect

__all__ = ["site"]


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
