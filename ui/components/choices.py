"""Pokémon and moves as rows of a drop-down."""

from contracts.pokedex import MoveRecord, PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui import texts
from ui.components.names import other_name, shown_name
from ui.components.search_select import Choice
from ui.components.types import tints, type_colour, type_name


def pokemon_choices(pokedex: Pokedex, language: Language) -> list[Choice]:
    """Every Pokémon in Pokédex order, found by both names, its slug and its number."""
    return [_pokemon_choice(pokemon, pokedex, language) for pokemon in pokedex.pokemon]


def _pokemon_choice(pokemon: PokemonRecord, pokedex: Pokedex, language: Language) -> Choice:
    first, second = tints(pokemon)
    note = " · ".join(
        part for part in (f"#{pokemon.species_number:03}", other_name(pokemon, language)) if part
    )
    return Choice(
        slug=pokemon.slug,
        label=shown_name(pokemon, language),
        names=(pokemon.name_en, pokemon.name_fr, pokemon.slug, str(pokemon.species_number)),
        note=note,
        badges=tuple((type_name(slug, pokedex, language), type_colour(slug)) for slug in pokemon.types),
        creature={"first": first, "second": second, "picture": pokemon.sprite_url or ""},
    )


def move_choices(pokemon: PokemonRecord, pokedex: Pokedex, language: Language) -> list[Choice]:
    """Every move the Pokémon learns: damaging ones by falling power, then the status moves."""
    slugs = {learned.move for learned in pokemon.learnset}
    moves = [pokedex.moves_by_slug[slug] for slug in slugs if slug in pokedex.moves_by_slug]
    moves.sort(key=lambda move: (move.category == "status", -move.power, shown_name(move, language)))
    return [_move_choice(move, pokedex, language) for move in moves]


def _move_choice(move: MoveRecord, pokedex: Pokedex, language: Language) -> Choice:
    return Choice(
        slug=move.slug,
        label=shown_name(move, language),
        names=(move.name_en, move.name_fr, move.slug),
        note=" · ".join(part for part in (describe_move(move, language), other_name(move, language)) if part),
        badges=((type_name(move.type, pokedex, language), type_colour(move.type)),),
        is_disabled=move.category == "status",
    )


def describe_move(move: MoveRecord, language: Language) -> str:
    """Category and power in words; of a status move, that it is not scored."""
    category = texts.CATEGORIES[move.category].say(language)
    if move.category == "status":
        return f"{category} · {texts.STATUS_NOT_SCORED.say(language)}"
    power = texts.POWER.say(language, power=move.power) if move.power else texts.POWER_VARIES.say(language)
    return f"{category} · {power}"
