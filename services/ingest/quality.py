"""The gate: what must be true of a Pokédex before it is kept or published. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from contracts.pokedex import PokemonRecord
from services.ingest.domain import Records
from services.ingest.snapshot import Snapshot

SPECIES: Final = 153
FORMS: Final = {"base": 153, "alola": 18, "partner": 2, "mega": 15}
TYPES: Final = 18
EFFECTIVENESS: Final = {0.0: 8, 0.5: 61, 1.0: 204, 2.0: 51}
MOVES: Final = {"physical": 100, "special": 55, "status": 68}
TECHNICAL_MACHINES: Final = 60
LEVEL_UP_ROWS: Final = 2_035
TM_ROWS: Final = 3_144
TUTOR_ROWS: Final = 11
SPECIES_EVOLUTIONS: Final = 73
LEVEL_UP_METHODS: Final = ("start", "evolution", "level")
HARMLESS: Final = frozenset({"ditto"})
"""Pokémon that learn no damaging move."""


def check_quality(snapshot: Snapshot, records: Records) -> tuple[str, ...]:
    """All that is wrong, one sentence each; empty when the Pokédex may be published."""
    return (
        *_counts(snapshot, records),
        *_repeated(snapshot),
        *_references(snapshot),
        *_learnsets(records),
    )


def _counts(snapshot: Snapshot, records: Records) -> Iterator[str]:
    methods = Counter(row.method for row in snapshot.learnsets)
    species_of = {row.slug: row.species for row in snapshot.pokemon}
    evolved = {(species_of.get(row.from_slug), species_of.get(row.to_slug)) for row in snapshot.evolutions}
    machines = sorted(row.tm for row in snapshot.moves if row.tm is not None)
    cells = Counter(cell.multiplier for cell in snapshot.effectiveness)
    forms = Counter(record.form for record in records.pokemon.values())
    categories = Counter(record.category for record in records.moves.values())
    for what, found, expected in (
        ("species", len(snapshot.species), SPECIES),
        ("forms", dict(forms), FORMS),
        ("types", len(records.types), TYPES),
        ("effectiveness cells", dict(cells), EFFECTIVENESS),
        ("moves by category", dict(categories), MOVES),
        ("technical machines", machines, list(range(1, TECHNICAL_MACHINES + 1))),
        ("level-up rows", sum(methods[method] for method in LEVEL_UP_METHODS), LEVEL_UP_ROWS),
        ("TM rows", methods["tm"], TM_ROWS),
        ("tutor rows", methods["tutor"], TUTOR_ROWS),
        ("evolutions between species", len(evolved), SPECIES_EVOLUTIONS),
    ):
        if found != expected:
            yield f"{what}: {found}, expected {expected}"


def _repeated(snapshot: Snapshot) -> Iterator[str]:
    for table, rows in (
        ("pokemon", snapshot.pokemon),
        ("moves", snapshot.moves),
        ("types", snapshot.types),
    ):
        for field in ("id", "slug", "name_en", "name_fr"):
            yield from _repeats(f"{table}.{field}", (getattr(row, field) for row in rows))
    yield from _repeats("species.number", (row.number for row in snapshot.species))
    yield from _repeats("species.slug", (row.slug for row in snapshot.species))
    yield from _repeats("evolutions.to", (row.to_slug for row in snapshot.evolutions))
    yield from _repeats(
        "effectiveness", ((cell.attacking, cell.defending) for cell in snapshot.effectiveness)
    )
    yield from _repeats(
        "learnsets", ((row.pokemon, row.move, row.method, row.level) for row in snapshot.learnsets)
    )


def _repeats(what: str, values: Iterable[object]) -> Iterator[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{what}: {value!r} occurs {times} times"


def _references(snapshot: Snapshot) -> Iterator[str]:
    species = {row.slug for row in snapshot.species}
    pokemon = {row.slug for row in snapshot.pokemon}
    types = {row.slug for row in snapshot.types}
    moves = {row.slug for row in snapshot.moves}
    named: tuple[tuple[str, set[str], set[str | None]], ...] = (
        ("pokemon.species", species, {row.species for row in snapshot.pokemon}),
        ("pokemon.type", types, {kind for row in snapshot.pokemon for kind in (row.type_1, row.type_2)}),
        ("moves.type", types, {row.type for row in snapshot.moves}),
        ("effectiveness", types, {t for c in snapshot.effectiveness for t in (c.attacking, c.defending)}),
        ("learnsets.pokemon", pokemon, {row.pokemon for row in snapshot.learnsets}),
        ("learnsets.move", moves, {row.move for row in snapshot.learnsets}),
        ("evolutions", pokemon, {s for row in snapshot.evolutions for s in (row.from_slug, row.to_slug)}),
    )
    for what, known, used in named:
        for missing in sorted(slug for slug in used if slug is not None and slug not in known):
            yield f"{what}: {missing!r} does not exist"
    for unlearned in sorted(moves - {row.move for row in snapshot.learnsets}):
        yield f"moves: nothing learns {unlearned!r}"


def _learnsets(records: Records) -> Iterator[str]:
    damaging = {slug for slug, move in records.moves.items() if move.category != "status"}
    for slug, pokemon in records.pokemon.items():
        if not pokemon.learnset:
            yield f"pokemon: {slug!r} learns nothing"
        elif slug not in HARMLESS and not _has_attack(pokemon, damaging):
            yield f"pokemon: {slug!r} learns no damaging move"
        for learned in pokemon.learnset:
            if (learned.method == "level") != (learned.level is not None):
                yield f"learnsets: {slug!r}, {learned.move!r}: level {learned.level} by {learned.method}"


def _has_attack(pokemon: PokemonRecord, damaging: set[str]) -> bool:
    return any(learned.move in damaging for learned in pokemon.learnset)
