"""A Pokémon's picture, with a drawn stand-in."""

from nicegui.element import Element

from contracts.pokedex import PokemonRecord
from shared.wording import Language
from ui.components.names import shown_name
from ui.components.types import tints


class Creature(Element, component="creature.js"):
    """Picture of `pokemon`; nameless (decorative) where its name stands beside it anyway."""

    def __init__(
        self, pokemon: PokemonRecord | None, language: Language, *, decorative: bool = False
    ) -> None:
        """Add the picture to the current slot."""
        super().__init__()
        self.props["first"], self.props["second"] = tints(pokemon)
        if pokemon is not None and pokemon.sprite_url:
            self.props["picture"] = pokemon.sprite_url
        if pokemon is not None and not decorative:
            self.props["name"] = shown_name(pokemon, language)
