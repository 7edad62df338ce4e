"""Changes of single signals that ADWIN saw: written by the drift service, read beside its windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.tables import DriftChange

CHANGES_KEPT: Final = 10_000
"""The newest, of all releases."""
_COLUMNS: Final = (
    "family",
    "model_version",
    "at_ms",
    "source_partition",
    "source_offset",
    "signal",
    "before",
    "after",
    "recent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredChange:
    """See `DriftChange`."""

    family: str
    model_version: str
    at_ms: int
    source_partition: int
    source_offset: int
    signal: str
    before: float
    after: float
    recent: int


async def write_changes(connection: AsyncConnection, changes: Sequence[StoredChange]) -> None:
    """Add `changes`, those that are there already excepted, and forget the oldest over the number kept."""
    if not changes:
        return
    rows = [{name: getattr(change, name) for name in _COLUMNS} for change in changes]
    await connection.execute(insert(DriftChange).on_conflict_do_nothing(), rows)
    oldest = select(DriftChange.at_ms).order_by(DriftChange.at_ms.desc()).offset(CHANGES_KEPT - 1).limit(1)
    await connection.execute(delete(DriftChange).where(DriftChange.at_ms < oldest.scalar_subquery()))


async def changes_within(
    connection: AsyncConnection, release: tuple[str, str], span_ms: tuple[int, int], limit: int
) -> list[StoredChange]:
    """At most `limit` changes of a release (family and version) in `[start, end)`, in order of time."""
    statement = (
        select(DriftChange.__table__)
        .where(
            DriftChange.family == release[0],
            DriftChange.model_version == release[1],
            DriftChange.at_ms >= span_ms[0],
            DriftChange.at_ms < span_ms[1],
        )
        .order_by(DriftChange.at_ms, DriftChange.signal, DriftChange.source_offset)
        .limit(limit)
    )
    return [_stored(row) for row in await connection.execute(statement)]


async def last_changes(connection: AsyncConnection) -> dict[tuple[str, str], StoredChange]:
    """The last change of each release (family and version) that has one."""
    release = (DriftChange.family, DriftChange.model_version)
    statement = (
        select(DriftChange.__table__)
        .ext(distinct_on(*release))
        .order_by(*release, DriftChange.at_ms.desc(), DriftChange.signal)
    )
    found = [_stored(row) for row in await connection.execute(statement)]
    return {(one.family, one.model_version): one for one in found}


def _stored(row: Any) -> StoredChange:
    return StoredChange(**{name: getattr(row, name) for name in _COLUMNS})
