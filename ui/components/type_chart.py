"""The effectiveness chart of the types, and multipliers in groups."""

from collections.abc import Mapping
from typing import Final

from nicegui import ui
from nicegui.element import Element

from shared.pokedex import Pokedex
from shared.wording import Language, Text
from ui.components.markup import Tag
from ui.components.pokemon_grid import type_badges
from ui.components.types import type_badge, type_name
from ui.texts import pokedex as texts

_SHOWN: Final[Mapping[float, str]] = {0.0: "0", 0.25: "¼", 0.5: "½", 1.0: "1", 2.0: "2", 4.0: "4"}
_LOOKS: Final[Mapping[float, str]] = {0.0: "none", 0.5: "half", 1.0: "one", 2.0: "double"}


def multiplier_words(multiplier: float) -> str:
    """A multiplier as it is read: `×½`."""
    return f"×{_SHOWN[multiplier]}"


class TypeChart(Element, component="type_chart.js"):
    """A table of all types against all types."""

    def __init__(self, pokedex: Pokedex, language: Language) -> None:
        """Add the table to the current slot."""
        super().__init__()
        slugs = [kind.slug for kind in pokedex.types]
        heads = [
            {"slug": slug, **badge}
            for slug, badge in zip(slugs, type_badges(slugs, pokedex, language), strict=True)
        ]
        self.props["columns"] = heads
        self.props["rows"] = [
            {
                **head,
                "href": f"/moves?type={kind.slug}",
                "cells": [_cell(kind.slug, slug, pokedex, language) for slug in slugs],
            }
            for head, kind in zip(heads, pokedex.types, strict=True)
        ]
        self.props["words"] = {
            "title": texts.TYPES_TITLE.say(language),
            "caption": texts.CHART_CAPTION.say(language),
            "attacking": texts.ATTACKING.say(language),
            "defending": texts.DEFENDING.say(language),
        }


def _cell(attacking: str, defending: str, pokedex: Pokedex, language: Language) -> dict[str, str]:
    multiplier = pokedex.types_by_slug[attacking].effectiveness[defending]
    effect = texts.EFFECTS[multiplier].say(language)
    title = texts.CHART_CELL.say(
        language,
        attacking=type_name(attacking, pokedex, language),
        defending=type_name(defending, pokedex, language),
        effect=effect,
    )
    return {
        "slug": defending,
        "text": _SHOWN[multiplier],
        "words": effect,
        "look": _LOOKS[multiplier],
        "title": title,
    }


def draw_multipliers(
    by_type: Mapping[str, float], pokedex: Pokedex, language: Language, names: Mapping[float, Text]
) -> None:
    """The types in groups of equal multiplier, greatest first; empty groups are left out."""
    with ui.element("dl").classes("multipliers"):
        for multiplier, text in names.items():
            slugs = [slug for slug, value in by_type.items() if value == multiplier]
            if not slugs:
                continue
            with ui.element("div").classes("multipliers__group"):
                with ui.element("dt"):
                    Tag("strong", multiplier_words(multiplier), "multipliers__value")
                    Tag("span", text.say(language), "muted")
                with ui.element("dd").mark(f"multiplier-{multiplier:g}"):
                    for slug in slugs:
                        type_badge(slug, pokedex, language)
