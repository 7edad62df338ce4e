"""A file of battles: every row asked over the bus, in order, a bounded number at a time."""

import asyncio
import csv
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec

from contracts.battle import BattleRequested
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.cli.answers import refusal_line
from services.cli.asking import Asks
from services.cli.combatants import combatant
from shared.errors import CallFailed, Misconfigured

TIMEOUT_SECONDS: Final = 120.0
IN_FLIGHT: Final = 200
REQUIRED: Final = ("a", "b", "move_a", "move_b")
OPTIONAL: Final = ("level_a", "level_b")
ADDED: Final = ("win_probability", "error", "model_version", "request_id")

Row = dict[str, str]


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
    try:
        with _open(source) as text, _create(target, source) as out:
            columns = _columns(source, text)
            writer = csv.DictWriter(out, [*columns, *ADDED])
            writer.writeheader()
            async for outcome in answer_rows(asks, _rows(text, columns)):
                writer.writerow(outcome.row)
                tally.rows += 1
                setattr(tally, outcome.kind, getattr(tally, outcome.kind) + 1)
                tally.seconds = time.monotonic() - started
                on_row(tally)
    except OSError as error:
        raise Misconfigured(f"{error.filename}: {error.strerror}") from error
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


def count_rows(source: Path) -> int:
    """How many rows there are, for the progress bar. Raises Misconfigured as `answer_file` does."""
    try:
        with _open(source) as text:
            return sum(1 for _ in _rows(text, _columns(source, text)))
    except OSError as error:
        raise Misconfigured(f"{error.filename}: {error.strerror}") from error


class _Rows:
    """Asks one row; stops asking once a whole window of rows was met with silence."""

    def __init__(self, asks: Asks, patience: int) -> None:
        self._asks = asks
        self._patience = patience
        self._silent_in_a_row = 0

    async def answer(self, row: Row) -> Outcome:
        reason = row.pop(_UNREADABLE, None)
        if reason is not None:
            return Outcome({**row, "error": f"malformed row: {reason}"}, "refused")
        question = _question(row)
        if isinstance(question, Refused):
            return Outcome({**row, "error": refusal_line(question)}, "refused")
        if self._silent_in_a_row >= self._patience:
            error = f"not asked: the {self._silent_in_a_row} rows before got no reply"
            return Outcome({**row, "error": error}, "silent")
        try:
            reply = await self._asks.ask(BATTLE_REQUESTED, question, timeout_s=TIMEOUT_SECONDS)
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


def _question(row: Row) -> BattleRequested | Refused:
    sides = []
    for side in ("a", "b"):
        move, level = row[f"move_{side}"].strip(), row.get(f"level_{side}", "").strip()
        one = combatant(
            "a" if side == "a" else "b", row[side], level=level or None, moves=(move,) if move else None
        )
        if isinstance(one, Refused):
            return one
        sides.append(one)
    return BattleRequested(sides[0], sides[1])


_UNREADABLE: Final = "\x00unreadable"


def _open(source: Path) -> TextIO:
    # What is not UTF-8 becomes a name that nothing has, so that only its row is refused.
    return source.open(encoding="utf-8-sig", errors="replace", newline="")


def _create(target: Path, source: Path) -> TextIO:
    if target.exists() and target.samefile(source):
        raise Misconfigured(f"--out {target} is the file that is read: choose another.")
    return target.open("w", encoding="utf-8", newline="")


def _columns(source: Path, text: TextIO) -> list[str]:
    try:
        columns = [column.strip() for column in next(csv.reader([text.readline()]), [])]
    except csv.Error as error:
        raise Misconfigured(f"{source}: the first line cannot be read: {error}") from error
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise Misconfigured(
            f"{source}: the columns {', '.join(missing)} are missing; "
            f"the first line must name {', '.join(REQUIRED)}."
        )
    repeated = {column for column in columns if columns.count(column) > 1}
    taken = repeated | (set(columns) & set(ADDED))
    if taken:
        raise Misconfigured(f"{source}: rename the columns {', '.join(sorted(taken))}.")
    return columns


def _rows(text: TextIO, columns: list[str]) -> Iterator[Row]:
    reader = csv.reader(text)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield dict.fromkeys(columns, "") | {_UNREADABLE: str(error)}
            continue
        if not cells:
            continue
        row = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
        if len(cells) != len(columns):
            row[_UNREADABLE] = f"{len(cells)} cells instead of {len(columns)}"
        yield row
