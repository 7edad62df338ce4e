"""What must hold between the rows of a snapshot, each mistake with the row it is in. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from services.ingest.effect_classes import effect_class
from services.ingest.snapshot import Snapshot

FIRST_ROW_LINE: Final = 2
UNIQUE_FIELDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("species", ("number",)),
    *((table, (field,)) for table in ("species", "pokemon", "types", "moves") for field in ("slug",)),
    *((table, (field,)) for table in ("pokemon", "types", "moves") for field in ("id",)),
    *(
        (table, (field,))
        for table in ("species", "pokemon", "types", "moves")
        for field in ("name_en", "name_fr")
    ),
    ("effectiveness", ("attacking", "defending")),
    ("learnsets", ("pokemon", "move", "method", "level")),
    ("evolutions", ("to_slug",)),
    ("left_out", ("slug",)),
)
REFERENCES: Final = (
    ("pokemon", "species", "species"),
    ("pokemon", "type_1", "types"),
    ("pokemon", "type_2", "types"),
    ("moves", "type", "types"),
    ("effectiveness", "attacking", "types"),
    ("effectiveness", "defending", "types"),
    ("learnsets", "pokemon", "pokemon"),
    ("learnsets", "move", "moves"),
    ("evolutions", "from_slug", "pokemon"),
    ("evolutions", "to_slug", "pokemon"),
)
"""Table, field, and the table whose slugs the field names."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A mistake in one row. `index`: the row's place in its table, from 0."""

    table: str
    index: int
    text: str

    def at_line(self) -> str:
        """With the file and the line that the row has in the snapshot's files."""
        return f"{self.table}.csv:{self.index + FIRST_ROW_LINE}: {self.text}"

    def __str__(self) -> str:
        """With the table, for rows that may come from elsewhere than a file."""
        return f"{self.table}: {self.text}"


def check_rows(snapshot: Snapshot) -> tuple[RowProblem, ...]:
    """Values out of range or absent, repeated keys and names, references to nothing."""
    return (*_ranges(snapshot), *_repeats(snapshot), *_dangling(snapshot), *_conditions(snapshot))


def _ranges(snapshot: Snapshot) -> Iterator[RowProblem]:
    """The declared types hold for rows that were changed after they were read, too."""
    for table in Snapshot.__dataclass_fields__:
        for index, row in _rows(snapshot, table):
            try:
                msgspec.convert(msgspec.to_builtins(row), type(row))
            except msgspec.ValidationError as error:
                yield RowProblem(table, index, f"{_name(row)}: {error}")


def _repeats(snapshot: Snapshot) -> Iterator[RowProblem]:
    for table, fields in UNIQUE_FIELDS:
        seen: dict[Any, int] = {}
        for index, row in _rows(snapshot, table):
            value = tuple(getattr(row, field) for field in fields)
            first = seen.setdefault(value, index)
            if first != index:
                shown = ", ".join(repr(one) for one in value if one is not None)
                yield RowProblem(
                    table,
                    index,
                    f"{', '.join(fields)} {shown} is that of line {first + FIRST_ROW_LINE} too",
                )


def _dangling(snapshot: Snapshot) -> Iterator[RowProblem]:
    slugs = {
        table: {row.slug for _, row in _rows(snapshot, table)}
        for table in ("species", "pokemon", "types", "moves")
    }
    for table, field, target in REFERENCES:
        for index, row in _rows(snapshot, table):
            value = getattr(row, field)
            if value is not None and value not in slugs[target]:
                yield RowProblem(table, index, f"{field} {value!r} is not in {target}.csv")


def _conditions(snapshot: Snapshot) -> Iterator[RowProblem]:
    for index, learned in enumerate(snapshot.learnsets):
        if (learned.method == "level") != (learned.level is not None):
            yield RowProblem("learnsets", index, f"level {learned.level} with method {learned.method!r}")
    for index, evolved in enumerate(snapshot.evolutions):
        if (evolved.trigger == "level") != (evolved.level is not None):
            yield RowProblem("evolutions", index, f"level {evolved.level} with trigger {evolved.trigger!r}")
        if (evolved.trigger == "stone") != (evolved.item is not None):
            yield RowProblem("evolutions", index, f"item {evolved.item} with trigger {evolved.trigger!r}")
    for index, move in enumerate(snapshot.moves):
        try:
            effect_class(move.slug, move.category, move.effects)
        except ValueError as error:
            yield RowProblem("moves", index, str(error))
    for index, one in enumerate(snapshot.pokemon):
        if one.type_1 == one.type_2:
            yield RowProblem("pokemon", index, f"{one.slug!r} has the type {one.type_1!r} twice")


def _rows(snapshot: Snapshot, table: str) -> Iterable[tuple[int, Any]]:
    rows: Sequence[Any] = getattr(snapshot, table)
    return enumerate(rows)


def _name(row: Any) -> str:
    return repr(getattr(row, "slug", None) or msgspec.structs.astuple(row)[:2])
