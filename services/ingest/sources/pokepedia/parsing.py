"""A learnset page of Poképédia → the moves that it gives for Let's Go. Pure."""

import re
from collections.abc import Iterator
from typing import Final

from parsel import Selector

from services.ingest.sources.pokepedia.messages import PageMove
from services.ingest.sources.pokepedia.tables import Cell, Table, read_cell, read_table
from shared.pokedex import fold

LETS_GO: Final = ("Let's Go", "LGPE")
OTHER_GAMES: Final = ("SL", "USUL")
SECTIONS: Final = (("par montée en niveau", "level"), ("par CT", "tm"), ("par donneur", "tutor"))
"""How the heading of a section begins → what its tables are of."""
NAME_HEADERS: Final = ("Capacité", "Capacités", "Nom")
LEVEL_HEADERS: Final = ("Niveau", "Niveaux")
_LEVEL: Final = re.compile(r"(?:N\.?|Niv\.?|Niveau)?\s*(\d{1,3})", re.IGNORECASE)


def parse_page(html: str, pokemon: str) -> tuple[PageMove, ...]:
    """What `pokemon`, under its French name, learns in Let's Go; empty when no table tells it.

    A section has tables for several games: levels in a column each, machines and tutors below
    headings of their own.
    """
    return tuple(dict.fromkeys(_moves(Selector(text=html), pokemon)))


def _moves(page: Selector, pokemon: str) -> Iterator[PageMove]:
    section: str | None = None
    depth = 0
    below: Cell | None = None
    for element in page.xpath("//h2 | //h3 | //h4 | //h5 | //table[not(ancestor::table)]"):
        if element.root.tag == "table":
            if section is not None:
                yield from _of_section(section, below, read_table(element), pokemon)
            continue
        heading = read_cell(element)
        level = int(element.root.tag[1])
        named = _section(heading)
        if named is not None or level <= depth or section is None:
            section, depth, below = named, level, None
        else:
            below = heading


def _section(heading: Cell) -> str | None:
    text = fold(heading.text)
    return next((kind for begin, kind in SECTIONS if text.startswith(fold(begin))), None)


def _of_section(kind: str, below: Cell | None, table: Table, pokemon: str) -> Iterator[PageMove]:
    if kind == "level":
        yield from _by_level(below, table)
    elif kind == "tm" and (below is None or below.mentions(*LETS_GO)):
        yield from (PageMove("tm", name) for name, _ in _named(table, 1))
    elif kind == "tutor" and below is not None and below.mentions(*LETS_GO, "partenaire", pokemon):
        yield from (PageMove("tutor", name) for name, _ in _named(table, 0))


def _by_level(below: Cell | None, table: Table) -> Iterator[PageMove]:
    column = table.column_mentioning(*LETS_GO)
    is_only_ours = below.mentions(*LETS_GO) if below is not None else not _has_other_games(table)
    if column is None and is_only_ours:
        column = table.column(*LEVEL_HEADERS)
    if column is None:
        return
    for name, row in _named(table, 0):
        if column < len(row):
            yield from (_at_level(name, text) for text in row[column].texts if _is_level(text))


def _has_other_games(table: Table) -> bool:
    return table.column(*OTHER_GAMES) is not None or table.column_mentioning("Soleil") is not None


def _named(table: Table, default_column: int) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    column = table.column(*NAME_HEADERS)
    index = default_column if column is None else column
    for row in table.rows:
        if index < len(row) and row[index].text:
            yield row[index].text, row


def _is_level(text: str) -> bool:
    return fold(text) in ("depart", "evolution") or _LEVEL.fullmatch(text) is not None


def _at_level(name: str, text: str) -> PageMove:
    """A move at level 1 is known from the start."""
    if fold(text) == "evolution":
        return PageMove("evolution", name)
    found = _LEVEL.fullmatch(text)
    if found is None or int(found[1]) <= 1:
        return PageMove("start", name)
    return PageMove("level", name, int(found[1]))
