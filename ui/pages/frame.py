"""What every page has around it: language, theme, header, skip link, footer."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from nicegui import app, ui
from nicegui.language import Language as QuasarLanguage
from nicegui.storage import request_contextvar

from shared.wording import Language, Text
from ui.components.markup import Tag
from ui.language import STORAGE_KEY, choose_language
from ui.texts import frame as texts

Theme = Literal["auto", "light", "dark"]
_THEME_KEY: Final = "theme"
_QUASAR_LANGUAGES: Final[dict[Language, QuasarLanguage]] = {"en": "en-US", "fr": "fr"}
_DARK: Final[dict[Theme, bool | None]] = {"auto": None, "light": False, "dark": True}
_NEXT_THEME: Final[dict[Theme, Theme]] = {"auto": "light", "light": "dark", "dark": "auto"}
_THEME_LOOKS: Final[dict[Theme, tuple[str, Text]]] = {
    "auto": ("brightness_auto", texts.THEME_AUTO),
    "light": ("light_mode", texts.THEME_LIGHT),
    "dark": ("dark_mode", texts.THEME_DARK),
}
_PLACES: Final = (
    ("/", texts.NAV_HOME),
    ("/battle", texts.NAV_BATTLE),
    ("/pokedex", texts.NAV_POKEDEX),
    ("/moves", texts.NAV_MOVES),
    ("/types", texts.NAV_TYPES),
)
_STYLE: Final = Path(__file__).parent.parent / "assets" / "style.css"


def visitor_language() -> Language:
    """The language of the visitor whose page is being built."""
    # not `ui.context.client.request`: a page's language is resolved outside of its slots, too
    request = request_contextvar.get()
    header = "" if request is None else request.headers.get("accept-language", "")
    return choose_language(app.storage.user.get(STORAGE_KEY), header)


def visitor_theme() -> Theme:
    """The theme of the visitor whose page is being built."""
    theme = app.storage.user.get(_THEME_KEY)
    return theme if theme in _DARK else "auto"


class visitor_page(ui.page):
    """`ui.page` whose language and theme are the visitor's instead of the application's."""

    def resolve_language(self) -> QuasarLanguage | None:
        """The language of `<html lang>` and of Quasar's own words."""
        return _QUASAR_LANGUAGES[visitor_language()]

    def resolve_dark(self) -> bool | None:
        """None follows the system."""
        return _DARK[visitor_theme()]


@contextmanager
def framed(path: str, title: Text, section: str | None = None) -> Iterator[Language]:
    """Draw the frame; what is drawn inside becomes the content. Yields the visitor's language.

    `section`: path of the page in the navigation that this page belongs to, when it is not there itself.
    """
    language = visitor_language()
    ui.page_title(f"{title.say(language)} · {texts.PRODUCT}")
    style_version = hashlib.sha256(_STYLE.read_bytes()).hexdigest()[:12]
    ui.add_head_html(f'<link rel="stylesheet" href="/assets/style.css?v={style_version}">')
    _draw_header(path, section, language)
    with ui.element("div").classes("page") as content:
        yield language
    with ui.element("footer").classes("footer"):
        Tag("p", texts.FOOTER.say(language))
    ui.skip_link(texts.SKIP.say(language), target=content)


def _draw_header(path: str, section: str | None, language: Language) -> None:
    with ui.header(elevated=False).classes("topbar"), ui.element("div").classes("topbar__inner"):
        with ui.link(target="/").classes("brand"):
            ui.element("img").props('src=/assets/favicon.svg alt="" width=28 height=28')
            Tag("span", texts.PRODUCT, "brand__name")
        with ui.element("nav").classes("topbar__nav") as navigation:
            navigation.props["aria-label"] = texts.NAVIGATION.say(language)
            for target, text in _PLACES:
                link = ui.link(text.say(language), target).classes("topbar__link")
                if target == path:
                    link.props("aria-current=page")
                elif target == section:
                    link.props("aria-current=true")
        _draw_language_switch(language)
        _draw_theme_switch(language)


def _draw_language_switch(language: Language) -> None:
    other: Language = "fr" if language == "en" else "en"

    def switch() -> None:
        app.storage.user[STORAGE_KEY] = other
        ui.navigate.reload()

    button = (
        ui.button(other.upper(), on_click=switch, color=None)
        .props("flat dense no-caps")
        .classes("topbar__button")
    )
    button.props("icon=translate")
    button.props["lang"] = other
    button.props["aria-label"] = texts.SWITCH_LANGUAGE.say(language)
    button.mark("switch-language")


def _draw_theme_switch(language: Language) -> None:
    dark = ui.dark_mode(_DARK[visitor_theme()])
    storage = app.storage.user

    def show(theme: Theme) -> None:
        icon, text = _THEME_LOOKS[theme]
        button.props["icon"] = icon
        button.props["aria-label"] = text.say(language)

    def switch() -> None:
        current = storage.get(_THEME_KEY)
        theme = _NEXT_THEME[current if current in _DARK else "auto"]
        storage[_THEME_KEY] = theme
        dark.value = _DARK[theme]
        show(theme)

    button = ui.button(on_click=switch, color=None).props("flat dense round").classes("topbar__button")
    button.mark("switch-theme")
    show(visitor_theme())
