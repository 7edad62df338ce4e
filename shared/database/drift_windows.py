"""Closed windows of drift, read: newest first, or one by its id."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.drift_changes import StoredChange, changes_within
from shared.database.tables import DriftReport, DriftWindow
from shared.drift.documents import Window

WINDOW_ID_LENGTH: Final = 16
CHANGES_SHOWN: Final = 100
"""Of one window, the first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWindow:
    """The last revision of a window. `offsets`: partition, first and last offset of its records.

    `changes`: what ADWIN saw within its span, which is no part of its canonical JSON.
    """

    window: Window
    window_id: str
    revision: int
    sha256: str
    is_withdrawn: bool
    closed_at: datetime
    offsets: Sequence[dict[str, int]]
    report: "StoredReport | None" = None
    changes: Sequence[StoredChange] = ()

    @property
    def release(self) -> tuple[str, str]:
        """Family and model version."""
        return self.window.family, self.window.model_version

    def summary(self) -> dict[str, Any]:
        """As lists show it."""
        window = self.window
        return {
            "window_id": self.window_id,
            "revision": self.revision,
            "family": window.family,
            "model_version": window.model_version,
            "start": iso(window.start_ms),
            "end": iso(window.end_ms),
            "events": window.events,
            "duplicates": window.duplicates,
            "level": window.level,
            "state": window.standing.state,
            "reason": window.reason,
            "share_drifting": window.share_drifting,
            "drifting": list(window.drifting),
            "is_withdrawn": self.is_withdrawn,
        }

    def document(self) -> dict[str, Any]:
        """With the scores of every column, and where its records lie in the log."""
        return {
            **self.summary(),
            "definition": self.window.definition,
            "reference": self.window.reference,
            "sha256": self.sha256,
            "offsets": list(self.offsets),
            "report": None if self.report is None else self.report.document(),
            "changes": [change_document(one) for one in self.changes],
            "columns": msgspec.to_builtins(self.window.columns),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReport:
    """The full report of a window, or how far it is. `window_sha256`: the revision it was made of."""

    state: Literal["wanted", "made", "failed"]
    reason: Literal["alarm", "request"]
    wanted_at: datetime
    made_at: datetime | None = None
    error: str | None = None
    window_sha256: str | None = None
    html_sha256: str | None = None
    json_sha256: str | None = None

    def document(self) -> dict[str, Any]:
        """As the window shows it."""
        return {
            "state": self.state,
            "reason": self.reason,
            "wanted_at": self.wanted_at.isoformat(),
            "made_at": None if self.made_at is None else self.made_at.isoformat(),
            "error": self.error,
            "window_sha256": self.window_sha256,
            "html_sha256": self.html_sha256,
            "json_sha256": self.json_sha256,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFilters:
    """Which windows: of a family, a version, a level; `before`: started earlier, or then by a smaller id."""

    family: str | None = None
    model_version: str | None = None
    level: str | None = None
    before: tuple[int, str] | None = None


def is_window_id(text: str) -> bool:
    """Whether any window may have this id."""
    return len(text) == WINDOW_ID_LENGTH and set(text) <= set("0123456789abcdef")


def iso(epoch_ms: int) -> str:
    """Epoch milliseconds as ISO 8601, UTC."""
    return (
        datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )


def change_document(change: StoredChange) -> dict[str, Any]:
    """A change as the window that it lies in shows it."""
    return {
        "signal": change.signal,
        "at": iso(change.at_ms),
        "partition": change.source_partition,
        "offset": change.source_offset,
        "before": change.before,
        "after": change.after,
        "recent": change.recent,
    }


async def newest_windows(
    connection: AsyncConnection, filters: WindowFilters, limit: int
) -> list[StoredWindow]:
    """At most `limit` windows that pass, newest first; withdrawn ones are left out."""
    statement = select(DriftWindow.__table__).where(~DriftWindow.is_withdrawn)
    for column, value in (
        (DriftWindow.family, filters.family),
        (DriftWindow.model_version, filters.model_version),
        (DriftWindow.level, filters.level),
    ):
        if value is not None:
            statement = statement.where(column == value)
    place = tuple_(DriftWindow.start_ms, DriftWindow.window_id)
    if filters.before is not None:
        statement = statement.where(place < tuple_(*filters.before))
    statement = statement.order_by(DriftWindow.start_ms.desc(), DriftWindow.window_id.desc()).limit(limit)
    return [_stored(row) for row in await connection.execute(statement)]


async def find_window(connection: AsyncConnection, window_id: str) -> StoredWindow | None:
    """The window of this id, withdrawn or not, with its report and what ADWIN saw in its span."""
    found = await connection.execute(select(DriftWindow.__table__).where(DriftWindow.window_id == window_id))
    row = found.one_or_none()
    if row is None:
        return None
    wanted = await connection.execute(select(DriftReport.__table__).where(DriftReport.window_id == window_id))
    report = wanted.one_or_none()
    changes = await changes_within(
        connection, (row.family, row.model_version), (row.start_ms, row.end_ms), CHANGES_SHOWN
    )
    return replace(_stored(row), report=None if report is None else _report(report), changes=changes)


def _report(row: Row[Any]) -> StoredReport:
    return StoredReport(
        state=row.state,
        reason=row.reason,
        wanted_at=row.wanted_at,
        made_at=row.made_at,
        error=row.error,
        window_sha256=row.window_sha256,
        html_sha256=row.html_sha256,
        json_sha256=row.json_sha256,
    )


def _stored(row: Row[Any]) -> StoredWindow:
    return StoredWindow(
        window=msgspec.json.decode(row.document, type=Window),
        window_id=row.window_id,
        revision=row.revision,
        sha256=row.sha256,
        is_withdrawn=row.is_withdrawn,
        closed_at=row.closed_at,
        offsets=row.offsets,
    )
