"""One move: what it does and who learns it."""

from typing import Final

from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from contracts.pokedex import MoveLeftOut, MoveRecord
from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex, fold
from shared.pokedex_queries import learners
from shared.wording import Language, Text
from ui.client import Bus
from ui.components.followed import follow_pokedex
from ui.components.markup import Tag
from ui.components.move_table import move_path
from ui.components.moves import (
    accuracy_words,
    category_words,
    effect_words,
    named_priority,
    power_words,
    ways_words,
)
from ui.components.names import other_name, shown_name
from ui.components.pokemon_grid import PokemonGrid
from ui.components.type_chart import draw_multipliers
from ui.components.types import type_badge, type_colour
from ui.pages import moves as moves_page
from ui.pages.frame import framed, visitor_page
from ui.pages.unknown import draw_unknown
from ui.texts import pokedex as texts

PATH: Final = "/moves/{name:path}"


def register(bus: Bus) -> None:
    """Put the page into NiceGUI's page table."""

    @visitor_page(PATH)
    def move(request: Request, name: str) -> Response | None:
        found = bus.pokedex.find_move(name) if bus.pokedex is not None else None
        if not name.strip():
            return RedirectResponse(moves_page.PATH)
        if found is not None and found.slug != name:
            return RedirectResponse(move_path(found.slug))
        title = texts.UNKNOWN_MOVE_TITLE if found is None else Text(found.name_en, found.name_fr)
        with framed(request.url.path, title, moves_page.PATH) as language:
            follow_pokedex(bus, language, lambda pokedex: _draw(pokedex, name, language))
        return None


def find_left_out(pokedex: Pokedex, name: str) -> MoveLeftOut | None:
    """The move of that name which was left out, or None."""
    wanted = fold(name[:MAXIMUM_NAME_LENGTH])
    names = ((fold(text), move) for move in pokedex.left_out for text in (move.slug, move.name_en))
    return next((move for folded, move in names if folded == wanted), None)


def _draw(pokedex: Pokedex, name: str, language: Language) -> None:
    found = pokedex.find_move(name)
    if found is None:
        _draw_unknown(pokedex, name[:MAXIMUM_NAME_LENGTH], language)
        return
    _draw_head(found, pokedex, language)
    if found.category != "status":
        with ui.element("section").classes("card part"):
            Tag("h2", texts.AGAINST.say(language), "card__title")
            multipliers = pokedex.types_by_slug[found.type].effectiveness
            draw_multipliers(multipliers, pokedex, language, texts.EFFECTS)
    _draw_learners(found, pokedex, language)


def _draw_unknown(pokedex: Pokedex, name: str, language: Language) -> None:
    way_out = (texts.ALL_MOVES.say(language), moves_page.PATH)
    left_out = find_left_out(pokedex, name)
    if left_out is not None:
        heading = texts.MOVE_LEFT_OUT.say(language, name=left_out.name_en)
        draw_unknown(heading, left_out.reason, (), way_out, language)
        return
    nearest = [(shown_name(near, language), move_path(near.slug)) for near in pokedex.near_moves(name)]
    draw_unknown(texts.UNKNOWN_MOVE.say(language, name=name), None, nearest, way_out, language)


def _draw_head(move: MoveRecord, pokedex: Pokedex, language: Language) -> None:
    colour = type_colour(move.type)
    with (
        ui.element("section").classes("card entry entry--move").style(f"--first:{colour};--second:{colour}"),
        ui.element("div").classes("entry__words"),
    ):
        Tag("h1", shown_name(move, language), "intro__title").mark("move-name")
        other = other_name(move, language)
        if other:
            Tag("p", other, "entry__other").props["lang"] = "en" if language == "fr" else "fr"
        with ui.element("div").classes("entry__types"):
            type_badge(move.type, pokedex, language)
        Tag("p", move.description, "entry__description").props("lang=en").mark("description")
        facts = [
            (texts.CATEGORY, category_words(move, language)),
            (texts.POWER, power_words(move, language)),
            (texts.ACCURACY, accuracy_words(move, language)),
            (texts.PP, str(move.pp)),
            (texts.PRIORITY, named_priority(move, language)),
            (texts.EFFECT_CLASS, effect_words(move, language)),
        ]
        if move.tm is not None:
            facts.append((texts.ORIGIN, texts.TM.say(language, number=move.tm)))
        with ui.element("dl").classes("entry__facts").mark("move-facts"):
            for text, value in facts:
                with ui.element("div"):
                    Tag("dt", text.say(language))
                    Tag("dd", value)
        ui.link(texts.ALL_MOVES.say(language), moves_page.PATH).classes("action action--small")


def _draw_learners(move: MoveRecord, pokedex: Pokedex, language: Language) -> None:
    found = learners(pokedex, move.slug)
    with ui.element("section").classes("results"):
        Tag("h2", texts.LEARNERS.say(language), "section__title")
        count = texts.LEARNERS_COUNT.say(language, count=len(found))
        Tag("p", count, "results__count").mark("count")
        notes = {record.slug: ways_words(move, ways, language) for record, ways in found}
        label = texts.LEARNERS.say(language)
        PokemonGrid((record for record, _ in found), pokedex, language, label=label, notes=notes).mark("grid")
