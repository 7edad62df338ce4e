"""What ingest notes of its runs."""

from datetime import datetime
from typing import Final, get_args

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from contracts.pokedex import IngestStep, SourceName
from shared.database.base import Base

STEPS: Final[tuple[IngestStep, ...]] = get_args(IngestStep)
OUTCOMES: Final = ("running", "published", "unchanged", "failed", "interrupted")
"""`interrupted`: a run that was still running when the next began."""


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    named = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({named})", name=column)


class IngestRun(Base):
    """One ingest: what was asked, what it loaded and published, or why it failed."""

    __tablename__ = "ingest_runs"
    run_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str]
    pokedex_hash: Mapped[str | None]
    pokemon: Mapped[int | None]
    moves: Mapped[int | None]
    types: Mapped[int | None]
    published: Mapped[int | None]
    removed: Mapped[int | None]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    finished_at: Mapped[datetime | None]
    refresh_id: Mapped[str | None] = mapped_column(index=True)
    forced: Mapped[bool]
    outcome: Mapped[str]
    failed_step: Mapped[str | None]
    problems: Mapped[list[str]] = mapped_column(ARRAY(Text))
    disagreements: Mapped[int]
    __table_args__ = (
        _one_of("source", get_args(SourceName)),
        _one_of("outcome", OUTCOMES),
        _one_of("failed_step", STEPS),
        CheckConstraint("(outcome = 'failed') = (failed_step IS NOT NULL)", name="failure"),
        CheckConstraint("(outcome = 'running') = (finished_at IS NULL)", name="end"),
        CheckConstraint("disagreements >= 0", name="disagreements"),
    )


class IngestStepRun(Base):
    """How long one step of a run took; the failing step is the last."""

    __tablename__ = "ingest_steps"
    run_id: Mapped[str] = mapped_column(
        ForeignKey("ingest_runs.run_id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[float]
    __table_args__ = (_one_of("step", STEPS), CheckConstraint("seconds >= 0", name="seconds"))
