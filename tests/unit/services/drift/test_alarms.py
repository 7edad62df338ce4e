"""Which revision of which window raises an alarm."""

from typing import Any, cast

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.drift import DriftState
from services.drift import closing
from services.drift.alarms import is_raised
from services.drift.closing import WindowCloser
from shared.drift.documents import Standing, Window, digest_of
from shared.drift.spans import Definition, Span
from tests.support.drift import stored_windows

RELEASE = ("battle", "v1")


def a_window(state: DriftState) -> Window:
    return msgspec.structs.replace(stored_windows(1)[0].window, standing=Standing(state))


@pytest.mark.parametrize(
    ("before", "state", "shown", "raised"),
    [
        ("ok", "alarm", None, True),
        ("warn", "alarm", "warn", True),
        ("ok", "alarm", "ok", True),
        ("ok", "alarm", "alarm", False),
        ("alarm", "alarm", None, False),
        ("alarm", "alarm", "ok", False),
        ("ok", "warn", None, False),
        ("alarm", "ok", "alarm", False),
    ],
)
def test_an_alarm_is_raised_where_it_begins_and_when_it_first_shows(
    before: DriftState, state: DriftState, shown: DriftState | None, raised: bool
) -> None:
    assert is_raised(Standing(before), a_window(state), shown) is raised


class Rows(list[Any]):
    """The answer of a statement."""

    def all(self) -> list[Any]:
        return self


class Shown:
    """A window as its row has it."""

    def __init__(self, window: Window) -> None:
        self.start_ms, self.end_ms = window.start_ms, window.end_ms
        self.state, self.sha256 = window.standing.state, digest_of(window)


class OneShown:
    """A connection to a database that shows one window."""

    def __init__(self, window: Window) -> None:
        self._answers = [Rows([Shown(window)])]

    async def execute(self, *_: Any) -> Rows:
        return self._answers.pop() if self._answers else Rows()


class Shelf:
    """Every span is `window`."""

    def __init__(self, window: Window) -> None:
        self.definition = Definition("time", window.end_ms - window.start_ms)
        self._window = window

    async def scoring(self, _release: Any) -> "Shelf":
        return self

    def windows(self, *_: Any) -> list[Window]:
        return [self._window]

    def is_champion(self, _release: Any) -> bool:
        return True


@pytest.mark.parametrize(("shown", "raised"), [("warn", 1), ("alarm", 0)])
async def test_a_late_revision_that_is_the_first_to_alarm_has_a_report_and_a_training(
    monkeypatch: pytest.MonkeyPatch, shown: DriftState, raised: int
) -> None:
    window = a_window("alarm")
    span = Span(window.start_ms, window.end_ms)
    told: list[tuple[str, bool]] = []

    async def tell(_connection: AsyncConnection, alarming: Window, *, retrains: bool) -> None:
        told.append((alarming.window_id, retrains))

    async def totals(*_: Any) -> Any:
        return [None], {span.start_ms: []}

    async def standing(*_: Any) -> Standing:
        return Standing()

    async def light(*_: Any) -> list[Any]:
        return []

    async def second_revision(*_: Any) -> int:
        return 2

    monkeypatch.setattr(closing, "raise_alarm", tell)
    monkeypatch.setattr(closing, "spans", lambda *_: [span])
    for name, stand_in in (
        ("_totals", totals),
        ("_standing", standing),
        ("_light", light),
        ("_write", second_revision),
    ):
        monkeypatch.setattr(WindowCloser, name, stand_in)
    closer = WindowCloser(cast(Any, None), cast(Any, Shelf(window)), 0, retrains=True)
    earlier = msgspec.structs.replace(a_window(shown), events=1)
    connection = cast(AsyncConnection, OneShown(earlier))
    closed = await closer._close_release(connection, RELEASE, span.start_ms, span.end_ms)
    assert [event.revision for event in closed.events] == [2]
    assert told == [(window.window_id, True)] * raised
