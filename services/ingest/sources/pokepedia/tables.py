"""Tables of a wiki page as grids: every cell in each row and column that it spans. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from parsel import Selector

from shared.pokedex import fold

LARGEST_SPAN = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell says. `texts`: its pieces of text, notes left out; `titles`: where its links go."""

    texts: tuple[str, ...]
    titles: tuple[str, ...]
    is_header: bool

    @property
    def text(self) -> str:
        """All pieces, single spaces between them."""
        return " ".join(self.texts)

    def mentions(self, *names: str) -> bool:
        """Whether its text or a title of a link has one of the names in it."""
        said = [fold(words) for words in (self.text, *self.titles)]
        return any(fold(name) in words for name in names for words in said)


@dataclass(frozen=True, slots=True)
class Table:
    """Headers by column, from the top down, and the rows below them."""

    headers: tuple[tuple[Cell, ...], ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, *names: str) -> int | None:
        """The first column that a header names exactly."""
        wanted = {fold(name) for name in names}
        return next(
            (
                index
                for index, headers in enumerate(self.headers)
                if any(fold(header.text) in wanted for header in headers)
            ),
            None,
        )

    def column_mentioning(self, *names: str) -> int | None:
        """The last column that a header mentions: a header of several games spans their columns."""
        found = [
            index
            for index, headers in enumerate(self.headers)
            if any(header.mentions(*names) for header in headers)
        ]
        return found[-1] if found else None


def read_cell(selector: Selector) -> Cell:
    """What is inside an element."""
    pieces = selector.xpath(".//text()[not(ancestor::sup) and not(ancestor::style)]").getall()
    return Cell(
        texts=tuple(text for piece in pieces if (text := " ".join(piece.split()))),
        titles=tuple(selector.xpath(".//@title").getall()),
        is_header=selector.root.tag == "th",
    )


def read_table(selector: Selector) -> Table:
    """A `table` element. Rows at the top that are headers throughout are its headers."""
    grid = [row for row in _grid(selector) if row]
    height = next(
        (index for index, row in enumerate(grid) if not all(cell.is_header for cell in row)), len(grid)
    )
    width = max((len(row) for row in grid), default=0)
    headers = tuple(
        tuple(row[column] for row in grid[:height] if column < len(row)) for column in range(width)
    )
    return Table(headers, tuple(tuple(row) for row in grid[height:]))


def _grid(selector: Selector) -> Iterator[list[Cell]]:
    hanging: dict[int, tuple[Cell, int]] = {}
    for row in selector.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr"):
        cells: list[tuple[Cell, int]] = []
        for element in row.xpath("./th | ./td"):
            cells += _from_above(hanging, len(cells))
            cells += [(read_cell(element), _span(element, "rowspan"))] * _span(element, "colspan")
        cells += _from_above(hanging, len(cells))
        hanging = {column: (cell, rows - 1) for column, (cell, rows) in enumerate(cells) if rows > 1}
        yield [cell for cell, _ in cells]


def _from_above(hanging: Mapping[int, tuple[Cell, int]], column: int) -> Iterator[tuple[Cell, int]]:
    """The cells of earlier rows that reach into this one, from `column` on."""
    while column in hanging:
        yield hanging[column]
        column += 1


def _span(element: Selector, name: str) -> int:
    written = element.attrib.get(name, "1")
    return min(max(int(written), 1), LARGEST_SPAN) if written.isdecimal() else 1
