"""What is shown when there is no prediction: a refusal, or a call that failed."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from nicegui import ui

from contracts.serving import Refused
from shared.pokedex import Pokedex
from shared.wording import Language
from ui.components.markup import Tag
from ui.components.names import shown_name
from ui.texts import answer as texts
from ui.texts.battle import FIELD_SIDES
from ui.texts.frame import NEAREST

_FIELD: Final = re.compile(r"(?P<side>[ab])\.(?P<part>pokemon|level|moves)(?:\[(?P<index>\d+)\])?")


def field_words(field: str, language: Language) -> str:
    """A path such as `a.moves[1]` in words; any other path as it is."""
    match = _FIELD.fullmatch(field)
    if match is None:
        return field
    side = FIELD_SIDES[match["side"]].say(language)
    if match["part"] == "pokemon":
        return texts.FIELD_POKEMON.say(language, side=side)
    if match["part"] == "level":
        return texts.FIELD_LEVEL.say(language, side=side)
    if match["index"] is None:
        return texts.FIELD_MOVES.say(language, side=side)
    return texts.FIELD_MOVE.say(language, side=side, number=int(match["index"]) + 1)


def draw_refusal(
    refusal: Refused,
    pokedex: Pokedex,
    language: Language,
    on_suggestion: Callable[[str], None],
    on_retry: Callable[[], object],
) -> None:
    """The refused field and value, why and what to do; suggestions are buttons that pick the name.

    What a service says in English alone is said to be English; in French the remedy is then that of the
    reason.
    """
    with ui.element("article").classes("card notice notice--refused").props("role=alert"):
        _draw_title("block", texts.REFUSED.say(language))
        Tag("p", texts.REFUSAL_REASONS[refusal.reason].say(language), "notice__lead").mark("refusal-reason")
        with ui.element("dl").classes("notice__facts"):
            rows = (
                (texts.REFUSED_FIELD, field_words(refusal.field, language), "refusal-field"),
                (texts.REFUSED_VALUE, refusal.value, "refusal-value"),
            )
            for text, value, marker in rows:
                if value:
                    Tag("dt", text.say(language))
                    Tag("dd", value).mark(marker)
        message, is_translated = refusal.message, language == "en"
        if language == "fr" and refusal.message_fr:
            message, is_translated = refusal.message_fr, True
        with ui.element("p").classes("notice__message"):
            if not is_translated:
                Tag("span", f"{texts.REFUSED_MESSAGE.say(language)} ", "muted")
            Tag("span", message).mark("refusal-message").props(f"lang={language if is_translated else 'en'}")
        remedy = refusal.remedy
        if language == "fr":
            remedy = refusal.remedy_fr or texts.REFUSAL_REMEDIES[refusal.reason].say(language)
        if remedy:
            with ui.element("p").classes("notice__remedy"):
                Tag("strong", f"{texts.REFUSED_REMEDY.say(language)} ")
                Tag("span", remedy).mark("refusal-remedy")
        find = pokedex.find_move if ".moves" in refusal.field else pokedex.find_pokemon
        found = [(name, find(name)) for name in refusal.suggestions]
        names = [name if record is None else shown_name(record, language) for name, record in found]
        _draw_suggestions(names, language, on_suggestion)
        if refusal.retryable:
            ui.button(texts.ASK_AGAIN.say(language), on_click=on_retry).props("no-caps unelevated").mark(
                "retry"
            )


def _draw_suggestions(names: Sequence[str], language: Language, on_suggestion: Callable[[str], None]) -> None:
    if not names:
        return
    with ui.element("div").classes("notice__suggestions"):
        Tag("span", NEAREST.say(language), "muted")
        for name in names:
            button = ui.button(name, on_click=lambda _, name=name: on_suggestion(name), color=None)
            button.props("no-caps outline").mark("suggestion")


def draw_failure(failure: str, language: Language, on_retry: Callable[[], object]) -> None:
    """In plain words why no reply came, and the way to ask the same again."""
    with ui.element("article").classes("card notice notice--failed").props("role=alert"):
        _draw_title("cloud_off", texts.FAILED.say(language))
        words = texts.FAILURES.get(failure, texts.FAILURE_OTHER).say(language)
        Tag("p", words, "notice__lead").mark("failure")
        _draw_retry(language, on_retry)


def _draw_title(icon: str, title: str) -> None:
    with ui.element("h2").classes("notice__title").props("tabindex=-1"):
        ui.icon(icon).props("aria-hidden=true")
        Tag("span", title)


def _draw_retry(language: Language, on_retry: Callable[[], object]) -> None:
    button = ui.button(texts.ASK_AGAIN.say(language), icon="refresh", on_click=on_retry, color=None)
    button.props("no-caps unelevated").classes("retry").mark("retry")
