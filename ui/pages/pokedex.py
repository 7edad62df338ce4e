"""The list of all Pokémon, filtered by the query string, and the refresh of the Pokédex."""

from typing import Final

from fastapi import Request
from nicegui import ui

from contracts.pokedex import PokemonRecord
from shared.pokedex import Pokedex
from shared.pokedex_queries import Range
from shared.pokedex_words import FORM_WORDS, STAT_NAMES, STAT_WORDS, StatName
from shared.wording import Language
from ui.client import Bus
from ui.components.filters import (
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
from ui.components.pokemon_grid import PokemonGrid
from ui.components.refresh_panel import RefreshPanel
from ui.components.words import in_language
from ui.pages.frame import framed, visitor_page
from ui.queries import FORMS, PAGE_SIZE, PokemonQuery, is_only_near, page_count, read_pokemon_query
from ui.refreshes import Refreshes
from ui.texts import pokedex as texts

PATH: Final = "/pokedex"
HIGHEST_TOTAL: Final = 1530


def register(bus: Bus, refreshes: Refreshes) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def pokedex_list(request: Request) -> None:
        parts = dict(request.query_params)
        with framed(PATH, texts.POKEDEX_TITLE) as language:
            with ui.element("div").classes("intro"):
                Tag("h1", texts.POKEDEX_TITLE.say(language), "intro__title")
                Tag("p", texts.POKEDEX_LEAD.say(language), "intro__lead")
            RefreshPanel(bus, refreshes, language)
            pages: list[_PokedexList] = []

            def draw(pokedex: Pokedex) -> None:
                pages.append(_PokedexList(pokedex, language, read_pokemon_query(parts, pokedex)))

            follow_pokedex(bus, language, draw, lambda pokedex: pages[0].follow(pokedex))


class _PokedexList:
    def __init__(self, pokedex: Pokedex, language: Language, query: PokemonQuery) -> None:
        self._pokedex = pokedex
        self._language = language
        self._query = query
        self._bounds: dict[StatName, tuple[ui.number, ui.number]] = {}
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
            self._form = choice_box(
                texts.FORM,
                texts.ANY_FORM,
                word_options(FORM_WORDS, language),
                query.form,
                language,
                self._changed,
            ).mark("form")
            self._type = type_box(self._pokedex, query.type_slug, language, self._changed)
            ui.link(texts.CLEAR.say(language), PATH).classes("filters__clear")
            with ui.element("details").classes("filters__stats") as details:
                if query.stats:
                    details.props("open")
                Tag("summary", texts.STAT_RANGES.say(language))
                with ui.element("div").classes("filters__ranges"):
                    for stat in STAT_NAMES:
                        self._bounds[stat] = self._draw_range(stat, query.stats.get(stat, (None, None)))

    def _draw_range(self, stat: StatName, bounds: Range) -> tuple[ui.number, ui.number]:
        name = in_language(STAT_WORDS[stat], self._language)
        boxes = []
        for edge, text, value in zip(("min", "max"), (texts.LEAST, texts.MOST), bounds, strict=True):
            box = ui.number(
                text.say(self._language, stat=name),
                value=value,
                min=0,
                max=HIGHEST_TOTAL,
                precision=0,
                on_change=lambda _: self._changed(),
            )
            box.props("outlined dense clearable inputmode=numeric debounce=250").mark(f"{edge}-{stat}")
            boxes.append(box)
        return boxes[0], boxes[1]

    def _changed(self) -> None:
        ranges = {stat: (_whole(least), _whole(most)) for stat, (least, most) in self._bounds.items()}
        self._query = PokemonQuery(
            search=(self._search.value or "").strip(),
            form=chosen(self._form, FORMS),
            type_slug=chosen(self._type, self._pokedex.types_by_slug),
            stats={stat: bounds for stat, bounds in ranges.items() if bounds != (None, None)},
        )
        ui.navigate.history.replace(self._query.url(PATH))
        self._draw_results()

    def _draw_results(self) -> None:
        language, pokedex, query = self._language, self._pokedex, self._query
        found = query.find(pokedex)
        pages = page_count(len(found))
        page = min(query.page, pages)
        self._results.clear()
        with self._results:
            Tag(
                "p",
                texts.COUNT_POKEMON.say(language, shown=len(found), count=len(pokedex.pokemon)),
                "results__count",
            ).props("role=status").mark("count")
            if is_only_near(query.search, pokedex.pokemon_names, (record.slug for record in found)):
                Tag("p", texts.ONLY_NEAR.say(language, text=query.search), "results__near").mark("near")
            if not found:
                Tag("p", texts.NOTHING_FOUND.say(language), "card waiting").mark("nothing")
                return
            self._draw_page(found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
            if pages > 1:
                self._draw_pages(page, pages)

    def _draw_page(self, shown: tuple[PokemonRecord, ...]) -> None:
        PokemonGrid(shown, self._pokedex, self._language, label=texts.POKEDEX_TITLE.say(self._language)).mark(
            "grid"
        )

    def _draw_pages(self, page: int, pages: int) -> None:
        language = self._language
        with ui.element("nav").classes("pages") as navigation:
            navigation.props["aria-label"] = texts.PAGES.say(language)
            if page > 1:
                self._page_link(texts.PREVIOUS.say(language), page - 1).props("rel=prev")
            for number in range(1, pages + 1):
                link = self._page_link(str(number), number)
                link.props["aria-label"] = texts.PAGE.say(language, number=number)
                if number == page:
                    link.props("aria-current=page")
            if page < pages:
                self._page_link(texts.NEXT.say(language), page + 1).props("rel=next")

    def _page_link(self, text: str, page: int) -> ui.link:
        query = self._query
        target = PokemonQuery(
            search=query.search, form=query.form, type_slug=query.type_slug, stats=query.stats, page=page
        )
        return ui.link(text, target.url(PATH)).classes("pages__link")


def _whole(box: ui.number) -> int | None:
    value = box.value
    return None if value is None else int(value)
