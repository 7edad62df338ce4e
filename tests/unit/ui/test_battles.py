import asyncio
from typing import Any

import msgspec
import pytest

from contracts.battle import BattleRequested, Combatant
from contracts.serving import Predicted, Refused
from shared.errors import CallFailed, ReplyTimeout
from ui.battles import MAXIMUM_KEPT, AskedBattle, Battles, Shelf, choose_battle

BODY = BattleRequested(a=Combatant(pokemon="pikachu"), b=Combatant(pokemon="squirtle", moves=("water-gun",)))
OTHER = BattleRequested(a=Combatant(pokemon="pikachu", level=51), b=BODY.b)


def make_reply(version: str = "v1", request_id: str = "id-1") -> Predicted:
    return Predicted(
        request_id=request_id,
        family="battle",
        model_version=version,
        feature_set="battle-1",
        pokedex_hash="0" * 64,
        answer=msgspec.Raw(b'{"winner":"a"}'),
    )


def make_refusal(*, retryable: bool) -> Refused:
    return Refused(
        request_id="id-1",
        field="a.pokemon",
        value="pikachoo",
        reason="unavailable" if retryable else "unknown",
        message="no",
        remedy="do",
        retryable=retryable,
    )


def make_battle(**values: Any) -> AskedBattle:
    return msgspec.structs.replace(AskedBattle(request_id="id-1", body=BODY), **values)


class GatedBus:
    """Answers when the gate is open; counts what was published."""

    def __init__(self, outcome: Predicted | Refused | CallFailed) -> None:
        self.outcome = outcome
        self.published: list[tuple[str, BattleRequested]] = []
        self.gate = asyncio.Event()

    async def ask_battle(self, body: BattleRequested, request_id: str) -> Predicted | Refused:
        self.published.append((request_id, body))
        await self.gate.wait()
        if isinstance(self.outcome, CallFailed):
            raise self.outcome
        return self.outcome


@pytest.mark.parametrize(
    "latest",
    [
        make_battle(),
        make_battle(reply=make_reply()),
        make_battle(failure="ReplyTimeout"),
        make_battle(reply=make_refusal(retryable=True)),
        make_battle(reply=make_refusal(retryable=False)),
    ],
    ids=["on its way", "answered", "failed", "refused for now", "refused"],
)
def test_the_same_body_is_the_same_battle(latest: AskedBattle) -> None:
    assert choose_battle(BODY, latest, "v1") is latest


def test_another_body_is_a_new_battle() -> None:
    battle = choose_battle(OTHER, make_battle(), "v1")
    assert battle.request_id != "id-1"
    assert battle.body == OTHER


def test_an_answer_of_an_earlier_champion_is_asked_anew() -> None:
    battle = choose_battle(BODY, make_battle(reply=make_reply("v1")), "v2")
    assert battle.request_id != "id-1"
    assert battle.reply is None


def test_a_battle_that_was_kept_is_found_as_it_was() -> None:
    storage: dict[str, Any] = {}
    battle = make_battle(reply=make_reply())
    Shelf(storage).keep(battle)
    assert Shelf(storage).find("id-1") == battle
    assert Shelf(storage).latest() == battle


def test_the_shelf_is_bounded_and_keeps_the_latest() -> None:
    shelf = Shelf({})
    for number in range(MAXIMUM_KEPT + 2):
        shelf.keep(make_battle(request_id=f"id-{number}"))
    assert shelf.find("id-0") is None
    assert shelf.find("id-1") is None
    assert shelf.find("id-2") is not None
    latest = shelf.latest()
    assert latest is not None
    assert latest.request_id == f"id-{MAXIMUM_KEPT + 1}"


@pytest.mark.parametrize("kept", ["not JSON", '{"request_id":1}', "{}"])
def test_what_another_version_kept_is_ignored(kept: str) -> None:
    shelf = Shelf({"battles": {"id-1": kept}, "draft": kept})
    assert shelf.find("id-1") is None
    assert shelf.latest() is None
    assert shelf.draft() is None


async def test_a_battle_is_kept_before_it_is_published() -> None:
    bus, shelf = GatedBus(make_reply()), Shelf({})
    battles = Battles(bus)
    asking = asyncio.create_task(battles.ask(make_battle(), shelf))
    await asyncio.sleep(0)
    assert bus.published == [] or shelf.find("id-1") is not None
    await asyncio.sleep(0)
    assert shelf.find("id-1") == make_battle()
    bus.gate.set()
    assert (await asking).reply == make_reply()
    assert shelf.find("id-1") == make_battle(reply=make_reply())


async def test_two_pages_that_look_at_one_battle_publish_it_once() -> None:
    bus, shelf = GatedBus(make_reply()), Shelf({})
    battles = Battles(bus)
    pages = [asyncio.create_task(battles.ask(make_battle(), shelf)) for _ in range(5)]
    await asyncio.sleep(0)
    bus.gate.set()
    outcomes = await asyncio.gather(*pages)
    assert [outcome.reply for outcome in outcomes] == [make_reply()] * 5
    assert len(bus.published) == 1


async def test_a_page_that_goes_away_does_not_take_the_question_with_it() -> None:
    bus, shelf = GatedBus(make_reply()), Shelf({})
    battles = Battles(bus)
    page = asyncio.create_task(battles.ask(make_battle(), shelf))
    await asyncio.sleep(0)
    page.cancel()
    with pytest.raises(asyncio.CancelledError):
        await page
    bus.gate.set()
    await battles.stop()
    assert shelf.find("id-1") == make_battle(reply=make_reply())


async def test_an_answer_that_came_while_a_page_was_loading_is_found() -> None:
    bus, shelf = GatedBus(make_reply()), Shelf({})
    shelf.keep(make_battle(reply=make_reply()))
    assert await Battles(bus).ask(make_battle(), shelf) == make_battle(reply=make_reply())
    assert bus.published == []


async def test_an_answered_battle_is_not_published_again() -> None:
    bus = GatedBus(make_reply())
    answered = make_battle(reply=make_reply())
    assert await Battles(bus).ask(answered, Shelf({})) == answered
    assert bus.published == []


@pytest.mark.parametrize(
    "earlier",
    [make_battle(failure="ReplyTimeout"), make_battle(reply=make_refusal(retryable=True))],
    ids=["failed", "refused for now"],
)
async def test_asking_again_repeats_the_same_id_and_body(earlier: AskedBattle) -> None:
    bus = GatedBus(make_reply())
    bus.gate.set()
    outcome = await Battles(bus).ask(earlier, Shelf({}))
    assert bus.published == [("id-1", BODY)]
    assert outcome == make_battle(reply=make_reply())


async def test_a_failed_call_is_an_outcome_by_name() -> None:
    bus, shelf = GatedBus(ReplyTimeout("late")), Shelf({})
    bus.gate.set()
    outcome = await Battles(bus).ask(make_battle(), shelf)
    assert outcome == make_battle(failure="ReplyTimeout")
    assert shelf.find("id-1") == outcome
