"""An address where nothing is."""

from typing import Final

from fastapi import Request
from fastapi.exception_handlers import http_exception_handler
from fastapi.responses import Response
from nicegui import Client, app, ui
from starlette.exceptions import HTTPException

from shared.wording import Language
from ui.components.markup import Tag
from ui.pages.frame import framed, visitor_page
from ui.pages.unknown import NOT_FOUND
from ui.texts import frame as texts

_LONGEST_PATH: Final = 100
_WAYS_OUT: Final = (("/", texts.NAV_HOME), ("/battle", texts.NAV_BATTLE), ("/pokedex", texts.NAV_POKEDEX))


def register() -> None:
    """Answer every path that nothing else answers, in place of NiceGUI's own page.

    An exception handler and no page at `/{path}`: that one would answer before a path with a slash
    too many is redirected.
    """
    app.add_exception_handler(NOT_FOUND, _answer)


async def _answer(request: Request, exception: Exception) -> Response:
    endpoint = request.scope.get("endpoint")
    is_resource = endpoint is not None and endpoint is not app  # `app`, where the mount found nothing
    if is_resource and isinstance(exception, HTTPException):
        return await http_exception_handler(request, exception)
    path = request.url.path
    with (
        Client(visitor_page(""), request=request) as client,
        framed(path, texts.NO_PAGE_TITLE) as language,
    ):
        _draw(path[:_LONGEST_PATH], language)
    return client.build_response(request, NOT_FOUND)


def _draw(path: str, language: Language) -> None:
    with ui.element("article").classes("card notice notice--refused"):
        with ui.element("h1").classes("notice__title"):
            ui.icon("search_off").props("aria-hidden=true")
            Tag("span", texts.NO_PAGE.say(language, path=path)).mark("no-page")
        Tag("p", texts.NO_PAGE_REMEDY.say(language))
        with ui.element("nav").classes("notice__suggestions") as ways_out:
            ways_out.props["aria-label"] = texts.NO_PAGE_TITLE.say(language)
            for target, text in _WAYS_OUT:
                ui.link(text.say(language), target).classes("action action--small").mark("way-out")
