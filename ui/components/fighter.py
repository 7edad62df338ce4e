"""One side of a battle: which Pokémon, at which level, with which moves."""

from collections.abc import Callable, Iterable

from nicegui import ui

from contracts.battle import DEFAULT_LEVEL, MAXIMUM_MOVES, Combatant, SideName
from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.choices import move_choices, pokemon_choices
from ui.components.creature import Creature
from ui.components.level_field import LevelField
from ui.components.markup import Tag
from ui.components.names import move_name, shown_name
from ui.components.problems import ProblemBox
from ui.components.search_select import SearchSelect
from ui.components.stats import draw_stats
from ui.components.types import tints, type_badge
from ui.picks import Problem, take_move, take_pokemon
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
        self._refused_name: Problem | None = None
        self._refused_move: Problem | None = None
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
                        on_typed=self.type_pokemon,
                    )
                    self._pokemon.classes("fighter__pokemon").mark(f"{side}-pokemon")
                    self._level = LevelField(language, self._changed)
                    self._level.classes("fighter__level").mark(f"{side}-level")
                self._name_problem = ProblemBox(language, self.type_pokemon)
                self._level_problem = ProblemBox(language)
                self._moves = SearchSelect(
                    (),
                    label=texts.PICK_MOVES.say(language),
                    no_match=texts.NO_MATCH.say(language),
                    value=[],
                    on_change=lambda _: self._pick_moves(),
                    on_typed=self.type_move,
                    maximum=MAXIMUM_MOVES,
                )
                self._moves.classes("fighter__moves").mark(f"{side}-moves")
                self._moves_problem = ProblemBox(language, self.type_move)
                self._stats = ui.element("div").classes("fighter__stats")
        self._show_move_count()
        self._draw(None)

    def set(self, combatant: Combatant) -> tuple[Problem, ...]:
        """Show `combatant`, as `open` does."""
        moves = [str(move) for move in combatant.moves or ()]
        return self.open(str(combatant.pokemon), str(combatant.level), moves)

    def open(self, pokemon: str | None, level: str | None, moves: Iterable[str]) -> tuple[Problem, ...]:
        """Show what a link or a kept battle gives; None is nobody, and the usual level.

        A name or level that cannot be taken stays in its field with the reason. A move that cannot
        is left out: why, for each of them.
        """
        left_out: list[Problem] = []
        taken: list[str] = []
        self._is_setting = True
        try:
            record = self._show_pokemon(pokemon or "")
            self._level.value = str(DEFAULT_LEVEL) if level is None else level
            self._offer_moves(record)
            for name in moves:
                move = take_move(name, record, taken, self._pokedex, self._language)
                if isinstance(move, Problem):
                    left_out.append(move)
                else:
                    taken.append(move.slug)
            self._moves.value = taken
        finally:
            self._is_setting = False
        self._refuse_moves("", None)
        self._show_move_count()
        self._show_level_problem()
        self._draw(record)
        return tuple(left_out)

    def follow(self, pokedex: Pokedex) -> tuple[Problem, ...]:
        """Show the same picks in another Pokédex; what it has no longer is left out: why."""
        self._pokedex = pokedex
        name, moves = self._pokemon.value or self._pokemon.rejected, self._moves.value
        self._is_setting = True
        self._pokemon.set_choices(pokemon_choices(pokedex, self._language), None)
        self._is_setting = False
        return self.open(name, self._level.text, moves)

    def type_pokemon(self, name: str) -> None:
        """Choose the Pokémon of that name; one that is nobody's stays in the field with the reason."""
        self._is_setting = True
        record = self._show_pokemon(name)
        self._is_setting = False
        self._show_picked(record)

    def type_move(self, name: str) -> None:
        """Add the move of that name; one that cannot be added stays in the field with the reason."""
        if not name.strip():
            self._refuse_moves("", None)
            self._changed()
            return
        chosen: list[str] = self._moves.value
        record = self._pokedex.pokemon_by_slug.get(self._pokemon.value or "")
        move = take_move(name, record, chosen, self._pokedex, self._language)
        if isinstance(move, Problem):
            self._refuse_moves(name, move)
            self._changed()
        else:
            self._moves.value = [*chosen, move.slug]

    def read(self) -> Combatant | str:
        """What is picked, or the sentence that says what is missing or wrong."""
        slug, level, moves = self._pokemon.value, self._level.read(), self._moves.value
        for problem in (self._refused_name, level, self._refused_move):
            if isinstance(problem, Problem):
                return problem.sentence
        if slug is None or not isinstance(level, int):
            return texts.CHOOSE_BOTH.say(self._language)
        return Combatant(pokemon=slug, level=level, moves=tuple(moves) or None)

    def _show_pokemon(self, name: str) -> PokemonRecord | None:
        """Put the Pokémon of that name into the field, or the name with why it is nobody's."""
        found = take_pokemon(name, self._pokedex, self._language) if name.strip() else None
        self._refused_name = found if isinstance(found, Problem) else None
        record = None if isinstance(found, Problem) else found
        self._pokemon.value = None if record is None else record.slug
        if self._refused_name is None:
            self._pokemon.accept()
        else:
            self._pokemon.reject(name)
        self._name_problem.show(self._refused_name)
        return record

    def _refuse_moves(self, name: str, problem: Problem | None) -> None:
        self._refused_move = problem
        if problem is None:
            self._moves.accept()
        else:
            self._moves.reject(name)
        self._moves_problem.show(problem)

    def _show_level_problem(self) -> None:
        level = self._level.read()
        self._level_problem.show(level if isinstance(level, Problem) else None)

    def _pick(self) -> None:
        if not self._is_setting:
            self.type_pokemon(self._pokemon.value or "")

    def _pick_moves(self) -> None:
        if not self._is_setting:
            self._refuse_moves("", None)
            self._changed()

    def _show_picked(self, record: PokemonRecord | None) -> None:
        if record is not None:  # until there is one, the moves stay for the one that was meant
            before: list[str] = self._moves.value
            self._is_setting = True
            self._offer_moves(record)
            self._is_setting = False
            kept: list[str] = self._moves.value
            lost = [move_name(slug, self._pokedex, self._language) for slug in before if slug not in kept]
            self._refuse_moves("", None)
            if lost:
                who = shown_name(record, self._language)
                words = texts.NOT_LEARNABLE.say(self._language, pokemon=who, move=", ".join(lost))
                self._moves_problem.show(Problem(words))
        self._draw(record)
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
        self._show_level_problem()
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
