"""Pokémon and moves as rows of a drop-down."""

from collections.abc import Mapping

from contracts.pokedex import MoveRecord, PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.moves import accuracy_words, category_words, effect_words, named_priority
from ui.components.names import other_name, shown_name
from ui.components.search_select import Choice
from ui.components.types import tints, type_colour, type_name
from ui.texts import battle as texts
from ui.texts.pokedex import NEVER_MISSES


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
        names=(*_found_by(pokemon, pokedex.pokemon_names), str(pokemon.species_number)),
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
        names=_found_by(move, pokedex.move_names),
        note=" · ".join(part for part in (describe_move(move, language), other_name(move, language)) if part),
        detail=move.description,
        badges=((type_name(move.type, pokedex, language), type_colour(move.type)),),
        is_disabled=move.category == "status",
    )


def _found_by(record: PokemonRecord | MoveRecord, names: Mapping[str, str]) -> tuple[str, ...]:
    """Everything that finds the record elsewhere, so that a picker finds it too."""
    folded = tuple(name for name, slug in names.items() if slug == record.slug)
    return (record.name_en, record.name_fr, record.slug, *folded)


def describe_move(move: MoveRecord, language: Language) -> str:
    """Category, power, accuracy, PP, priority and effect; of a status move, that it is not scored."""
    parts = [category_words(move, language)]
    if move.category == "status":
        parts.append(texts.STATUS_NOT_SCORED.say(language))
    elif move.power:
        parts.append(texts.POWER.say(language, power=move.power))
    else:
        parts.append(texts.POWER_VARIES.say(language))
    if move.accuracy is None:
        parts.append(NEVER_MISSES.say(language))
    else:
        parts.append(texts.ACCURACY.say(language, accuracy=accuracy_words(move, language)))
    parts.append(texts.PP.say(language, pp=move.pp))
    if move.priority:
        parts.append(texts.PRIORITY.say(language, priority=named_priority(move, language)))
    parts.append(effect_words(move, language))
    return " · ".join(parts)


def summarise_move(move: MoveRecord, language: Language) -> str:
    """Category and power alone, where there is little room."""
    return " · ".join(describe_move(move, language).split(" · ")[:2])
