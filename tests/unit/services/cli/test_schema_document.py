import pytest

from services.cli.parts import END
from services.cli.schema_document import (
    Column,
    Reference,
    Schema,
    Table,
    draw,
    list_vocabularies,
    with_schema,
)
from shared.errors import Misconfigured

SPECIES = Table("species", (Column("number", "integer", ("PK",), is_nullable=False),), ())
STATS = Table(
    "stats",
    (
        Column("pokemon_id", "integer", ("PK", "FK"), is_nullable=False),
        Column("note", "text", (), is_nullable=True),
    ),
    (
        Reference("pokemon_id", "pokemon", is_one=True, is_nullable=False),
        Reference("note", "species", is_one=False, is_nullable=True),
    ),
)


def test_tables_are_drawn_with_their_keys_and_what_refers_to_what() -> None:
    assert draw((SPECIES, STATS)).splitlines() == [
        "erDiagram",
        "    species {",
        "        integer number PK",
        "    }",
        "    stats {",
        "        integer pokemon_id PK, FK",
        '        text note "or null"',
        "    }",
        "    pokemon ||--o| stats : pokemon_id",
        "    species |o--o{ stats : note",
    ]


def test_a_vocabulary_is_a_table() -> None:
    assert list_vocabularies({"forms": [("1", "base", "As it is met")]}).splitlines() == [
        "| `forms` | value | meaning |",
        "|---|---|---|",
        "| 1 | `base` | As it is met |",
    ]


def test_only_the_two_parts_of_the_document_change() -> None:
    places = [f"<!-- generated: {part} -->\nold\n{END}\n" for part in ("schema", "vocabularies")]
    document = f"before\n{places[0]}between\n{places[1]}after\n"
    written = with_schema(document, Schema((SPECIES,), {"forms": [("1", "base", "met")]}))
    assert written.startswith("before\n<!-- generated: schema -->\n```mermaid\nerDiagram\n    species {")
    assert "old" not in written
    assert f"```\n{END}\nbetween\n" in written
    assert written.endswith(f"| 1 | `base` | met |\n{END}\nafter\n")


def test_a_document_without_the_places_is_refused() -> None:
    with pytest.raises(Misconfigured, match=r"docs/POKEDEX\.md has no place for its schema"):
        with_schema("nothing\n", Schema((), {}))
