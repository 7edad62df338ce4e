"""The part of docs/POKEDEX.md that a live database gives: its tables as a drawing, its vocabularies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Inspector, inspect, text
from sqlalchemy.dialects.postgresql import ARRAY

from services.cli.parts import with_part
from shared.database import create_engine
from shared.settings import Settings

FILE: Final = "docs/POKEDEX.md"
VOCABULARIES: Final[Mapping[str, str]] = {
    "forms": "id",
    "move_categories": "id",
    "learn_methods": "id",
    "move_priorities": "priority",
    "effect_classes": "id",
}
"""Table → the column that its entries are ordered by."""
HIDDEN: Final = frozenset({"alembic_version"})
SHORT_TYPES: Final = {"TIMESTAMP": "timestamptz", "DOUBLE PRECISION": "float8"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the drawing shows it. `keys`: any of PK, FK, UK."""

    name: str
    type: str
    keys: tuple[str, ...]
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key. `is_one`: at most one row refers to a target, because the key is unique."""

    column: str
    target: str
    is_one: bool
    is_nullable: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns and foreign keys in their order."""

    name: str
    columns: tuple[Column, ...]
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """What a database says of itself: tables by name, and the entries of each vocabulary."""

    tables: tuple[Table, ...]
    vocabularies: Mapping[str, Sequence[tuple[str, ...]]]


async def read_schema(settings: Settings) -> Schema:
    """The schema of the database that `settings` name. Raises what SQLAlchemy raises."""
    engine = create_engine(settings)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_read)
    finally:
        await engine.dispose()


def with_schema(document: str, schema: Schema) -> str:
    """The document with the drawing and the vocabularies in their places. Raises Misconfigured."""
    document = with_part(FILE, document, "schema", f"```mermaid\n{draw(schema.tables)}```")
    return with_part(FILE, document, "vocabularies", list_vocabularies(schema.vocabularies))


def update(root: Path, schema: Schema) -> bool:
    """Bring the file below `root` up to date; whether it changed."""
    file = root / FILE
    before = file.read_text("utf-8")
    after = with_schema(before, schema)
    file.write_text(after, "utf-8")
    return after != before


def draw(tables: Iterable[Table]) -> str:
    """A Mermaid entity-relationship diagram."""
    lines = ["erDiagram"]
    for table in tables:
        lines.append(f"    {table.name} {{")
        lines += [f"        {_attribute(column)}" for column in table.columns]
        lines.append("    }")
    for table in tables:
        lines += [
            f"    {reference.target} {_cardinality(reference)} {table.name} : {reference.column}"
            for reference in table.references
        ]
    return "\n".join(lines) + "\n"


def list_vocabularies(vocabularies: Mapping[str, Sequence[tuple[str, ...]]]) -> str:
    """One Markdown table a vocabulary."""
    parts = []
    for name, rows in vocabularies.items():
        lines = [f"| `{name}` | value | meaning |", "|---|---|---|"]
        lines += [f"| {key} | `{slug}` | {description} |" for key, slug, description in rows]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _attribute(column: Column) -> str:
    keys = f" {', '.join(column.keys)}" if column.keys else ""
    return f"{column.type} {column.name}{keys}" + (' "or null"' if column.is_nullable else "")


def _cardinality(reference: Reference) -> str:
    return f"{'|o' if reference.is_nullable else '||'}--{'o|' if reference.is_one else 'o{'}"


def _read(connection: Connection) -> Schema:
    inspector = inspect(connection)
    names = sorted(set(inspector.get_table_names()) - HIDDEN)
    return Schema(
        tuple(_read_table(inspector, name) for name in names),
        {
            name: [
                tuple(map(str, row))
                for row in connection.execute(
                    text(f"SELECT {key}, slug, description FROM {name} ORDER BY {key}")  # noqa: S608 - constants
                )
            ]
            for name, key in VOCABULARIES.items()
        },
    )


def _read_table(inspector: Inspector, name: str) -> Table:
    primary = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
    unique = {tuple(one["column_names"]) for one in inspector.get_unique_constraints(name)}
    foreign = {
        key["constrained_columns"][0]: key["referred_table"] for key in inspector.get_foreign_keys(name)
    }
    columns = inspector.get_columns(name)
    nullable = {column["name"]: bool(column["nullable"]) for column in columns}

    def keys(column: str) -> tuple[str, ...]:
        marks = (("PK", column in primary), ("FK", column in foreign), ("UK", (column,) in unique))
        return tuple(mark for mark, is_set in marks if is_set)

    return Table(
        name,
        tuple(
            Column(one["name"], _type_name(one["type"]), keys(one["name"]), nullable[one["name"]])
            for one in columns
        ),
        tuple(
            Reference(column, target, (column,) == primary or (column,) in unique, nullable[column])
            for column, target in foreign.items()
        ),
    )


def _type_name(kind: Any) -> str:
    if isinstance(kind, ARRAY):
        return f"{_type_name(kind.item_type)}[]"
    name = str(kind).partition("(")[0].strip()
    return SHORT_TYPES.get(name, name.lower().replace(" ", "_"))
