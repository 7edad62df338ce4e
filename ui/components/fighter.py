"""One side of a battle: which Pokémon, at which level, with which moves."""

from collections.abc import Callable

from nicegui import ui

from contracts.battle import (
    DEFAULT_LEVEL,
    MAXIMUM_LEVEL,
    MAXIMUM_MOVES,
    MINIMUM_LEVEL,
    Combatant,
    SideName,
)
from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.choices import move_choices, pokemon_choices
from ui.components.creature import Creature
from ui.components.markup import Tag
from ui.components.search_select import SearchSelect
from ui.components.stats import draw_stats
from ui.components.types import tints, type_badge
from ui.texts import battle as texts


class Fighter:
    """The card of one side. `on_change` is called after every change by the visitor."""

    def __init__(
        self, side: SideName, pokedex: Pokedex, language: Language, on_change: Callable[[], None]
    ) -> None:
        """Draw the card, empty, into the current slot."""
        self._pokedex = pokedex
        self._language = language
        self._on_change = on_change
        self._is_setting = False
        title = texts.FIELD_SIDES[side].say(language)
        with ui.element("section").classes(f"fighter fighter--{side}") as card:
            card.props["aria-label"] = title
            self._portrait = ui.element("div").classes("fighter__portrait")
            with ui.element("div").classes("fighter__form"):
                Tag("h2", title, "fighter__title")
                with ui.element("div").classes("fighter__line"):
                    self._pokemon = SearchSelect(
                        pokemon_choices(pokedex, language),
                        label=texts.PICK_POKEMON.say(language),
                        no_match=texts.NO_MATCH.say(language),
                        value=None,
                        on_change=lambda _: self._pick(),
                    )
                    self._pokemon.classes("fighter__pokemon").mark(f"{side}-pokemon")
                    self._level = ui.number(
                        texts.LEVEL.say(language),
                        value=DEFAULT_LEVEL,
                        min=MINIMUM_LEVEL,
                        max=MAXIMUM_LEVEL,
                        precision=0,
                        step=1,
                        on_change=lambda _: self._changed(),
                    )
                    self._level.props("outlined hide-bottom-space inputmode=numeric")
                    self._level.classes("fighter__level").mark(f"{side}-level")
                self._moves = SearchSelect(
                    (),
                    label=texts.PICK_MOVES.say(language),
                    no_match=texts.NO_MATCH.say(language),
                    value=[],
                    on_change=lambda _: self._changed(),
                    maximum=MAXIMUM_MOVES,
                )
                self._moves.classes("fighter__moves").mark(f"{side}-moves")
                self._stats = ui.element("div").classes("fighter__stats")
        self._show_move_count()
        self._draw(None)

    def set(self, combatant: Combatant) -> None:
        """Show `combatant`; names that are not known, or not its own, are left out."""
        pokemon = self._pokedex.find_pokemon(combatant.pokemon)
        self._is_setting = True
        try:
            self._pokemon.value = None if pokemon is None else pokemon.slug
            self._level.value = combatant.level
            self._offer_moves(pokemon)
            found = (self._pokedex.find_move(move) for move in combatant.moves or ())
            self._moves.value = [
                move.slug
                for move in found
                if move is not None
                and pokemon is not None
                and self._pokedex.can_learn(pokemon.slug, move.slug)
            ]
        finally:
            self._is_setting = False
        self._show_move_count()
        self._draw(pokemon)

    def follow(self, pokedex: Pokedex) -> None:
        """Show the same picks in another Pokédex."""
        self._pokedex = pokedex
        picked = self.read()
        self._is_setting = True
        self._pokemon.set_choices(pokemon_choices(pokedex, self._language), None)
        self._is_setting = False
        if isinstance(picked, Combatant):
            self.set(picked)
        else:
            self._draw(None)

    def add_move(self, name: str) -> None:
        """Pick one more move, if it is known and there is room."""
        move = self._pokedex.find_move(name)
        chosen: list[str] = self._moves.value
        if move is not None and move.slug in self._moves.options and len(chosen) < MAXIMUM_MOVES:
            self._moves.value = [*chosen, move.slug]

    def read(self) -> Combatant | str:
        """What is picked, or the sentence that says what is missing."""
        slug, level, moves = self._pokemon.value, self._level.value, self._moves.value
        if slug is None:
            return texts.CHOOSE_BOTH.say(self._language)
        if level is None or level != int(level) or not MINIMUM_LEVEL <= level <= MAXIMUM_LEVEL:
            return texts.LEVEL_RANGE.say(self._language, least=MINIMUM_LEVEL, most=MAXIMUM_LEVEL)
        return Combatant(pokemon=slug, level=int(level), moves=tuple(moves) or None)

    def _pick(self) -> None:
        if self._is_setting:
            return
        slug = self._pokemon.value
        pokemon = self._pokedex.pokemon_by_slug.get(slug) if slug is not None else None
        self._is_setting = True
        self._offer_moves(pokemon)
        self._is_setting = False
        self._draw(pokemon)
        self._changed()

    def _offer_moves(self, pokemon: PokemonRecord | None) -> None:
        choices = move_choices(pokemon, self._pokedex, self._language) if pokemon is not None else []
        offered = {choice.slug for choice in choices}
        self._moves.set_choices(choices, [slug for slug in self._moves.value if slug in offered])

    def _show_move_count(self) -> None:
        count = len(self._moves.value)
        hint = f"{count} / {MAXIMUM_MOVES}" if count else texts.PICK_MOVES_NONE.say(self._language)
        self._moves.props["hint"] = hint

    def _changed(self) -> None:
        self._show_move_count()
        if not self._is_setting:
            self._on_change()

    def _draw(self, pokemon: PokemonRecord | None) -> None:
        first, second = tints(pokemon)
        self._portrait.clear()
        self._portrait.style(f"--first:{first};--second:{second}")
        with self._portrait:
            Creature(pokemon, self._language)
            with ui.element("div").classes("fighter__types"):
                for slug in pokemon.types if pokemon is not None else ():
                    type_badge(slug, self._pokedex, self._language)
        self._stats.clear()
        if pokemon is None:
            return
        with self._stats:
            draw_stats(pokemon, self._language)
