"""A file of battles: every row asked over the bus, in order, a bounded number at a time."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.battle import BattleRequested
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.cli.answers import refusal_line
from services.cli.asking import Asks
from services.cli.battle_csv import ADDED, UNREADABLE, BattleCsv, Row
from services.cli.combatants import parse_side
from shared.errors import CallFailed, Misconfigured

TIMEOUT_SECONDS: Final = 120.0
IN_FLIGHT: Final = 200


@dataclass(slots=True)
class Tally:
    """How a file went. `silent`: rows that nobody answered."""

    rows: int = 0
    answered: int = 0
    refused: int = 0
    silent: int = 0
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row with what was added to it."""

    row: Row
    kind: str


async def answer_file(
    asks: Asks, source: Path, target: Path, *, on_row: Callable[[Tally], None] = lambda _: None
) -> Tally:
    """Read `source`, ask every row, write `target` in the same order; `on_row` is called after each.

    A row that cannot be asked or is refused carries its reason in `error`. Raises Misconfigured when
    a file cannot be used.
    """
    tally, started = Tally(), time.monotonic()
    battles = BattleCsv.of(source)
    try:
        with battles.opened() as rows, battles.writing(target) as write:
            async for outcome in answer_rows(asks, rows):
                write(outcome.row)
                tally.rows += 1
                setattr(tally, outcome.kind, getattr(tally, outcome.kind) + 1)
                tally.seconds = time.monotonic() - started
                on_row(tally)
    except OSError as error:
        raise Misconfigured(f"{error.filename or target}: {error.strerror}") from error
    return tally


async def answer_rows(
    asks: Asks, rows: Iterable[Row], *, in_flight: int = IN_FLIGHT
) -> AsyncIterator[Outcome]:
    """Outcomes in the order of `rows`, at most `in_flight` asked at a time."""
    asking = _Rows(asks, in_flight)
    window: deque[asyncio.Task[Outcome]] = deque()
    try:
        for row in rows:
            if len(window) >= in_flight:
                yield await window.popleft()
            window.append(asyncio.create_task(asking.answer(row)))
        while window:
            yield await window.popleft()
    finally:
        for task in window:
            task.cancel()
        await asyncio.gather(*window, return_exceptions=True)


def count_rows(source: Path, added: tuple[str, ...] = ADDED) -> int:
    """How many rows there are, for the progress bar.

    Raises Misconfigured as `answer_file` does, and when there is none.
    """
    with BattleCsv.of(source, added).opened() as rows:
        count = sum(1 for _ in rows)
    if not count:
        raise Misconfigured(f"{source} has no row below its first line: write one battle a line.")
    return count


class _Rows:
    """Asks one row; stops asking once a whole window of rows was met with silence."""

    def __init__(self, asks: Asks, patience: int) -> None:
        self._asks = asks
        self._patience = patience
        self._silent_in_a_row = 0

    async def answer(self, row: Row) -> Outcome:
        reason = row.pop(UNREADABLE, None)
        if reason is not None:
            return Outcome({**row, "error": f"malformed row: {reason}"}, "refused")
        asked = question(row)
        if isinstance(asked, Refused):
            return Outcome({**row, "error": refusal_line(asked)}, "refused")
        if self._silent_in_a_row >= self._patience:
            error = f"not asked: the {self._silent_in_a_row} rows before got no reply"
            return Outcome({**row, "error": error}, "silent")
        try:
            reply = await self._asks.ask(BATTLE_REQUESTED, asked, timeout_s=TIMEOUT_SECONDS)
        except CallFailed as failure:
            self._silent_in_a_row += 1
            return Outcome({**row, "error": f"{type(failure).__name__}: {failure}"}, "silent")
        self._silent_in_a_row = 0
        if isinstance(reply, Refused):
            added = {"error": refusal_line(reply), "request_id": reply.request_id}
            return Outcome({**row, **added}, "refused")
        return Outcome({**row, **_added(reply)}, "answered")


def _added(reply: Predicted) -> Row:
    answer: dict[str, Any] = msgspec.json.decode(reply.answer)
    return {
        "win_probability": repr(answer["win_probability"]),
        "model_version": reply.model_version,
        "request_id": reply.request_id,
    }


def question(row: Row) -> BattleRequested | Refused:
    """What a row asks, each side as on the command line; without a move every one is weighed."""
    sides = []
    for side in ("a", "b"):
        move, level = row[f"move_{side}"].strip(), row.get(f"level_{side}", "").strip()
        one = parse_side("a" if side == "a" else "b", row[side], level=level or None, move=move or None)
        if isinstance(one, Refused):
            return one
        sides.append(one)
    return BattleRequested(sides[0], sides[1])
