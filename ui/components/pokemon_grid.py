"""Pokémon as cards that lead to their pages."""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

from nicegui.element import Element

from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.creature import Creature
from ui.components.names import other_name, shown_name
from ui.components.types import readable_ink, tints, type_colour, type_name
from ui.texts import pokedex as texts


def pokemon_path(slug: str) -> str:
    """Where a Pokémon's page is."""
    return f"/pokedex/{quote(slug)}"


class PokemonGrid(Element, component="pokemon_grid.js"):
    """One card for each of `pokemon`; `notes` has a further line for some, by slug."""

    def __init__(
        self,
        pokemon: Iterable[PokemonRecord],
        pokedex: Pokedex,
        language: Language,
        *,
        label: str,
        notes: Mapping[str, str] | None = None,
    ) -> None:
        """Add the list to the current slot. `label` names it for screen readers."""
        super().__init__()
        self._pokedex = pokedex
        self._language = language
        self.props["label"] = label
        self.props["cards"] = [self._card(record, (notes or {}).get(record.slug, "")) for record in pokemon]
        with self:  # never shown: it makes the browser load the component that the cards use
            Creature(None, language, decorative=True)

    def _card(self, pokemon: PokemonRecord, note: str) -> dict[str, object]:
        language = self._language
        first, second = tints(pokemon)
        return {
            "slug": pokemon.slug,
            "href": pokemon_path(pokemon.slug),
            "number": texts.NUMBER.say(language, number=pokemon.species_number),
            "name": shown_name(pokemon, language),
            "other": other_name(pokemon, language),
            "otherLanguage": "en" if language == "fr" else "fr",
            "badges": type_badges(pokemon.types, self._pokedex, language),
            "creature": {"first": first, "second": second, "picture": pokemon.sprite_url or ""},
            "note": note,
        }


def type_badges(slugs: Iterable[str], pokedex: Pokedex, language: Language) -> list[dict[str, str]]:
    """Badges of types as the browser's components take them."""
    return [
        {
            "text": type_name(slug, pokedex, language),
            "colour": type_colour(slug),
            "ink": readable_ink(type_colour(slug)),
        }
        for slug in slugs
    ]
