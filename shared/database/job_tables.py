"""Jobs of the REST API: many battles accepted at once, answered one by one over the bus."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.base import Base, whole_key

OUTCOMES: Final = ("answered", "refused", "expired")


class Job(Base):
    """What was accepted from one key, and how far it is. Whoever claims it works on it until then."""

    __tablename__ = "jobs"
    job_id: Mapped[str] = mapped_column(primary_key=True)
    requester: Mapped[str]
    total: Mapped[int]
    answered: Mapped[int] = mapped_column(server_default="0")
    refused: Mapped[int] = mapped_column(server_default="0")
    expired: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("total > 0", name="total"),
        CheckConstraint("answered + refused + expired <= total", name="progress"),
        CheckConstraint("(finished_at IS NOT NULL) = (answered + refused + expired = total)", name="end"),
        Index(None, "requester", "created_at"),
    )


class JobBattle(Base):
    """One battle of a job. `question` is what is asked, `document` what came of it."""

    __tablename__ = "job_battles"
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.job_id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = whole_key()
    question: Mapped[dict[str, Any] | None]
    outcome: Mapped[str | None]
    document: Mapped[dict[str, Any] | None]
    __table_args__ = (
        CheckConstraint("outcome IN ('answered', 'refused', 'expired')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (document IS NULL)", name="document"),
        CheckConstraint("question IS NOT NULL OR outcome = 'refused'", name="question"),
        CheckConstraint("position >= 0", name="position"),
    )
