"""One slug for each spelling that a source uses. Pure."""

from collections.abc import Iterable
from typing import Final

RESPELLED: Final = {"visegrip": "vicegrip"}
"""Letters of a later spelling → letters of the one that these games use."""


class SlugRules:
    """Finds the slug that the Pokédex has for what a source writes.

    Hyphens do not count (`softboiled`), a later spelling gives the earlier one, and a starter form
    is our partner.
    """

    def __init__(self, known: Iterable[str]) -> None:
        """`known`: the slugs that the Pokédex has."""
        self._by_letters = {_letters(slug): slug for slug in known}

    def canonical(self, written: str) -> str:
        """The Pokédex's slug; what is unknown stays as it is written."""
        slug = written.lower()
        if slug.endswith("-starter"):
            slug = f"{slug.removesuffix('-starter')}-partner"
        return self._by_letters.get(_letters(slug), slug)


def _letters(slug: str) -> str:
    letters = slug.replace("-", "")
    return RESPELLED.get(letters, letters)
