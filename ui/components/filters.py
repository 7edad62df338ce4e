"""Controls that narrow a list."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from nicegui import ui

from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex
from shared.pokedex_words import CATEGORY_WORDS, Words
from shared.wording import Language, Text
from ui.components.markup import Tag
from ui.components.types import type_name
from ui.components.words import in_language
from ui.texts import pokedex as texts

ANY: Final = ""
TYPING_PAUSE_MS: Final = 250

T = TypeVar("T", bound=str)


@contextmanager
def filter_bar(language: Language) -> Iterator[None]:
    """Around the controls: a landmark that is found by its role."""
    with ui.element("section").classes("filters").props("role=search") as bar:
        bar.props["aria-label"] = texts.FILTERS.say(language)
        yield


def search_box(value: str, language: Language, on_change: Callable[[], None]) -> ui.input:
    """A text box; `on_change` is called when the visitor pauses."""
    box = ui.input(texts.SEARCH.say(language), value=value, on_change=lambda _: on_change())
    box.props(
        f"outlined dense clearable type=search debounce={TYPING_PAUSE_MS} maxlength={MAXIMUM_NAME_LENGTH}"
    )
    return box.classes("filters__search").mark("search")


def choice_box(
    label: Text,
    nothing: Text,
    options: Mapping[T, str],
    value: T | None,
    language: Language,
    on_change: Callable[[], None],
) -> ui.select:
    """A drop-down whose first entry, `nothing`, stands for no filter; read it with `chosen`."""
    shown: dict[str, str] = {ANY: nothing.say(language)} | {
        str(value): text for value, text in options.items()
    }
    box: ui.select = ui.select(
        shown, label=label.say(language), value=value or ANY, on_change=lambda _: on_change()
    )
    return box.props("outlined dense options-dense behavior=menu popup-content-class=choices").classes(
        "filters__choice"
    )


def chosen(box: ui.select, allowed: Iterable[T]) -> T | None:
    """What is picked in a `choice_box`, None for its first entry."""
    return next((value for value in allowed if value == box.value), None)


def type_options(pokedex: Pokedex, language: Language) -> dict[str, str]:
    """All types by name."""
    named = ((kind.slug, type_name(kind.slug, pokedex, language)) for kind in pokedex.types)
    return dict(sorted(named, key=lambda pair: pair[1]))


def type_box(
    pokedex: Pokedex, value: str | None, language: Language, on_change: Callable[[], None]
) -> ui.select:
    """A `choice_box` of the types."""
    options = type_options(pokedex, language)
    return choice_box(texts.TYPE, texts.ANY_TYPE, options, value, language, on_change).mark("type")


def category_box(value: str | None, language: Language, on_change: Callable[[], None]) -> ui.select:
    """A `choice_box` of the categories of moves."""
    options = word_options(CATEGORY_WORDS, language)
    return choice_box(texts.CATEGORY, texts.ANY_CATEGORY, options, value, language, on_change).mark(
        "category"
    )


def word_options(words: Mapping[Any, Words], language: Language) -> dict[Any, str]:
    """A vocabulary as options."""
    return {value: in_language(one, language) for value, one in words.items()}


def draw_ignored(ignored: tuple[str, ...], language: Language) -> None:
    """What of the link was no filter; nothing when all was."""
    if ignored:
        parts = ", ".join(f"“{part}”" if language == "en" else f"« {part} »" for part in ignored)
        Tag("p", texts.IGNORED.say(language, parts=parts), "filters__ignored").props("role=alert").mark(
            "ignored"
        )
