"""Closes windows: what the cells say is shown, once every partition is past its end.

Only emission: the content of a window follows from the log. One process closes at a time, and reads,
writes and announces in one transaction.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, cast, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import DRIFT_WINDOWS, PREDICTIONS_MADE
from contracts.drift import DriftWindowClosed, OffsetRange
from services.drift.alarms import is_raised, raise_alarm
from services.drift.brief import be_brief
from services.drift.domain import window_event
from services.drift.outbox import put
from services.drift.reference_shelf import ReferenceShelf
from services.drift.summing import SpanSum, add_cells
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import DriftCell, DriftOffset, DriftWindow
from shared.delivery.outgoing import message
from shared.drift.counting import Release
from shared.drift.documents import Standing, Window, canonical, digest_of
from shared.drift.spans import Cell, Progress, Span, first_affected, spans, watermark
from shared.drift.windows import Total
from shared.errors import TransientFailure

LOCK: Final = 7_110_001
MOST_AT_ONCE: Final = 60
CELLS_AT_ONCE: Final = 500
"""Of all partitions; unpacked within some hundredths of a second."""
DAY_MS: Final = 24 * 60 * 60 * 1000
CELLS_KEPT_MS: Final = 2 * DAY_MS
"""Of record time below the watermark. What is later still begins a cell anew."""
WINDOWS_KEPT_MS: Final = 90 * DAY_MS


@dataclass(frozen=True, slots=True)
class Closed:
    """What was announced, whether more windows wait to be closed at once, and why some cannot be."""

    events: tuple[DriftWindowClosed, ...] = ()
    is_more: bool = False
    waiting: tuple[str, ...] = ()


class WindowCloser:
    """Makes the windows of this process's definition."""

    def __init__(
        self, database: Database, shelf: ReferenceShelf, grace_ms: int, *, retrains: bool = False
    ) -> None:
        """`grace_ms`: how long after its end a window waits for a partition without records.

        `retrains`: whether an alarm of a champion asks for a training.
        """
        self._retrains = retrains
        self._database = database
        self._shelf = shelf
        self._definition = shelf.definition
        self._grace_ms = grace_ms

    async def has_open(self) -> bool:
        """Whether any cell waits for its window. Raises TransientFailure."""
        with transient_when_passing():
            async with self._database.engine.connect() as connection:
                is_open = select(DriftCell.is_dirty).where(*self._cells(), DriftCell.is_dirty).limit(1)
                return await connection.scalar(is_open) is not None

    async def close(self) -> Closed:
        """Close what can be closed; nothing while another process does. Raises TransientFailure."""
        with transient_when_passing():
            async with self._repeatable() as connection:
                if not await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({LOCK})")):
                    return Closed()
                reached_ms = await self._watermark(connection)
                events: list[DriftWindowClosed] = []
                is_more = False
                waiting: list[str] = []
                for release, changed_ms in await self._changed(connection, reached_ms):
                    try:
                        closed = await self._close_release(connection, release, changed_ms, reached_ms)
                    except TransientFailure as error:
                        # nothing is written before a release is found fit to be scored; the others go on
                        waiting.append(str(error))
                        continue
                    events += closed.events
                    is_more |= closed.is_more
                if events:
                    await put(
                        connection, [message(DRIFT_WINDOWS, event, key=event.window_id) for event in events]
                    )
                    await self._forget(connection, reached_ms)
                return Closed(tuple(events), is_more, tuple(waiting))

    @asynccontextmanager
    async def _repeatable(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one state of the cells.

        One that changes meanwhile stays dirty: to write over it is a serialization failure.
        """
        async with self._database.engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ")
            async with connection.begin():
                await be_brief(connection)
                yield connection

    def _cells(self, release: Release | None = None) -> list[Any]:
        conditions: list[Any] = [DriftCell.definition == self._definition.name]
        if release is not None:
            conditions += [DriftCell.family == release[0], DriftCell.model_version == release[1]]
        return conditions

    def _windows(self, release: Release) -> list[Any]:
        return [
            DriftWindow.definition == self._definition.name,
            DriftWindow.family == release[0],
            DriftWindow.model_version == release[1],
        ]

    async def _watermark(self, connection: AsyncConnection) -> int:
        found = await connection.execute(
            select(DriftOffset.running_max_ms, DriftOffset.caught_up_ms).where(
                DriftOffset.topic == PREDICTIONS_MADE.name
            )
        )
        progress = [Progress(row.running_max_ms, row.caught_up_ms) for row in found]
        unread = PREDICTIONS_MADE.partitions - len(progress)
        return watermark([*progress, *[Progress(0, 0)] * unread], self._grace_ms)

    async def _changed(self, connection: AsyncConnection, reached_ms: int) -> list[tuple[Release, int]]:
        """Releases with changed cells below the watermark, and where the first of them begins."""
        found = await connection.execute(
            select(DriftCell.family, DriftCell.model_version, func.min(DriftCell.start_ms).label("first"))
            .where(
                *self._cells(),
                DriftCell.is_dirty,
                DriftCell.start_ms <= reached_ms - self._definition.cell_ms,
            )
            .group_by(DriftCell.family, DriftCell.model_version)
            .order_by(DriftCell.family, DriftCell.model_version)
        )
        return [((row.family, row.model_version), row.first) for row in found]

    async def _close_release(
        self, connection: AsyncConnection, release: Release, changed_ms: int, reached_ms: int
    ) -> Closed:
        shown = await connection.execute(
            select(DriftWindow.__table__)
            .where(*self._windows(release), DriftWindow.end_ms > changed_ms, ~DriftWindow.is_withdrawn)
            .order_by(DriftWindow.start_ms)
        )
        rows = {row.start_ms: row for row in shown}
        start_ms = first_affected(changed_ms, [Span(row.start_ms, row.end_ms) for row in rows.values()])
        due = spans(
            self._definition, await self._light(connection, release, start_ms, reached_ms), reached_ms
        )
        is_more = len(due) > MOST_AT_ONCE
        due = due[:MOST_AT_ONCE]
        if not due:
            return Closed()
        end_ms = due[-1].end_ms
        scoring = await self._shelf.scoring(release)
        totals, offsets = await self._totals(connection, release, due)
        before = await self._standing(connection, release, start_ms)
        retrains = self._retrains and self._shelf.is_champion(release)
        events = []
        scored = scoring.windows(zip(due, totals, strict=True), before)
        for window in await asyncio.to_thread(list, scored):
            row = rows.pop(window.start_ms, None)
            if row is None or row.sha256 != digest_of(window):
                revision = await self._write(connection, window, offsets[window.start_ms])
                events.append(window_event(window, revision, offsets[window.start_ms]))
                if is_raised(before, window, None if row is None else row.state):
                    await raise_alarm(connection, window, retrains=retrains)
            before = window.standing
        for row in rows.values():
            if start_ms <= row.start_ms < end_ms:
                events.append(await self._withdraw(connection, row))
        # what follows depends on these, though it did not change itself
        is_after = DriftCell.start_ms >= end_ms
        await connection.execute(
            update(DriftCell)
            .where(*self._cells(release), DriftCell.start_ms >= start_ms, DriftCell.is_dirty != is_after)
            .values(is_dirty=is_after)
        )
        return Closed(tuple(events), is_more)

    async def _light(
        self, connection: AsyncConnection, release: Release, start_ms: int, reached_ms: int
    ) -> list[Cell]:
        """The cells from `start_ms` to the watermark, without their counts."""
        found = await connection.execute(
            select(DriftCell.start_ms, cast(func.sum(DriftCell.events), BigInteger).label("events"))
            .where(
                *self._cells(release),
                DriftCell.start_ms >= start_ms,
                DriftCell.start_ms <= reached_ms - self._definition.cell_ms,
            )
            .group_by(DriftCell.start_ms)
            .order_by(DriftCell.start_ms)
        )
        return [Cell(row.start_ms, row.events) for row in found]

    async def _totals(
        self, connection: AsyncConnection, release: Release, due: Sequence[Span]
    ) -> tuple[list[Total], Mapping[int, Sequence[OffsetRange]]]:
        """The sum of each span's cells, and by its start where its records lie.

        Windows by count may be long: their cells are unpacked in a thread, some at a time.
        """
        sums = [SpanSum() for _ in due]
        found = await connection.stream(
            select(DriftCell.__table__)
            .where(
                *self._cells(release),
                DriftCell.start_ms >= due[0].start_ms,
                DriftCell.start_ms < due[-1].end_ms,
            )
            .order_by(DriftCell.start_ms, DriftCell.partition)
        )
        async for rows in found.partitions(CELLS_AT_ONCE):
            await asyncio.to_thread(add_cells, due, sums, rows)
        offsets = {span.start_ms: one.offsets for span, one in zip(due, sums, strict=True)}
        return [one.total for one in sums], offsets

    async def _standing(self, connection: AsyncConnection, release: Release, start_ms: int) -> Standing:
        document = await connection.scalar(
            select(DriftWindow.document)
            .where(*self._windows(release), DriftWindow.start_ms < start_ms, ~DriftWindow.is_withdrawn)
            .order_by(DriftWindow.start_ms.desc())
            .limit(1)
        )
        return Standing() if document is None else msgspec.json.decode(document, type=Window).standing

    async def _write(
        self, connection: AsyncConnection, window: Window, offsets: Sequence[OffsetRange]
    ) -> int:
        """Write the window; returns its revision."""
        values = {
            "window_id": window.window_id,
            "definition": window.definition,
            "family": window.family,
            "model_version": window.model_version,
            "start_ms": window.start_ms,
            "end_ms": window.end_ms,
            "revision": 1,
            "events": window.events,
            "level": window.level,
            "state": window.standing.state,
            "sha256": digest_of(window),
            "document": canonical(window).decode(),
            "offsets": msgspec.to_builtins(offsets),
            "is_withdrawn": False,
        }
        changed = {name: value for name, value in values.items() if name != "window_id"}
        changed |= {"revision": DriftWindow.revision + 1, "closed_at": func.now()}
        revision = await connection.scalar(
            insert(DriftWindow)
            .values(**values)
            .on_conflict_do_update(index_elements=["window_id"], set_=changed)
            .returning(DriftWindow.revision)
        )
        assert isinstance(revision, int)
        return revision

    async def _withdraw(self, connection: AsyncConnection, row: Any) -> DriftWindowClosed:
        await connection.execute(
            update(DriftWindow)
            .where(DriftWindow.window_id == row.window_id)
            .values(is_withdrawn=True, revision=DriftWindow.revision + 1, closed_at=func.now())
        )
        window = msgspec.json.decode(row.document, type=Window)
        return window_event(window, row.revision + 1, (), withdrawn=True)

    async def _forget(self, connection: AsyncConnection, reached_ms: int) -> None:
        await connection.execute(
            delete(DriftCell).where(~DriftCell.is_dirty, DriftCell.start_ms < reached_ms - CELLS_KEPT_MS)
        )
        await connection.execute(
            delete(DriftWindow).where(DriftWindow.start_ms < reached_ms - WINDOWS_KEPT_MS)
        )
