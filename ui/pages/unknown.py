"""A name in the address that is nobody's."""

from collections.abc import Iterable

from nicegui import ui

from shared.wording import Language
from ui.components.markup import Tag
from ui.texts.frame import NEAREST
from ui.texts.pokedex import UNKNOWN_REMEDY

NOT_FOUND = 404


def draw_unknown(
    heading: str,
    explanation: str | None,
    nearest: Iterable[tuple[str, str]],
    way_out: tuple[str, str],
    language: Language,
) -> None:
    """Say so with status 404. `nearest` and `way_out` are links: text, address.

    `explanation` (in English) takes the place of the advice on spelling.
    """
    ui.status_code(NOT_FOUND)
    links = tuple(nearest)
    with ui.element("article").classes("card notice notice--refused"):
        with ui.element("h1").classes("notice__title"):
            ui.icon("search_off").props("aria-hidden=true")
            Tag("span", heading).mark("unknown")
        if explanation is None:
            Tag("p", UNKNOWN_REMEDY.say(language))
        else:
            Tag("p", explanation).props("lang=en").mark("explanation")
        if links:
            with ui.element("div").classes("notice__suggestions"):
                Tag("span", NEAREST.say(language), "muted")
                for text, address in links:
                    ui.link(text, address).classes("action action--small").mark("nearest")
        ui.link(way_out[0], way_out[1]).classes("action action--first action--small")
