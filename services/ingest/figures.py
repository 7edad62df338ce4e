"""The figures of a Pokédex, and what they must be for these games. Pure."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from services.ingest.domain import Records
from services.ingest.snapshot import Snapshot

LEVEL_UP_METHODS: Final = ("start", "evolution", "level")
CELLS: Final[Mapping[float, str]] = {0.0: "none", 0.5: "half", 1.0: "neutral", 2.0: "double"}

EXPECTED: Final[Mapping[str, int]] = {
    "species": 153,
    "pokemon": 188,
    "pokemon_base": 153,
    "pokemon_alola": 18,
    "pokemon_partner": 2,
    "pokemon_mega": 15,
    "types": 18,
    "effectiveness_cells": 324,
    "effectiveness_neutral": 204,
    "effectiveness_half": 61,
    "effectiveness_double": 51,
    "effectiveness_none": 8,
    "moves": 223,
    "moves_physical": 100,
    "moves_special": 55,
    "moves_status": 68,
    "technical_machines": 60,
    "learnset_rows": 5_190,
    "learnset_level_up": 2_035,
    "learnset_tm": 3_144,
    "learnset_tutor": 11,
    "learnset_rows_with_inherited": 5_807,
    "evolutions_between_species": 73,
}
"""Figure → its value. Two independent public sources agree on those that come from the games."""


def compute_figures(snapshot: Snapshot, records: Records) -> dict[str, int]:
    """All figures of a Pokédex, those of `EXPECTED` first.

    `learnset_rows` counts what Pokémon learn themselves, Mega forms excluded;
    `learnset_rows_with_inherited` adds what comes from pre-evolutions and, for a Mega, its base form.
    """
    forms = Counter(record.form for record in records.pokemon.values())
    categories = Counter(record.category for record in records.moves.values())
    cells = Counter(cell.multiplier for cell in snapshot.effectiveness)
    methods = Counter(learned.method for record in records.pokemon.values() for learned in record.learnset)
    own_methods = Counter(row.method for row in snapshot.learnsets)
    species_of = {row.slug: row.species for row in snapshot.pokemon}
    lineage = {(species_of.get(row.from_slug), species_of.get(row.to_slug)) for row in snapshot.evolutions}
    return {
        "species": len(snapshot.species),
        "pokemon": len(records.pokemon),
        **{f"pokemon_{form}": forms[form] for form in ("base", "alola", "partner", "mega")},
        "types": len(records.types),
        "effectiveness_cells": len(snapshot.effectiveness),
        **{f"effectiveness_{CELLS[value]}": cells[value] for value in (1.0, 0.5, 2.0, 0.0)},
        "moves": len(records.moves),
        **{f"moves_{category}": categories[category] for category in ("physical", "special", "status")},
        "technical_machines": len({row.tm for row in snapshot.moves if row.tm is not None}),
        "learnset_rows": len(snapshot.learnsets),
        "learnset_level_up": sum(own_methods[method] for method in LEVEL_UP_METHODS),
        "learnset_tm": own_methods["tm"],
        "learnset_tutor": own_methods["tutor"],
        "learnset_rows_with_inherited": sum(methods.values()),
        "evolutions_between_species": len(lineage),
        "evolutions": len(snapshot.evolutions),
        "learnset_inherited": methods["inherited"],
        "moves_left_out": len(snapshot.left_out),
    }
