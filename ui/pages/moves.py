"""The list of all moves, and those that were left out."""

from typing import Final

from fastapi import Request
from nicegui import ui

from shared.pokedex import Pokedex
from shared.pokedex_words import EFFECT_CLASS_WORDS
from shared.wording import Language
from ui.client import Bus
from ui.components.filters import (
    category_box,
    choice_box,
    chosen,
    draw_ignored,
    filter_bar,
    search_box,
    type_box,
    word_options,
)
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.move_table import MoveTable
from ui.pages.frame import framed, visitor_page
from ui.queries import CATEGORIES, EFFECT_CLASSES, TM_WORDS, MoveQuery, is_only_near, read_move_query
from ui.texts import pokedex as texts

PATH: Final = "/moves"


def register(bus: Bus) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def moves(request: Request) -> None:
        parts = dict(request.query_params)
        with framed(PATH, texts.MOVES_TITLE) as language:
            with ui.element("div").classes("intro"):
                Tag("h1", texts.MOVES_TITLE.say(language), "intro__title")
                Tag("p", texts.MOVES_LEAD.say(language), "intro__lead")
            pages: list[_MoveList] = []

            def draw(pokedex: Pokedex) -> None:
                pages.append(_MoveList(pokedex, language, read_move_query(parts, pokedex)))

            follow_pokedex(bus, language, draw, lambda pokedex: pages[0].follow(pokedex))


class _MoveList:
    def __init__(self, pokedex: Pokedex, language: Language, query: MoveQuery) -> None:
        self._pokedex = pokedex
        self._language = language
        self._query = query
        self._draw_filters()
        draw_ignored(query.ignored, language)
        self._results = ui.element("section").classes("results")
        self._draw_results()

    def follow(self, pokedex: Pokedex) -> None:
        """Show the same list of another Pokédex; what the visitor typed stays."""
        self._pokedex = pokedex
        self._draw_results()

    def _draw_filters(self) -> None:
        language, query = self._language, self._query
        with filter_bar(language):
            self._search = search_box(query.search, language, self._changed)
            self._type = type_box(self._pokedex, query.type_slug, language, self._changed)
            self._category = category_box(query.category, language, self._changed)
            self._effect = choice_box(
                texts.EFFECT_CLASS,
                texts.ANY_EFFECT,
                word_options(EFFECT_CLASS_WORDS, language),
                query.effect_class,
                language,
                self._changed,
            ).mark("effect-class")
            tms = {"yes": texts.ONLY_TMS.say(language), "no": texts.NO_TMS.say(language)}
            word = next((word for word, is_tm in TM_WORDS.items() if is_tm == query.is_tm), None)
            self._tm = choice_box(texts.ORIGIN, texts.ANY_ORIGIN, tms, word, language, self._changed).mark(
                "tm"
            )
            ui.link(texts.CLEAR.say(language), PATH).classes("filters__clear")

    def _changed(self) -> None:
        tm = chosen(self._tm, TM_WORDS)
        self._query = MoveQuery(
            search=(self._search.value or "").strip(),
            type_slug=chosen(self._type, self._pokedex.types_by_slug),
            category=chosen(self._category, CATEGORIES),
            effect_class=chosen(self._effect, EFFECT_CLASSES),
            is_tm=None if tm is None else TM_WORDS[tm],
        )
        ui.navigate.history.replace(self._query.url(PATH))
        self._draw_results()

    def _draw_results(self) -> None:
        language, pokedex, query = self._language, self._pokedex, self._query
        found = query.find(pokedex)
        self._results.clear()
        with self._results:
            count = texts.COUNT_MOVES.say(language, shown=len(found), count=len(pokedex.moves))
            Tag("p", count, "results__count").props("role=status").mark("count")
            if is_only_near(query.search, pokedex.move_names, (move.slug for move in found)):
                Tag("p", texts.ONLY_NEAR.say(language, text=query.search), "results__near").mark("near")
            if found:
                MoveTable(found, pokedex, language, caption=texts.MOVES_LEAD.say(language)).mark("moves")
            else:
                Tag("p", texts.NOTHING_FOUND.say(language), "card waiting").mark("nothing")
            self._draw_left_out()

    def _draw_left_out(self) -> None:
        language, left_out = self._language, self._pokedex.left_out
        if not left_out:
            return
        with ui.element("section").classes("card part").props("id=left-out"):
            Tag("h2", texts.LEFT_OUT.say(language), "card__title")
            Tag("p", texts.LEFT_OUT_LEAD.say(language), "muted")
            with ui.element("dl").classes("left-out").props("lang=en"):
                for move in left_out:
                    Tag("dt", move.name_en).mark("left-out")
                    Tag("dd", move.reason)
