"""The Pokédex as rows of its tables. Pure; the same Pokédex gives the same rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from contracts.pokedex import MoveLeftOut as MoveLeftOutRecord
from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from services.ingest.domain import Records
from shared.database.tables import (
    EFFECT_CLASS_IDS,
    FORM_IDS,
    LEARN_METHOD_IDS,
    MOVE_CATEGORY_IDS,
    Base,
    Evolution,
    Move,
    MoveLeftOut,
    Pokemon,
    PokemonMove,
    PokemonStats,
    PokemonType,
    Species,
    Type,
    TypeEffectiveness,
)

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TableRows:
    """All rows of one table."""

    table: type[Base]
    rows: Sequence[Row]


def table_rows(records: Records, left_out: Iterable[MoveLeftOutRecord]) -> tuple[TableRows, ...]:
    """Rows of every table that ingest replaces, a table after those it refers to.

    They depend on the records alone, so that the topics can give the tables back.
    """
    type_ids = {record.slug: record.id for record in records.types.values()}
    move_ids = {record.slug: record.id for record in records.moves.values()}
    pokemon_ids = {record.slug: record.id for record in records.pokemon.values()}
    pokemon = sorted(records.pokemon.values(), key=_by_id)
    return (
        TableRows(Type, _types(records)),
        TableRows(TypeEffectiveness, _effectiveness(records, type_ids)),
        TableRows(Species, _species(pokemon)),
        TableRows(
            Pokemon,
            [
                {
                    "id": one.id,
                    "slug": one.slug,
                    "species_number": one.species_number,
                    "form_id": FORM_IDS[one.form],
                    "name_en": one.name_en,
                    "name_fr": one.name_fr,
                    "weight_hg": one.weight_hg,
                    "sprite_url": one.sprite_url,
                }
                for one in pokemon
            ],
        ),
        TableRows(
            PokemonType,
            [
                {"pokemon_id": one.id, "slot": slot, "type_id": type_ids[slug]}
                for one in pokemon
                for slot, slug in enumerate(one.types, start=1)
            ],
        ),
        TableRows(
            PokemonStats,
            [{"pokemon_id": one.id, **msgspec.structs.asdict(one.base_stats)} for one in pokemon],
        ),
        TableRows(Evolution, _evolutions(pokemon, pokemon_ids)),
        TableRows(Move, _moves(records, type_ids)),
        TableRows(MoveLeftOut, [msgspec.structs.asdict(row) for row in sorted(left_out, key=_by_id)]),
        TableRows(
            PokemonMove,
            [
                {
                    "pokemon_id": one.id,
                    "position": position,
                    "move_id": move_ids[learned.move],
                    "method_id": LEARN_METHOD_IDS[learned.method],
                    "level": learned.level,
                }
                for one in pokemon
                for position, learned in enumerate(one.learnset)
            ],
        ),
    )


def _by_id(record: MoveLeftOutRecord | TypeRecord | PokemonRecord | MoveRecord) -> int:
    return record.id


def _types(records: Records) -> list[Row]:
    return [
        {"id": one.id, "slug": one.slug, "name_en": one.name_en, "name_fr": one.name_fr}
        for one in sorted(records.types.values(), key=_by_id)
    ]


def _effectiveness(records: Records, type_ids: Mapping[str, int]) -> list[Row]:
    return [
        {
            "attacking_type_id": attacking.id,
            "defending_type_id": type_ids[defending],
            "multiplier": Decimal(str(multiplier)),
        }
        for attacking in sorted(records.types.values(), key=_by_id)
        for defending, multiplier in sorted(attacking.effectiveness.items())
    ]


def _species(pokemon: Iterable[PokemonRecord]) -> list[Row]:
    """A species is named as its base form."""
    return [
        {
            "number": one.species_number,
            "slug": one.species,
            "name_en": one.name_en,
            "name_fr": one.name_fr,
        }
        for one in pokemon
        if one.form == "base"
    ]


def _evolutions(pokemon: Iterable[PokemonRecord], pokemon_ids: Mapping[str, int]) -> list[Row]:
    return [
        {
            "to_pokemon_id": one.id,
            "from_pokemon_id": pokemon_ids[one.evolves_from],
            **msgspec.structs.asdict(one.evolution),
        }
        for one in pokemon
        if one.evolves_from is not None and one.evolution is not None
    ]


def _moves(records: Records, type_ids: Mapping[str, int]) -> list[Row]:
    rows: list[Row] = []
    for move in sorted(records.moves.values(), key=_by_id):
        row = msgspec.structs.asdict(move)
        del row["run_id"]
        row["type_id"] = type_ids[row.pop("type")]
        row["category_id"] = MOVE_CATEGORY_IDS[row.pop("category")]
        row["effect_class_id"] = EFFECT_CLASS_IDS[row.pop("effect_class")]
        rows.append(row)
    return rows
