"""One Pokémon: stats, types, weaknesses, evolution, forms and moves."""

from typing import Final
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from contracts.pokedex import PokemonRecord
from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex
from shared.pokedex_queries import forms, ways_by_move, weaknesses
from shared.pokedex_words import FORM_WORDS, METHOD_WORDS
from shared.wording import Language, Text, decimal
from ui.client import Bus
from ui.components.creature import Creature
from ui.components.evolution import draw_evolution
from ui.components.filters import (
    category_box,
    choice_box,
    chosen,
    draw_ignored,
    filter_bar,
    type_box,
    word_options,
)
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.move_table import MoveTable, learning_order
from ui.components.names import other_name, shown_name
from ui.components.pokemon_grid import PokemonGrid, pokemon_path
from ui.components.stats import draw_stats
from ui.components.type_chart import draw_multipliers
from ui.components.types import tints, type_badge, type_name
from ui.components.words import in_language
from ui.pages import pokedex as pokedex_page
from ui.pages.frame import framed, visitor_page
from ui.pages.unknown import draw_unknown
from ui.queries import CATEGORIES, METHODS, MoveQuery, read_move_query
from ui.texts import pokedex as texts

PATH: Final = "/pokedex/{name:path}"
BATTLE_PATH: Final = "/battle"


def register(bus: Bus) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def pokemon(request: Request, name: str) -> Response | None:
        found = bus.pokedex.find_pokemon(name) if bus.pokedex is not None else None
        if not name.strip():
            return RedirectResponse(pokedex_page.PATH)
        if found is not None and found.slug != name:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(pokemon_path(found.slug) + query)
        title = texts.UNKNOWN_POKEMON_TITLE if found is None else Text(found.name_en, found.name_fr)
        parts = dict(request.query_params)
        with framed(request.url.path, title, pokedex_page.PATH) as language:
            follow_pokedex(bus, language, lambda pokedex: _draw(pokedex, name, parts, language))
        return None


def _draw(pokedex: Pokedex, name: str, parts: dict[str, str], language: Language) -> None:
    found = pokedex.find_pokemon(name)
    if found is None:
        name = name[:MAXIMUM_NAME_LENGTH]
        nearest = [
            (shown_name(near, language), pokemon_path(near.slug)) for near in pokedex.near_pokemon(name)
        ]
        heading = texts.UNKNOWN_POKEMON.say(language, name=name)
        way_out = (texts.ALL_POKEMON.say(language), pokedex_page.PATH)
        draw_unknown(heading, None, nearest, way_out, language)
        return
    _draw_head(found, pokedex, language)
    with ui.element("div").classes("two"):
        with ui.element("section").classes("card part"):
            Tag("h2", texts.BASE_STATS.say(language), "card__title")
            draw_stats(found, language, has_total=True)
        with ui.element("section").classes("card part"):
            Tag("h2", texts.DEFENCES.say(language), "card__title")
            types = " / ".join(type_name(slug, pokedex, language) for slug in found.types)
            Tag("p", texts.DEFENCES_LEAD.say(language, types=types), "muted")
            draw_multipliers(weaknesses(pokedex, found), pokedex, language, texts.MULTIPLIERS)
    with ui.element("section").classes("card part"):
        Tag("h2", texts.EVOLUTION.say(language), "card__title")
        draw_evolution(found, pokedex, language)
    _draw_forms(found, pokedex, language)
    _PokemonMoves(found, pokedex, read_move_query(parts, pokedex), language)


def _draw_head(pokemon: PokemonRecord, pokedex: Pokedex, language: Language) -> None:
    first, second = tints(pokemon)
    head = ui.element("section").classes("card entry").style(f"--first:{first};--second:{second}")
    with head:
        with ui.element("div").classes("entry__portrait"):
            Creature(pokemon, language)
        with ui.element("div").classes("entry__words"):
            Tag("p", texts.NUMBER.say(language, number=pokemon.species_number), "hero__kicker")
            Tag("h1", shown_name(pokemon, language), "intro__title").mark("pokemon-name")
            other = other_name(pokemon, language)
            if other:
                Tag("p", other, "entry__other").props["lang"] = "en" if language == "fr" else "fr"
            with ui.element("div").classes("entry__types"):
                for slug in pokemon.types:
                    type_badge(slug, pokedex, language)
            with ui.element("dl").classes("entry__facts"):
                weight = texts.KILOGRAMS.say(language, weight=decimal(pokemon.weight_hg / 10, 1, language))
                for text, value in (
                    (texts.FORM, in_language(FORM_WORDS[pokemon.form], language)),
                    (texts.WEIGHT, weight),
                ):
                    with ui.element("div"):
                        Tag("dt", text.say(language))
                        Tag("dd", value)
            with ui.element("div").classes("hero__actions"):
                ui.link(
                    texts.BATTLE_WITH.say(language, name=shown_name(pokemon, language)),
                    f"{BATTLE_PATH}?{urlencode({'a': pokemon.slug})}",
                ).classes("action action--first").mark("battle-with")
                ui.link(texts.ALL_POKEMON.say(language), pokedex_page.PATH).classes("action")


def _draw_forms(pokemon: PokemonRecord, pokedex: Pokedex, language: Language) -> None:
    others = [form for form in forms(pokedex, pokemon.species) if form.slug != pokemon.slug]
    if not others:
        return
    with ui.element("section"):
        Tag("h2", texts.FORMS.say(language), "section__title")
        notes = {form.slug: in_language(FORM_WORDS[form.form], language) for form in others}
        PokemonGrid(others, pokedex, language, label=texts.FORMS.say(language), notes=notes).mark("forms")


class _PokemonMoves:
    """The moves, narrowed by type, category and way of learning; the query string follows."""

    def __init__(
        self, pokemon: PokemonRecord, pokedex: Pokedex, query: MoveQuery, language: Language
    ) -> None:
        self._pokemon = pokemon
        self._pokedex = pokedex
        self._query = query
        self._language = language
        with ui.element("section").classes("results"):
            Tag("h2", texts.MOVES_OF.say(language), "section__title")
            with filter_bar(language):
                self._type = type_box(pokedex, query.type_slug, language, self._changed)
                self._category = category_box(query.category, language, self._changed)
                self._method = choice_box(
                    texts.METHOD,
                    texts.ANY_METHOD,
                    word_options(METHOD_WORDS, language),
                    query.method,
                    language,
                    self._changed,
                ).mark("method")
            draw_ignored(query.ignored, language)
            self._table = ui.element("div").classes("results")
            self._draw()

    def _changed(self) -> None:
        self._query = MoveQuery(
            type_slug=chosen(self._type, self._pokedex.types_by_slug),
            category=chosen(self._category, CATEGORIES),
            method=chosen(self._method, METHODS),
        )
        ui.navigate.history.replace(self._query.url(pokemon_path(self._pokemon.slug)))
        self._draw()

    def _draw(self) -> None:
        language, pokedex, query = self._language, self._pokedex, self._query
        ways = ways_by_move(self._pokemon, query.method)
        every = ways_by_move(self._pokemon)
        narrowed = MoveQuery(type_slug=query.type_slug, category=query.category)
        moves = [move for move in narrowed.find(pokedex) if move.slug in ways]
        moves.sort(key=lambda move: learning_order(move, ways[move.slug]))
        self._table.clear()
        with self._table:
            count = texts.COUNT_MOVES.say(language, shown=len(moves), count=len(every))
            Tag("p", count, "results__count").props("role=status").mark("count")
            if not moves:
                Tag("p", texts.NOTHING_FOUND.say(language), "card waiting").mark("nothing")
                return
            caption = texts.MOVES_CAPTION.say(language, name=shown_name(self._pokemon, language))
            MoveTable(moves, pokedex, language, caption=caption, ways=ways).mark("moves")
