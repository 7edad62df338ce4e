"""Names of Pokémon and moves in the visitor's language, and all the names they are found by."""

from contracts.pokedex import MoveRecord, PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language


def shown_name(record: PokemonRecord | MoveRecord, language: Language) -> str:
    """The name in `language`."""
    return record.name_fr if language == "fr" else record.name_en


def other_name(record: PokemonRecord | MoveRecord, language: Language) -> str:
    """The name in the other language, empty when it is the same."""
    name = record.name_en if language == "fr" else record.name_fr
    return "" if name == shown_name(record, language) else name


def pokemon_name(slug: str, pokedex: Pokedex | None, language: Language) -> str:
    """The name of a Pokémon by slug; the slug itself when it is not in the Pokédex."""
    record = pokedex.pokemon_by_slug.get(slug) if pokedex is not None else None
    return slug if record is None else shown_name(record, language)


def move_name(slug: str, pokedex: Pokedex | None, language: Language) -> str:
    """The name of a move by slug; the slug itself when it is not in the Pokédex."""
    record = pokedex.moves_by_slug.get(slug) if pokedex is not None else None
    return slug if record is None else shown_name(record, language)
