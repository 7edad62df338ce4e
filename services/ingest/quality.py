"""The gate: what must be true of a Pokédex before it is kept or published. Pure."""

from collections.abc import Iterator
from typing import Final

from contracts.pokedex import PokemonRecord
from services.ingest.consistency import check_rows
from services.ingest.domain import Records
from services.ingest.figures import EXPECTED, compute_figures
from services.ingest.snapshot import Snapshot
from shared.pokedex_words import PRIORITY_WORDS

HARMLESS: Final = frozenset({"ditto"})
"""Pokémon that learn no damaging move."""
MACHINE_NUMBERS: Final = tuple(range(1, EXPECTED["technical_machines"] + 1))


def check_quality(snapshot: Snapshot, records: Records) -> tuple[str, ...]:
    """All that is wrong, one sentence each; empty when the Pokédex may be published."""
    return (
        *_figures(snapshot, records),
        *(str(problem) for problem in check_rows(snapshot)),
        *_moves(records),
        *_learnsets(records),
        *_types(records),
    )


def _figures(snapshot: Snapshot, records: Records) -> Iterator[str]:
    found = compute_figures(snapshot, records)
    for name, expected in EXPECTED.items():
        if found[name] != expected:
            yield f"{name}: {found[name]}, expected {expected}"


def _moves(records: Records) -> Iterator[str]:
    learned = {one.move for record in records.pokemon.values() for one in record.learnset}
    machines = tuple(sorted(move.tm for move in records.moves.values() if move.tm is not None))
    if machines != MACHINE_NUMBERS:
        yield f"moves.tm: {machines}, expected 1 to {MACHINE_NUMBERS[-1]}, each once"
    for slug, move in records.moves.items():
        if slug not in learned:
            yield f"moves: nothing learns {slug!r}"
        if move.priority not in PRIORITY_WORDS:
            yield f"moves.priority: {move.priority} of {slug!r} is none of {sorted(PRIORITY_WORDS)}"
        if move.category == "status" and move.power:
            yield f"moves.power: {move.power} of {slug!r}, which is a status move"


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


def _types(records: Records) -> Iterator[str]:
    for slug, record in records.types.items():
        missing = records.types.keys() - record.effectiveness.keys()
        if missing:
            yield f"effectiveness: {slug!r} has no multiplier against {', '.join(sorted(missing))}"
