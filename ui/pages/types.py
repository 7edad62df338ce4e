"""The effectiveness of the types against one another."""

from typing import Final

from fastapi import Request
from nicegui import ui

from shared.pokedex import Pokedex
from shared.pokedex_queries import effectiveness
from shared.wording import Language
from ui.client import Bus
from ui.components.filters import choice_box, chosen, type_options
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.type_chart import TypeChart, draw_multipliers
from ui.pages.frame import framed, visitor_page
from ui.queries import read_target_types, target_url
from ui.texts import pokedex as texts

PATH: Final = "/types"


def register(bus: Bus) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def types(request: Request) -> None:
        parts = dict(request.query_params)
        with framed(PATH, texts.TYPES_TITLE) as language:
            with ui.element("div").classes("intro"):
                Tag("h1", texts.TYPES_TITLE.say(language), "intro__title")
                Tag("p", texts.TYPES_LEAD.say(language), "intro__lead")

            def draw(pokedex: Pokedex) -> None:
                TypeChart(pokedex, language).mark("chart")
                _Target(pokedex, read_target_types(parts, pokedex), language)

            follow_pokedex(bus, language, draw)


class _Target:
    """Multipliers against one or two types, as a Pokémon has them; the query string follows."""

    def __init__(self, pokedex: Pokedex, picked: tuple[str, ...], language: Language) -> None:
        self._pokedex = pokedex
        self._language = language
        options = type_options(pokedex, language)
        first, second = (*picked, None, None)[:2]
        with ui.element("section").classes("card part"):
            Tag("h2", texts.TARGET_TITLE.say(language), "card__title")
            Tag("p", texts.TARGET_LEAD.say(language), "muted")
            with ui.element("div").classes("filters filters--inside"):
                self._first = choice_box(
                    texts.FIRST_TYPE, texts.ANY_TYPE, options, first, language, self._changed
                ).mark("first-type")
                self._second = choice_box(
                    texts.SECOND_TYPE, texts.NO_SECOND_TYPE, options, second, language, self._changed
                ).mark("second-type")
            self._result = ui.element("div").props("role=status")
            self._draw()

    def _picked(self) -> tuple[str, ...]:
        boxes = (chosen(box, self._pokedex.types_by_slug) for box in (self._first, self._second))
        return tuple(dict.fromkeys(slug for slug in boxes if slug is not None))

    def _changed(self) -> None:
        ui.navigate.history.replace(target_url(PATH, self._picked()))
        self._draw()

    def _draw(self) -> None:
        picked, pokedex = self._picked(), self._pokedex
        self._result.clear()
        if picked:
            with self._result:
                by_type = {kind.slug: effectiveness(pokedex, kind.slug, picked) for kind in pokedex.types}
                draw_multipliers(by_type, pokedex, self._language, texts.MULTIPLIERS)
