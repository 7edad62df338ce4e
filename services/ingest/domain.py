"""What a Pokédex is made of and when it may be published. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from contracts.pokedex import (
    BaseStats,
    Evolution,
    MoveRecord,
    PokedexCounts,
    PokedexIngested,
    PokemonRecord,
    TypeRecord,
)
from services.ingest.effect_classes import effect_class
from services.ingest.inheritance import complete_learnsets
from services.ingest.snapshot import Snapshot
from shared.pokedex import compute_pokedex_hash

Record = PokemonRecord | MoveRecord | TypeRecord
AnyRecord = TypeVar("AnyRecord", PokemonRecord, MoveRecord, TypeRecord)


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
    """The records of `snapshot`, learnsets completed by inheritance.

    Raises ValueError naming a move whose effects belong to no effect class.
    """
    evolves_from = {row.to_slug: row.from_slug for row in snapshot.evolutions}
    evolutions = {row.to_slug: Evolution(row.trigger, row.level, row.item) for row in snapshot.evolutions}
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
            evolution=evolutions.get(row.slug),
            sprite_url=row.sprite_url,
        )
        for row in snapshot.pokemon
    }
    moves = {
        row.slug: MoveRecord(
            run_id=run_id,
            **msgspec.structs.asdict(row),
            effect_class=effect_class(row.slug, row.category, row.effects),
        )
        for row in snapshot.moves
    }
    types = {
        row.slug: TypeRecord(
            run_id=run_id, **msgspec.structs.asdict(row), effectiveness=multipliers[row.slug]
        )
        for row in snapshot.types
    }
    return Records(pokemon=pokemon, moves=moves, types=types)


UNCHANGED_RUN: Final = ""
LIVE_SOURCES: Final = ("pokeapi", "pokepedia")


def diff(wanted: Records, folded: Records, *, force: bool = False) -> Changes:
    """What must be published so that `folded` becomes `wanted`; the run id does not count as a change.

    `force`: every record of `wanted`, changed or not.
    """
    return Changes(
        pokemon=_changed(wanted.pokemon, folded.pokemon, force),
        moves=_changed(wanted.moves, folded.moves, force),
        types=_changed(wanted.types, folded.types, force),
        removed_pokemon=tuple(sorted(folded.pokemon.keys() - wanted.pokemon.keys())),
        removed_moves=tuple(sorted(folded.moves.keys() - wanted.moves.keys())),
        removed_types=tuple(sorted(folded.types.keys() - wanted.types.keys())),
    )


def keeps_refresh(ingested: PokedexIngested | None, folded_hash: str) -> bool:
    """Whether a start leaves the topics as they are: they hold a whole, gated refresh from a live source."""
    return (
        ingested is not None
        and ingested.source in LIVE_SOURCES
        and ingested.passed_gate
        and ingested.pokedex_hash == folded_hash
    )


def says_the_same(announced: PokedexIngested | None, wanted: PokedexIngested) -> bool:
    """Whether `announced` need not be repeated; its run and time do not count."""
    return announced is not None and wanted == msgspec.structs.replace(
        announced, run_id=wanted.run_id, ingested_at_ms=wanted.ingested_at_ms
    )


def _changed(
    wanted: Mapping[str, AnyRecord], folded: Mapping[str, AnyRecord], force: bool
) -> tuple[AnyRecord, ...]:
    return tuple(
        record for slug, record in wanted.items() if force or _content(record) != _content(folded.get(slug))
    )


def _content(record: Record | None) -> Record | None:
    return None if record is None else msgspec.structs.replace(record, run_id=UNCHANGED_RUN)
