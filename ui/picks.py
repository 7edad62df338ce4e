"""What a visitor or a link gives for a side, taken or refused with the reason. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.battle import MAXIMUM_LEVEL, MAXIMUM_MOVES, MINIMUM_LEVEL
from contracts.pokedex import MoveRecord, PokemonRecord
from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex
from shared.wording import Language
from ui.components.names import shown_name
from ui.texts import battle as texts


@dataclass(frozen=True, slots=True)
class Problem:
    """Why what was given cannot be taken, as a sentence; `nearest`: names that may have been meant."""

    sentence: str
    nearest: tuple[str, ...] = ()


def take_level(text: str, language: Language) -> int | Problem:
    """`text` as a level. Never rounded, cut or replaced."""
    text = text.strip()
    if not text:
        words = texts.LEVEL_MISSING.say(language, least=MINIMUM_LEVEL, most=MAXIMUM_LEVEL)
        return Problem(words)
    # no longer than needed: `int` is slow on very long texts
    if text.isascii() and text.isdecimal() and len(text) <= MAXIMUM_NAME_LENGTH:
        level = int(text)
        if MINIMUM_LEVEL <= level <= MAXIMUM_LEVEL:
            return level
    shown = _shown(text)
    return Problem(texts.LEVEL_RANGE.say(language, value=shown, least=MINIMUM_LEVEL, most=MAXIMUM_LEVEL))


def take_pokemon(name: str, pokedex: Pokedex, language: Language) -> PokemonRecord | Problem:
    """The Pokémon of that name."""
    found = pokedex.find_pokemon(name)
    if found is not None:
        return found
    shown = _shown(name)
    nearest = tuple(shown_name(near, language) for near in pokedex.near_pokemon(shown))
    return Problem(texts.UNKNOWN_POKEMON.say(language, name=shown), nearest)


def take_move(
    name: str, pokemon: PokemonRecord | None, chosen: Sequence[str], pokedex: Pokedex, language: Language
) -> MoveRecord | Problem:
    """The move of that name as one more of the `pokemon`'s, which has those of the slugs `chosen`."""
    shown = _shown(name)
    move = pokedex.find_move(name)
    if move is None:
        nearest = tuple(shown_name(near, language) for near in pokedex.near_moves(shown))
        return Problem(texts.UNKNOWN_MOVE.say(language, name=shown), nearest)
    named = shown_name(move, language)
    if pokemon is None:
        return Problem(texts.MOVE_OF_NOBODY.say(language, move=named))
    if not pokedex.can_learn(pokemon.slug, move.slug):
        who = shown_name(pokemon, language)
        return Problem(texts.NOT_LEARNABLE.say(language, pokemon=who, move=named))
    if move.category == "status":
        return Problem(texts.STATUS_MOVE.say(language, move=named))
    if move.slug in chosen:
        return Problem(texts.MOVE_TWICE.say(language, move=named))
    if len(chosen) >= MAXIMUM_MOVES:
        return Problem(texts.TOO_MANY_MOVES.say(language, move=named, most=MAXIMUM_MOVES))
    return move


def _shown(text: str) -> str:
    return text.strip()[:MAXIMUM_NAME_LENGTH]
