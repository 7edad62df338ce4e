"""The manifest of the archive: what lies in which file, and up to where a partition is archived."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.base import Base, whole_key


class ArchiveFile(Base):
    """A file that counts. One that has no row here was never finished, or is gone.

    Its records are those of one family and one day (UTC, broker time) with offsets from `first_offset`
    to `last_offset`; others between them lie in files of the same write.
    """

    __tablename__ = "archive_files"
    path: Mapped[str] = mapped_column(primary_key=True)
    topic: Mapped[str]
    partition: Mapped[int]
    first_offset: Mapped[int] = mapped_column(BigInteger)
    last_offset: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    day: Mapped[date] = mapped_column(Date, index=True)
    family: Mapped[str]
    records: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("records > 0", name="records"),
        CheckConstraint("last_offset - first_offset >= records - 1", name="offsets"),
        Index(None, "topic", "partition", "first_offset"),
    )


class ArchiveOffset(Base):
    """Up to where a partition is archived, exclusive.

    Each record from the first that was archived to this offset was put into exactly one file.
    """

    __tablename__ = "archive_offsets"
    topic: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = whole_key()
    covered_offset: Mapped[int] = mapped_column(BigInteger)
