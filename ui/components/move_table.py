"""Moves as a sortable table."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from nicegui.element import Element

from contracts.pokedex import LearnedMove, LearnMethod, MoveRecord
from shared.pokedex import Pokedex
from shared.wording import Language, Text
from ui.components.moves import (
    accuracy_words,
    category_words,
    effect_words,
    named_priority,
    power_words,
    ways_words,
)
from ui.components.names import other_name, shown_name
from ui.components.pokemon_grid import type_badges
from ui.texts import pokedex as texts

VISIBLE_ROWS: Final = 40
SURE_HIT: Final = 101
"""A move that never misses sorts above one of 100 %."""
METHOD_ORDER: Final[tuple[LearnMethod, ...]] = ("start", "level", "evolution", "tm", "tutor", "inherited")
_BEYOND_TMS: Final = 1_000
_NUMERIC: Final = ("power", "accuracy", "pp", "priority")
_HEADINGS: Final[Mapping[str, Text]] = {
    "name": texts.MOVE,
    "ways": texts.METHOD,
    "type": texts.TYPE,
    "category": texts.CATEGORY,
    "power": texts.POWER,
    "accuracy": texts.ACCURACY,
    "pp": texts.PP,
    "priority": texts.PRIORITY,
    "effect": texts.EFFECT_CLASS,
}


def move_path(slug: str) -> str:
    """Where a move's page is."""
    return f"/moves/{quote(slug)}"


class MoveTable(Element, component="move_table.js"):
    """A row for each of `moves`. With `ways` (by move slug) a column tells how each is learned."""

    def __init__(
        self,
        moves: Iterable[MoveRecord],
        pokedex: Pokedex,
        language: Language,
        *,
        caption: str,
        ways: Mapping[str, tuple[LearnedMove, ...]] | None = None,
    ) -> None:
        """Add the table to the current slot."""
        super().__init__()
        rows = [_row(move, pokedex, language, (ways or {}).get(move.slug, ())) for move in moves]
        self.props["rows"] = rows
        self.props["columns"] = [
            {
                "key": key,
                "label": text.say(language),
                "numeric": key in _NUMERIC,
                "sortable": True,
                "hint": texts.SORT_BY.say(language, column=text.say(language)),
            }
            for key, text in _HEADINGS.items()
            if key != "ways" or ways is not None
        ]
        self.props["visible-rows"] = VISIBLE_ROWS
        self.props["words"] = {
            "caption": caption,
            "all": texts.SHOW_ALL.say(language, count=len(rows)),
            "fewer": texts.SHOW_FEWER.say(language),
        }


def _row(
    move: MoveRecord, pokedex: Pokedex, language: Language, ways: tuple[LearnedMove, ...]
) -> dict[str, object]:
    (badge,) = type_badges([move.type], pokedex, language)
    method, number = learning_order(move, ways)
    accuracy = SURE_HIT if move.accuracy is None else move.accuracy
    cells: dict[str, tuple[str, str | int]] = {
        "name": (shown_name(move, language), shown_name(move, language)),
        "ways": (ways_words(move, ways, language), method * _BEYOND_TMS + number),
        "type": (badge["text"], badge["text"]),
        "category": (category_words(move, language), category_words(move, language)),
        "power": (power_words(move, language), move.power),
        "accuracy": (accuracy_words(move, language), accuracy),
        "pp": (str(move.pp), move.pp),
        "priority": (named_priority(move, language), move.priority),
        "effect": (effect_words(move, language), effect_words(move, language)),
    }
    return {
        "slug": move.slug,
        "href": move_path(move.slug),
        "other": other_name(move, language),
        "otherLanguage": "en" if language == "fr" else "fr",
        "badge": badge,
        "description": move.description,
        "cells": {key: {"text": text, "sort": sort} for key, (text, sort) in cells.items()},
    }


def learning_order(move: MoveRecord, ways: Iterable[LearnedMove]) -> tuple[int, int]:
    """For sorting by how a move is learned: from the start, by level, on evolving, by TM, otherwise."""
    return min(
        (
            (METHOD_ORDER.index(way.method), (move.tm if way.method == "tm" else way.level) or 0)
            for way in ways
        ),
        default=(len(METHOD_ORDER), 0),
    )
