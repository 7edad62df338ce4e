"""What the query string of the battle page asks for. Pure.

The words are the columns of a file of battles: `a`, `level_a`, `move_a`, and the same
for `b`. `move_a` may be repeated.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.battle import SideName
from shared.pokedex import MAXIMUM_NAME_LENGTH

_SIDES: Final[tuple[SideName, ...]] = ("a", "b")
_MOST_PARTS: Final = 32


@dataclass(slots=True)
class LinkedSide:
    """One side as the link writes it; None and empty where the link says nothing of it."""

    pokemon: str | None = None
    level: str | None = None
    moves: list[str] = field(default_factory=list)

    @property
    def is_given(self) -> bool:
        """Whether the link says anything of this side."""
        return self.pokemon is not None or self.level is not None or bool(self.moves)


@dataclass(slots=True)
class BattleLink:
    """The link's battle id and sides. `ignored`: parts of the query string that mean nothing."""

    id: str | None = None
    sides: dict[SideName, LinkedSide] = field(default_factory=lambda: {side: LinkedSide() for side in _SIDES})
    ignored: list[str] = field(default_factory=list)


def read_battle_link(parts: Iterable[tuple[str, str]]) -> BattleLink:
    """The link of a query string, whose names and values come in order. Empty values say nothing.

    A part given twice is taken the first time; the second is `ignored`.
    """
    link = BattleLink()
    for number, (name, text) in enumerate(parts):
        value = text.strip()
        if value and (number >= _MOST_PARTS or not _take(link, name, value)):
            link.ignored.append(f"{name}={value}"[:MAXIMUM_NAME_LENGTH])
    del link.ignored[_MOST_PARTS:]
    return link


def _take(link: BattleLink, name: str, value: str) -> bool:
    """Whether the part meant something."""
    if name == "id" and link.id is None:
        link.id = value
        return True
    for key, side in link.sides.items():
        if name == key and side.pokemon is None:
            side.pokemon = value
        elif name == f"level_{key}" and side.level is None:
            side.level = value
        elif name == f"move_{key}":
            side.moves.append(value)
        else:
            continue
        return True
    return False
