import asyncio

import pytest

from contracts.channels import POKEDEX_REFRESH_COMPLETED, POKEDEX_REFRESH_PROGRESSED
from contracts.pokedex import (
    PokedexRefreshCompleted,
    PokedexRefreshProgressed,
    PokedexRefreshRequested,
)
from shared.errors import TransientFailure
from tests.support.bus import eventually
from ui.components.refresh_panel import fraction_done, progress_words
from ui.refreshes import (
    MAXIMUM_FOLLOWED,
    AskedRefresh,
    RefreshBoard,
    Refreshes,
    RefreshSlot,
    RefreshState,
    choose_refresh,
)

BODY = PokedexRefreshRequested(source="pokeapi")
OTHER = PokedexRefreshRequested(source="snapshot", force=True)


def progressed(refresh_id: str, done: int = 1) -> PokedexRefreshProgressed:
    return PokedexRefreshProgressed(refresh_id=refresh_id, step="enrich", done=done, total=4)


def completed(refresh_id: str) -> PokedexRefreshCompleted:
    return PokedexRefreshCompleted(refresh_id=refresh_id, run_id="run", source="pokeapi", outcome="unchanged")


class Publisher:
    def __init__(self) -> None:
        self.published: list[tuple[str, PokedexRefreshRequested]] = []
        self.gate = asyncio.Event()
        self.failure: TransientFailure | None = None

    async def request_refresh(self, body: PokedexRefreshRequested, refresh_id: str) -> None:
        self.published.append((refresh_id, body))
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure


def test_a_refresh_that_has_not_ended_is_asked_for_again_as_it_is() -> None:
    kept = AskedRefresh(refresh_id="mine", body=BODY)
    assert choose_refresh(OTHER, kept, None) is kept
    going = RefreshState(refresh_id="mine", progressed=progressed("mine"))
    assert choose_refresh(OTHER, kept, going) is kept


def test_after_its_end_there_is_a_new_refresh_with_an_id_of_its_own() -> None:
    kept = AskedRefresh(refresh_id="mine", body=BODY, is_sent=True)
    over = RefreshState(refresh_id="mine", completed=completed("mine"))
    new = choose_refresh(OTHER, kept, over)
    assert new.body == OTHER
    assert new.refresh_id != "mine"
    assert new.is_sent is None
    assert choose_refresh(BODY, None, None).refresh_id != new.refresh_id


def test_the_board_holds_the_latest_word_of_each_refresh() -> None:
    board = RefreshBoard()
    assert board.latest() is None
    board.take(POKEDEX_REFRESH_PROGRESSED, "one", progressed("one", 1))
    board.take(POKEDEX_REFRESH_PROGRESSED, "two", progressed("two"))
    board.take(POKEDEX_REFRESH_PROGRESSED, "one", progressed("one", 3))
    board.take(POKEDEX_REFRESH_COMPLETED, "two", completed("two"))
    one, two = board.state("one"), board.state("two")
    assert one == RefreshState(refresh_id="one", progressed=progressed("one", 3))
    assert two == RefreshState(refresh_id="two", progressed=progressed("two"), completed=completed("two"))
    assert board.latest() == one, "which has not ended"
    assert board.state("three") is None


def test_a_progress_read_after_the_end_does_not_undo_it() -> None:
    board = RefreshBoard()
    board.take(POKEDEX_REFRESH_COMPLETED, "one", completed("one"))
    board.take(POKEDEX_REFRESH_PROGRESSED, "one", progressed("one"))
    state = board.state("one")
    assert state is not None
    assert state.completed == completed("one")


def test_of_many_refreshes_the_latest_are_over_whichever_topic_is_read_first() -> None:
    ids = [str(number) for number in range(2 * MAXIMUM_FOLLOWED)]
    ends = [(POKEDEX_REFRESH_COMPLETED, one, completed(one)) for one in ids]
    ways = [(POKEDEX_REFRESH_PROGRESSED, one, progressed(one, done)) for one in ids for done in (1, 4)]
    for replayed in ([*ends, *ways], [*ways, *ends]):
        board = RefreshBoard()
        for record in replayed:
            board.take(*record)
        for one in ids[-MAXIMUM_FOLLOWED:]:
            state = RefreshState(refresh_id=one, progressed=progressed(one, 4), completed=completed(one))
            assert board.state(one) == state
        assert board.latest() == board.state(ids[-1])
        assert board.state(ids[0]) is None


def test_a_refresh_that_ended_without_progress_is_the_latest_when_there_is_no_other() -> None:
    board = RefreshBoard()
    board.take(POKEDEX_REFRESH_COMPLETED, "one", completed("one"))
    board.take(POKEDEX_REFRESH_COMPLETED, "two", completed("two"))
    assert board.latest() == RefreshState(refresh_id="two", completed=completed("two"))


def test_the_board_is_bounded_and_forgets_the_oldest() -> None:
    board = RefreshBoard()
    for number in range(MAXIMUM_FOLLOWED + 1):
        board.take(POKEDEX_REFRESH_PROGRESSED, str(number), progressed(str(number)))
    assert board.state("0") is None
    assert board.state("1") is not None


async def test_pressing_twice_publishes_once_and_what_was_sent_is_kept() -> None:
    publisher, slot = Publisher(), RefreshSlot({})
    refreshes = Refreshes(publisher)
    refresh = choose_refresh(BODY, None, None)
    first = asyncio.create_task(refreshes.request(refresh, slot))
    await eventually(lambda: bool(publisher.published), "the record")
    assert slot.kept() == refresh
    assert refreshes.is_running(refresh.refresh_id)
    second = asyncio.create_task(refreshes.request(refresh, slot))
    publisher.gate.set()
    await asyncio.gather(first, second)
    kept = slot.kept()
    assert kept is not None
    assert kept.is_sent is True
    await refreshes.request(kept, slot)
    assert publisher.published == [(refresh.refresh_id, BODY)]
    assert not refreshes.is_running(refresh.refresh_id)


async def test_a_page_that_goes_away_does_not_cancel_the_sending() -> None:
    publisher, slot = Publisher(), RefreshSlot({})
    refreshes = Refreshes(publisher)
    page = asyncio.create_task(refreshes.request(choose_refresh(BODY, None, None), slot))
    await eventually(lambda: bool(publisher.published), "the record")
    page.cancel()
    publisher.gate.set()
    await refreshes.stop()
    kept = slot.kept()
    assert kept is not None
    assert kept.is_sent is True


async def test_a_refresh_that_could_not_be_written_is_repeated_under_its_id() -> None:
    publisher, slot = Publisher(), RefreshSlot({})
    publisher.gate.set()
    publisher.failure = TransientFailure("broker away")
    refreshes = Refreshes(publisher)
    await refreshes.request(choose_refresh(BODY, None, None), slot)
    kept = slot.kept()
    assert kept is not None
    assert kept.is_sent is False
    publisher.failure = None
    await refreshes.request(kept, slot)
    assert [refresh_id for refresh_id, _ in publisher.published] == [kept.refresh_id] * 2
    again = slot.kept()
    assert again is not None
    assert again.is_sent is True


@pytest.mark.parametrize("stored", [None, 7, "", "{", '{"refresh_id": 1}'])
def test_storage_of_another_version_of_the_app_is_no_refresh(stored: object) -> None:
    assert RefreshSlot({"refresh": stored}).kept() is None


def test_a_forgotten_refresh_is_not_followed() -> None:
    slot = RefreshSlot({})
    slot.forget()
    slot.keep(AskedRefresh(refresh_id="mine", body=BODY))
    slot.forget()
    assert slot.kept() is None


@pytest.mark.parametrize(
    ("step", "done", "total", "fraction"),
    [("initialise", 0, 1, 0.0), ("enrich", 1, 2, 2.5 / 6), ("publish", 5, 5, 1.0), ("load", 9, 4, 2 / 6)],
)
def test_every_step_weighs_the_same_in_the_bar(step: str, done: int, total: int, fraction: float) -> None:
    record = PokedexRefreshProgressed(refresh_id="x", step=step, done=done, total=total)  # type: ignore[arg-type]
    assert fraction_done(record) == pytest.approx(fraction)


def test_a_step_without_pieces_has_begun() -> None:
    record = PokedexRefreshProgressed(refresh_id="x", step="load", done=0, total=0)
    assert fraction_done(record) == pytest.approx(1 / 6)


def test_progress_is_said_in_words() -> None:
    record = PokedexRefreshProgressed(refresh_id="x", step="enrich", done=1200, total=3000)
    assert progress_words(record, "en") == "Step 3 of 6: asking the source, 1,200 of 3,000"
