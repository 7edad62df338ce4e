"""Names as they are published: one spelling of each character. Pure."""

import unicodedata
from dataclasses import replace
from typing import Final, TypeVar

import msgspec

from services.ingest.snapshot import MoveRow, PokemonRow, Snapshot, SpeciesRow, TypeRow

_SPELLINGS: Final = str.maketrans(
    {"\N{RIGHT SINGLE QUOTATION MARK}": "'", "\N{MODIFIER LETTER APOSTROPHE}": "'", "\N{HYPHEN}": "-"}
)
Named = TypeVar("Named", SpeciesRow, PokemonRow, TypeRow, MoveRow)


def normalise_name(name: str) -> str:
    """`name` with composed accents, straight apostrophes and single plain spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", name).translate(_SPELLINGS).split())


def normalise_names(snapshot: Snapshot) -> Snapshot:
    """`snapshot` with every English and French name normalised."""
    return replace(
        snapshot,
        species=_normalised(snapshot.species),
        pokemon=_normalised(snapshot.pokemon),
        types=_normalised(snapshot.types),
        moves=_normalised(snapshot.moves),
    )


def _normalised(rows: tuple[Named, ...]) -> tuple[Named, ...]:
    return tuple(
        msgspec.structs.replace(row, name_en=normalise_name(row.name_en), name_fr=normalise_name(row.name_fr))
        for row in rows
    )
