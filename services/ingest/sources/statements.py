"""What the snapshot says, in the words in which sources are read. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec

from services.ingest.effect_classes import effect_class
from services.ingest.snapshot import EvolutionRow, LearnsetRow, MoveRow, PokemonRow, Snapshot
from services.ingest.sources.port import OWN_METHODS, Entity, Value

Statements = Mapping[tuple[Entity, str], Mapping[str, Value]]
"""Entity and slug → field → value. What is not here, the Pokédex does not have."""
Statement = tuple[tuple[Entity, str], dict[str, Value]]


def state(snapshot: Snapshot) -> Statements:
    """All that `snapshot` says and a source may confirm."""
    return dict(
        chain(
            ((("species", row.slug), _fields(row)) for row in snapshot.species),
            ((("pokemon", row.slug), _pokemon(row)) for row in snapshot.pokemon),
            ((("type", row.slug), _fields(row)) for row in snapshot.types),
            (
                (("effectiveness", f"{row.attacking}>{row.defending}"), {"multiplier": row.multiplier})
                for row in snapshot.effectiveness
            ),
            ((("move", row.slug), _move(row)) for row in snapshot.moves),
            _evolutions(snapshot.evolutions, snapshot.pokemon),
            _learnsets(snapshot.learnsets, snapshot.pokemon),
        )
    )


def learnset_word(row: LearnsetRow) -> str:
    """`move`, or `move@level`."""
    return row.move if row.level is None else f"{row.move}@{row.level}"


def _fields(row: msgspec.Struct) -> dict[str, Any]:
    return {field: getattr(row, field) for field in row.__struct_fields__}


def _pokemon(row: PokemonRow) -> dict[str, Value]:
    types = (row.type_1,) if row.type_2 is None else (row.type_1, row.type_2)
    return {**_fields(row), "types": types, "listed": "yes"}


def _move(row: MoveRow) -> dict[str, Value]:
    fields = {name: value for name, value in _fields(row).items() if name != "effects"}
    return {**fields, "effect_class": effect_class(row.slug, row.category, row.effects)}


def _evolutions(rows: Iterable[EvolutionRow], pokemon: Iterable[PokemonRow]) -> Iterator[Statement]:
    """By species: the ways of all its forms."""
    species = {row.slug: row.species for row in pokemon}
    ways: dict[str, tuple[str, set[str]]] = {}
    for row in rows:
        parent, found = ways.setdefault(species[row.to_slug], (species[row.from_slug], set()))
        found.add(_way(row))
    for slug, (parent, found) in ways.items():
        yield ("evolution", slug), {"from": parent, "ways": tuple(sorted(found))}


def _way(row: EvolutionRow) -> str:
    if row.trigger == "level":
        return f"level@{row.level}"
    return f"stone:{row.item}" if row.trigger == "stone" else row.trigger


def _learnsets(rows: Iterable[LearnsetRow], pokemon: Iterable[PokemonRow]) -> Iterator[Statement]:
    """A Mega learns nothing itself."""
    words: dict[str, dict[str, list[str]]] = {
        row.slug: {method: [] for method in OWN_METHODS} for row in pokemon if row.form != "mega"
    }
    for row in rows:
        words.setdefault(row.pokemon, {}).setdefault(row.method, []).append(learnset_word(row))
    for slug, methods in words.items():
        yield (
            ("learnset", slug),
            {"listed": "yes", **{method: tuple(sorted(set(found))) for method, found in methods.items()}},
        )
