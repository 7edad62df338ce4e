"""What goes between the service and the spider's process: one JSON line each."""

from typing import Literal

import msgspec

Method = Literal["start", "evolution", "level", "tm", "tutor"]
Outcome = Literal["read", "missing", "unreadable", "failed"]


class PageMove(msgspec.Struct, frozen=True):
    """A move that a page says is learnt, under its French name. `level` only with method `level`."""

    method: Method
    name: str
    level: int | None = None


class Page(msgspec.Struct, frozen=True):
    """A learnset page: its path below the base address, and the French name of the Pokémon."""

    path: str
    pokemon: str


class Crawl(msgspec.Struct, frozen=True):
    """What the spider is to do; its standard input."""

    base_url: str
    pages: tuple[Page, ...]
    cache_dir: str
    delay_s: float


class PageRead(msgspec.Struct, frozen=True):
    """What became of a page; a line of the spider's standard output. `error`: why it `failed`."""

    path: str
    outcome: Outcome
    moves: tuple[PageMove, ...] = ()
    error: str = ""
