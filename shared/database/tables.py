"""The tables of all services, as typed models. The schema itself is made by `migrations`."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.database.archive_tables import ArchiveFile, ArchiveOffset
from shared.database.base import Base
from shared.database.drift_tables import (
    DriftCell,
    DriftChange,
    DriftOffset,
    DriftOutbox,
    DriftReport,
    DriftWindow,
)
from shared.database.ingest_tables import IngestRun, IngestStepRun
from shared.database.job_tables import Job, JobBattle
from shared.database.pokedex_tables import (
    EFFECT_CLASS_IDS,
    FORM_IDS,
    LEARN_METHOD_IDS,
    MOVE_CATEGORY_IDS,
    Evolution,
    Form,
    LearnMethod,
    Move,
    MoveCategory,
    MoveEffectClass,
    MoveLeftOut,
    MovePriority,
    Pokemon,
    PokemonMove,
    PokemonStats,
    PokemonType,
    Species,
    Type,
    TypeEffectiveness,
)

__all__ = [
    "EFFECT_CLASS_IDS",
    "FORM_IDS",
    "LEARN_METHOD_IDS",
    "MOVE_CATEGORY_IDS",
    "ArchiveFile",
    "ArchiveOffset",
    "Base",
    "DriftCell",
    "DriftChange",
    "DriftOffset",
    "DriftOutbox",
    "DriftReport",
    "DriftWindow",
    "Evolution",
    "Form",
    "IngestRun",
    "IngestStepRun",
    "Job",
    "JobBattle",
    "LearnMethod",
    "Move",
    "MoveCategory",
    "MoveEffectClass",
    "MoveLeftOut",
    "MovePriority",
    "Outcome",
    "Pokemon",
    "PokemonMove",
    "PokemonStats",
    "PokemonType",
    "Prediction",
    "Species",
    "Type",
    "TypeEffectiveness",
]


class Prediction(Base):
    """The answer to one request; the first one counts. `made_at` is broker time."""

    __tablename__ = "predictions"
    request_id: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str]
    request: Mapped[dict[str, Any]]
    body_hash: Mapped[str]
    model_version: Mapped[str]
    feature_set: Mapped[str]
    pokedex_hash: Mapped[str]
    answer: Mapped[dict[str, Any]]
    features: Mapped[bytes]
    late: Mapped[bool]
    requester: Mapped[str | None]
    source_partition: Mapped[int]
    source_offset: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    __table_args__ = (
        Index(None, "requester", "made_at", "request_id"),
        Index(None, "source_partition", "source_offset"),
    )


class Outcome(Base):
    """What a reporter says came of a request; the first report counts. `reported_at` is broker time."""

    __tablename__ = "outcomes"
    request_id: Mapped[str] = mapped_column(primary_key=True)
    reporter: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str]
    source_partition: Mapped[int]
    source_offset: Mapped[int] = mapped_column(BigInteger)
    reported_at: Mapped[datetime] = mapped_column(index=True)
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
