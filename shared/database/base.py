"""What all tables share: the naming rule of constraints, the column types, a few columns."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import DateTime, ForeignKey, Integer, MetaData, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Names of constraints follow one rule, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        dict[str, Any]: JSONB,
        datetime: DateTime(timezone=True),
    }


def whole_key() -> Mapped[int]:
    """A primary key that is given, not counted."""
    return mapped_column(Integer, primary_key=True, autoincrement=False)


def small_key() -> Mapped[int]:
    """A small primary key that is given, not counted."""
    return mapped_column(SmallInteger, primary_key=True, autoincrement=False)


def small(target: str | None = None, *, index: bool = False) -> Mapped[int]:
    """A small number, perhaps a foreign key."""
    key = () if target is None else (ForeignKey(target),)
    return mapped_column(SmallInteger, *key, index=index)


def unique_text() -> Mapped[str]:
    """A text that no other row has."""
    return mapped_column(Text, unique=True)
