"""Drift: what is counted, up to where, which windows were shown, and what is still to be sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.base import Base, whole_key


class DriftOffset(Base):
    """Up to where a partition has been counted, exclusive, and its running maximum of record time.

    `bucket_offsets`: minute of record time → its first offset, for the horizon of duplicates.
    `caught_up_ms`: when the partition was last found read to its end; 0 never.
    """

    __tablename__ = "drift_offsets"
    topic: Mapped[str] = mapped_column(primary_key=True)
    partition: Mapped[int] = whole_key()
    covered_offset: Mapped[int] = mapped_column(BigInteger)
    running_max_ms: Mapped[int] = mapped_column(BigInteger)
    bucket_offsets: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    caught_up_ms: Mapped[int] = mapped_column(BigInteger, server_default="0")


class DriftCell(Base):
    """What one partition adds to one cell of record time. `counts` are packed; none without a reference.

    `is_dirty`: it changed since the last window of it was made.
    """

    __tablename__ = "drift_cells"
    definition: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(primary_key=True)
    model_version: Mapped[str] = mapped_column(primary_key=True)
    start_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    partition: Mapped[int] = whole_key()
    events: Mapped[int] = mapped_column(BigInteger)
    duplicates: Mapped[int] = mapped_column(BigInteger)
    first_offset: Mapped[int] = mapped_column(BigInteger)
    last_offset: Mapped[int] = mapped_column(BigInteger)
    counts: Mapped[bytes | None]
    is_dirty: Mapped[bool] = mapped_column(server_default="true")
    __table_args__ = (
        CheckConstraint("events >= 0 AND duplicates >= 0 AND events + duplicates > 0", name="events"),
        CheckConstraint("first_offset <= last_offset", name="offsets"),
        Index("ix_drift_cells_dirty", "definition", postgresql_where=text("is_dirty")),
    )


class DriftWindow(Base):
    """The last revision of a window that was shown. `document` is its canonical JSON, as hashed."""

    __tablename__ = "drift_windows"
    window_id: Mapped[str] = mapped_column(primary_key=True)
    definition: Mapped[str]
    family: Mapped[str]
    model_version: Mapped[str]
    start_ms: Mapped[int] = mapped_column(BigInteger)
    end_ms: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]
    events: Mapped[int] = mapped_column(BigInteger)
    level: Mapped[str]
    state: Mapped[str]
    sha256: Mapped[str]
    document: Mapped[str]
    offsets: Mapped[list[dict[str, int]]] = mapped_column(JSONB)
    is_withdrawn: Mapped[bool] = mapped_column(server_default="false")
    closed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("start_ms < end_ms", name="span"),
        CheckConstraint("revision > 0", name="revision"),
        Index(None, "definition", "family", "model_version", "start_ms", unique=True),
        Index(None, "start_ms", "window_id"),
    )


class DriftChange(Base):
    """A signal of single predictions whose mean changed, as ADWIN saw it; the newest are kept.

    An opinion: nothing of a window depends on it. `at_ms`: the cell of the prediction at which it was
    seen, `source_partition` and `source_offset` where that lies. `after`: the mean
    of the `recent` last predictions; `before`: of those before them.
    """

    __tablename__ = "drift_changes"
    family: Mapped[str] = mapped_column(primary_key=True)
    model_version: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    source_partition: Mapped[int] = whole_key()
    source_offset: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    signal: Mapped[str] = mapped_column(primary_key=True)
    before: Mapped[float]
    after: Mapped[float]
    recent: Mapped[int] = mapped_column(BigInteger)
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        CheckConstraint("recent > 0", name="recent"),
        Index(None, "at_ms"),
    )


class DriftOutbox(Base):
    """Records to send, in order; each is deleted once the broker has it. MessagePack."""

    __tablename__ = "drift_outbox"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    record: Mapped[bytes]


class DriftReport(Base):
    """The full report of a window: asked for by an alarm or a person, made by a worker process.

    It lies in the artefact store as two files, each named by its sha256; `window_sha256` is that of the
    revision it was made of. Whoever takes it has it until `taken_until`.
    """

    __tablename__ = "drift_reports"
    window_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="wanted")
    reason: Mapped[str]
    attempts: Mapped[int] = mapped_column(server_default="0")
    taken_until: Mapped[datetime | None]
    window_sha256: Mapped[str | None]
    html_sha256: Mapped[str | None]
    json_sha256: Mapped[str | None]
    error: Mapped[str | None]
    wanted_at: Mapped[datetime] = mapped_column(server_default=func.now())
    made_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('wanted', 'made', 'failed')", name="state"),
        CheckConstraint("reason IN ('alarm', 'request')", name="reason"),
        CheckConstraint(
            "state <> 'made' OR (window_sha256 IS NOT NULL AND html_sha256 IS NOT NULL AND "
            "json_sha256 IS NOT NULL AND made_at IS NOT NULL)",
            name="files",
        ),
        Index("ix_drift_reports_wanted", "wanted_at", postgresql_where=text("state = 'wanted'")),
    )
