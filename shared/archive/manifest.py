"""The manifest: appended to under compare-and-set, read before any file is."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.archive_tables import ArchiveFile, ArchiveOffset
from shared.database.failures import transient_when_passing


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file of the archive: the records of one family and one day with offsets of one partition.

    `path` is relative to the archive; both offsets are inclusive; times are broker time, UTC.
    """

    path: str
    topic: str
    partition: int
    first_offset: int
    last_offset: int
    first_at: datetime
    last_at: datetime
    day: date
    family: str
    records: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which files: of a family, of days from `since` to `until` (both included), before a day."""

    family: str | None = None
    since: date | None = None
    until: date | None = None
    before: date | None = None


class Manifest:
    """Reads and writes a database that is open at each call. All raise TransientFailure."""

    def __init__(self, engine: Callable[[], AsyncEngine]) -> None:
        """`engine` gives the pool of the moment."""
        self._engine = engine

    async def covered(self, topic: str) -> dict[int, int]:
        """Partition → up to where it is archived, exclusive; those never archived are left out."""
        with transient_when_passing():
            async with self._engine().connect() as connection:
                rows = await connection.execute(
                    select(ArchiveOffset.partition, ArchiveOffset.covered_offset).where(
                        ArchiveOffset.topic == topic
                    )
                )
                return {row.partition: row.covered_offset for row in rows}

    async def append(
        self, topic: str, partition: int, *, expected: int, covered: int, files: Sequence[ArchivedFile]
    ) -> bool:
        """Let `files` count, and move what is covered from `expected` to `covered`, or do neither.

        False: it was moved meanwhile, and the files are nobody's. `expected` 0: perhaps never archived.
        """
        with transient_when_passing():
            async with self._engine().begin() as connection:
                if expected == 0:
                    await connection.execute(
                        insert_unless_there(ArchiveOffset)
                        .values(topic=topic, partition=partition, covered_offset=0)
                        .on_conflict_do_nothing()
                    )
                changed = await connection.execute(
                    update(ArchiveOffset)
                    .where(
                        ArchiveOffset.topic == topic,
                        ArchiveOffset.partition == partition,
                        ArchiveOffset.covered_offset == expected,
                    )
                    .values(covered_offset=covered)
                )
                if changed.rowcount != 1:
                    return False
                await connection.execute(insert(ArchiveFile), [asdict(file) for file in files])
        return True

    async def files(self, selection: Selection | None = None) -> list[ArchivedFile]:
        """The files that count, by partition and offset."""
        columns = [getattr(ArchiveFile, name) for name in ArchivedFile.__dataclass_fields__]
        wanted = select(*columns).where(*_conditions(selection or Selection()))
        with transient_when_passing():
            async with self._engine().connect() as connection:
                rows = await connection.execute(
                    wanted.order_by(
                        ArchiveFile.topic, ArchiveFile.partition, ArchiveFile.first_offset, ArchiveFile.path
                    )
                )
                return [ArchivedFile(**row._mapping) for row in rows]

    async def remove(self, selection: Selection, *, at_most: int) -> list[str]:
        """Let so many files count no more; returns their paths, which may be deleted from now on."""
        some = select(ArchiveFile.path).where(*_conditions(selection)).limit(at_most)
        with transient_when_passing():
            async with self._engine().begin() as connection:
                rows = await connection.execute(
                    delete(ArchiveFile).where(ArchiveFile.path.in_(some)).returning(ArchiveFile.path)
                )
                return sorted(row.path for row in rows)

    async def counted(self, paths: Sequence[str]) -> frozenset[str]:
        """Those of the paths that count."""
        with transient_when_passing():
            async with self._engine().connect() as connection:
                rows = await connection.execute(select(ArchiveFile.path).where(ArchiveFile.path.in_(paths)))
                return frozenset(row.path for row in rows)


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if selection.family is not None:
        conditions.append(ArchiveFile.family == selection.family)
    if selection.since is not None:
        conditions.append(ArchiveFile.day >= selection.since)
    if selection.until is not None:
        conditions.append(ArchiveFile.day <= selection.until)
    if selection.before is not None:
        conditions.append(ArchiveFile.day < selection.before)
    return conditions
