"""What a page shows of the Pokédex, kept up to date."""

from collections.abc import Callable
from typing import Final, Protocol

from nicegui import ui

from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.markup import Tag
from ui.texts.frame import POKEDEX_WAITING
from ui.texts.pokedex import UPDATED

LOOK_SECONDS: Final = 0.5


class HasPokedex(Protocol):
    """The part of the bus that this module needs."""

    @property
    def pokedex(self) -> Pokedex | None:
        """The Pokédex of the latest complete run, None until one was read."""
        ...


def follow_pokedex(
    bus: HasPokedex,
    language: Language,
    draw: Callable[[Pokedex], None],
    redraw: Callable[[Pokedex], None] | None = None,
) -> None:
    """Call `draw` with the Pokédex as soon as there is one, and say so until then.

    When another one is applied, what was drawn is cleared and drawn anew; with `redraw` that is
    called instead, and what was drawn stays. Screen readers are told.
    """
    status = Tag("p", "", "visually-hidden").props("role=status").mark("pokedex-updated")
    holder = ui.element("div").classes("followed")
    drawn: Pokedex | None = None

    def look() -> None:
        nonlocal drawn
        pokedex = bus.pokedex
        if pokedex is None or pokedex is drawn:
            return
        is_first, drawn = drawn is None, pokedex
        if is_first or redraw is None:
            holder.clear()
            with holder:
                draw(pokedex)
        else:
            redraw(pokedex)
        if not is_first:
            status.text = UPDATED.say(language)

    if bus.pokedex is None:
        with holder, ui.element("p").classes("card waiting").props("role=status"):
            ui.spinner(size="md").props("aria-hidden=true")
            Tag("span", POKEDEX_WAITING.say(language))
    look()
    ui.timer(LOOK_SECONDS, look)
