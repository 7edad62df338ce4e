"""What a Pokédex is made of and when it may be published. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from contracts.pokedex import (
    BaseStats,
    LearnedMove,
    MoveRecord,
    PokedexCounts,
    PokemonRecord,
    TypeRecord,
)
from services.ingest.snapshot import LearnsetRow, PokemonRow, Snapshot
from shared.pokedex import compute_pokedex_hash

Record = PokemonRecord | MoveRecord | TypeRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """All records of the Pokédex, by slug."""

    pokemon: Mapping[str, PokemonRecord]
    moves: Mapping[str, MoveRecord]
    types: Mapping[str, TypeRecord]

    @property
    def counts(self) -> PokedexCounts:
        """How many records there are."""
        return PokedexCounts(pokemon=len(self.pokemon), moves=len(self.moves), types=len(self.types))

    @property
    def pokedex_hash(self) -> str:
        """The hash that readers compare, see `shared.pokedex.compute_pokedex_hash`."""
        return compute_pokedex_hash(self.pokemon.values(), self.moves.values(), self.types.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What to publish so that the folded topics become `Records`: new values, and slugs to remove."""

    pokemon: tuple[PokemonRecord, ...]
    moves: tuple[MoveRecord, ...]
    types: tuple[TypeRecord, ...]
    removed_pokemon: tuple[str, ...]
    removed_moves: tuple[str, ...]
    removed_types: tuple[str, ...]

    @property
    def published(self) -> int:
        """Number of records with a value."""
        return len(self.pokemon) + len(self.moves) + len(self.types)

    @property
    def removed(self) -> int:
        """Number of tombstones."""
        return len(self.removed_pokemon) + len(self.removed_moves) + len(self.removed_types)


def build_records(snapshot: Snapshot, run_id: str) -> Records:
    """The records of `snapshot`, learnsets completed by inheritance."""
    evolves_from = {row.to_slug: row.from_slug for row in snapshot.evolutions}
    move_ids = {row.slug: row.id for row in snapshot.moves}
    learnsets = complete_learnsets(snapshot.pokemon, snapshot.learnsets, evolves_from, move_ids)
    numbers = {row.slug: row.number for row in snapshot.species}
    multipliers: dict[str, dict[str, float]] = {row.slug: {} for row in snapshot.types}
    for cell in snapshot.effectiveness:
        multipliers.setdefault(cell.attacking, {})[cell.defending] = cell.multiplier
    pokemon = {
        row.slug: PokemonRecord(
            run_id=run_id,
            id=row.id,
            slug=row.slug,
            species=row.species,
            species_number=numbers.get(row.species, 0),
            form=row.form,
            name_en=row.name_en,
            name_fr=row.name_fr,
            types=(row.type_1,) if row.type_2 is None else (row.type_1, row.type_2),
            base_stats=BaseStats(
                row.hp, row.attack, row.defense, row.special_attack, row.special_defense, row.speed
            ),
            weight_hg=row.weight_hg,
            learnset=learnsets[row.slug],
            evolves_from=evolves_from.get(row.slug),
            sprite_url=row.sprite_url,
        )
        for row in snapshot.pokemon
    }
    moves = {row.slug: MoveRecord(run_id=run_id, **msgspec.structs.asdict(row)) for row in snapshot.moves}
    types = {
        row.slug: TypeRecord(
            run_id=run_id, **msgspec.structs.asdict(row), effectiveness=multipliers[row.slug]
        )
        for row in snapshot.types
    }
    return Records(pokemon=pokemon, moves=moves, types=types)


def complete_learnsets(
    pokemon: Iterable[PokemonRow],
    learnsets: Iterable[LearnsetRow],
    evolves_from: Mapping[str, str],
    move_ids: Mapping[str, int],
) -> dict[str, tuple[LearnedMove, ...]]:
    """Learnset per Pokémon: its own rows, then what it inherits, by move id.

    An evolved Pokémon inherits what its pre-evolution knows and it does not learn itself. The
    lineage is that of the form: an Alolan form without an Alolan pre-evolution inherits nothing. A
    Mega has the moves of its base form. Nothing inherited names a level.
    """
    rows = tuple(pokemon)
    base_of = {row.slug: row.species for row in rows if row.form == "mega"}
    own: dict[str, list[LearnedMove]] = {row.slug: [] for row in rows}
    for learned in learnsets:
        own.setdefault(learned.pokemon, []).append(LearnedMove(learned.move, learned.method, learned.level))
    complete: dict[str, tuple[LearnedMove, ...]] = {}

    def resolve(slug: str, descendants: frozenset[str]) -> tuple[LearnedMove, ...]:
        if slug in complete:
            return complete[slug]
        parent = base_of.get(slug) or evolves_from.get(slug)
        known = {learned.move for learned in own.get(slug, ())}
        inherited: set[str] = set()
        if parent is not None and parent not in descendants:
            ancestral = resolve(parent, descendants | {slug})
            inherited = {learned.move for learned in ancestral} - known
        ordered = sorted(inherited, key=lambda move: (move_ids.get(move, 0), move))
        complete[slug] = (*own.get(slug, ()), *(LearnedMove(move, "inherited") for move in ordered))
        return complete[slug]

    for row in rows:
        resolve(row.slug, frozenset())
    return complete


UNCHANGED_RUN: Final = ""


def diff(wanted: Records, folded: Records) -> Changes:
    """What must be published so that `folded` becomes `wanted`; the run id does not count as a change."""
    return Changes(
        pokemon=tuple(
            r for r in wanted.pokemon.values() if _content(r) != _content(folded.pokemon.get(r.slug))
        ),
        moves=tuple(r for r in wanted.moves.values() if _content(r) != _content(folded.moves.get(r.slug))),
        types=tuple(r for r in wanted.types.values() if _content(r) != _content(folded.types.get(r.slug))),
        removed_pokemon=tuple(sorted(folded.pokemon.keys() - wanted.pokemon.keys())),
        removed_moves=tuple(sorted(folded.moves.keys() - wanted.moves.keys())),
        removed_types=tuple(sorted(folded.types.keys() - wanted.types.keys())),
    )


def _content(record: Record | None) -> Record | None:
    return None if record is None else msgspec.structs.replace(record, run_id=UNCHANGED_RUN)
