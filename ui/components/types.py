"""Colours of the eighteen types, and which ink is readable on them."""

from typing import Final

from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.markup import Tag

DARK_INK: Final = "#10162f"
LIGHT_INK: Final = "#ffffff"
NEUTRAL: Final = "#8f98b3"

TYPE_COLOURS: Final[dict[str, str]] = {
    "normal": "#9099a1",
    "fire": "#ff9c54",
    "water": "#4d90d5",
    "electric": "#f3d23b",
    "grass": "#63bb5b",
    "ice": "#74cec0",
    "fighting": "#ce4069",
    "poison": "#a864c7",
    "ground": "#d97746",
    "flying": "#92aade",
    "psychic": "#f97176",
    "bug": "#90c12c",
    "rock": "#c7b78b",
    "ghost": "#5269ac",
    "dragon": "#0a6dc4",
    "dark": "#5a5366",
    "steel": "#5a8ea1",
    "fairy": "#ec8fe6",
}


def type_colour(slug: str) -> str:
    """The colour of a type, a neutral one when it is not known."""
    return TYPE_COLOURS.get(slug, NEUTRAL)


def readable_ink(colour: str) -> str:
    """Dark or light, whichever has more contrast on `colour` (`#rrggbb`; WCAG 2 relative luminance)."""
    lightness = _luminance(colour)
    on_dark = (lightness + 0.05) / (_luminance(DARK_INK) + 0.05)
    on_light = (_luminance(LIGHT_INK) + 0.05) / (lightness + 0.05)
    return DARK_INK if on_dark >= on_light else LIGHT_INK


def _luminance(colour: str) -> float:
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def type_name(slug: str, pokedex: Pokedex, language: Language) -> str:
    """The type's name in `language`."""
    record = pokedex.types_by_slug.get(slug)
    if record is None:
        return slug
    return record.name_fr if language == "fr" else record.name_en


def type_badge(slug: str, pokedex: Pokedex, language: Language) -> Tag:
    """A coloured badge with the type's name."""
    colour = type_colour(slug)
    badge = Tag("span", type_name(slug, pokedex, language), "badge")
    badge.style(f"background:{colour};color:{readable_ink(colour)}")
    return badge


def tints(pokemon: PokemonRecord | None) -> tuple[str, str]:
    """Two colours that stand for a Pokémon: of its first and of its last type."""
    if pokemon is None or not pokemon.types:
        return NEUTRAL, NEUTRAL
    return type_colour(pokemon.types[0]), type_colour(pokemon.types[-1])
