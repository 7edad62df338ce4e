"""The Pokédex as rows of its tables. Pure; the same Pokédex gives the same rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec

from services.ingest.domain import Records
from services.ingest.snapshot import Snapshot
from shared.database.tables import (
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


def table_rows(snapshot: Snapshot, records: Records) -> tuple[TableRows, ...]:
    """Rows of every table that ingest owns, a table after those it refers to."""
    type_ids = {record.slug: record.id for record in records.types.values()}
    move_ids = {record.slug: record.id for record in records.moves.values()}
    pokemon_ids = {record.slug: record.id for record in records.pokemon.values()}
    pokemon = sorted(records.pokemon.values(), key=lambda record: record.id)
    return (
        TableRows(Type, [msgspec.structs.asdict(row) for row in snapshot.types]),
        TableRows(TypeEffectiveness, _effectiveness(snapshot, type_ids)),
        TableRows(Species, [msgspec.structs.asdict(row) for row in snapshot.species]),
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
        TableRows(Evolution, _evolutions(snapshot, pokemon_ids)),
        TableRows(Move, _moves(records, type_ids)),
        TableRows(MoveLeftOut, [msgspec.structs.asdict(row) for row in snapshot.left_out]),
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


def _effectiveness(snapshot: Snapshot, type_ids: dict[str, int]) -> list[Row]:
    return [
        {
            "attacking_type_id": type_ids[cell.attacking],
            "defending_type_id": type_ids[cell.defending],
            "multiplier": Decimal(str(cell.multiplier)),
        }
        for cell in snapshot.effectiveness
    ]


def _evolutions(snapshot: Snapshot, pokemon_ids: dict[str, int]) -> list[Row]:
    return [
        {
            "to_pokemon_id": pokemon_ids[row.to_slug],
            "from_pokemon_id": pokemon_ids[row.from_slug],
            "trigger": row.trigger,
            "level": row.level,
            "item": row.item,
        }
        for row in snapshot.evolutions
    ]


def _moves(records: Records, type_ids: dict[str, int]) -> list[Row]:
    rows: list[Row] = []
    for move in sorted(records.moves.values(), key=lambda record: record.id):
        row = msgspec.structs.asdict(move)
        del row["run_id"]
        row["type_id"] = type_ids[row.pop("type")]
        row["category_id"] = MOVE_CATEGORY_IDS[row.pop("category")]
        rows.append(row)
    return rows
