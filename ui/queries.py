"""What the lists are asked for, as the query string of their pages has it. Pure.

The words are those of the REST API: `search`, `form`, `type`, `min_hp`, `category`, …
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar, get_args
from urllib.parse import urlencode

from contracts.pokedex import (
    EffectClass,
    Form,
    LearnMethod,
    MoveCategory,
    MoveRecord,
    PokemonRecord,
)
from shared.pokedex import MAXIMUM_NAME_LENGTH, Pokedex, fold
from shared.pokedex_queries import Range, filter_moves, filter_pokemon
from shared.pokedex_words import STAT_NAMES, StatName

PAGE_SIZE: Final = 36
FORMS: Final[tuple[Form, ...]] = get_args(Form)
CATEGORIES: Final[tuple[MoveCategory, ...]] = get_args(MoveCategory)
EFFECT_CLASSES: Final[tuple[EffectClass, ...]] = get_args(EffectClass)
METHODS: Final[tuple[LearnMethod, ...]] = get_args(LearnMethod)
TM_WORDS: Final[Mapping[str, bool]] = {"yes": True, "no": False}
_MOST: Final = 9_999

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PokemonQuery:
    """Filters of the list of Pokémon. `ignored`: parts of the query string that mean nothing."""

    search: str = ""
    form: Form | None = None
    type_slug: str | None = None
    stats: Mapping[StatName, Range] = field(default_factory=dict)
    page: int = 1
    ignored: tuple[str, ...] = ()

    def find(self, pokedex: Pokedex) -> tuple[PokemonRecord, ...]:
        """All Pokémon that pass."""
        return filter_pokemon(
            pokedex, search=self.search, form=self.form, type_slug=self.type_slug, stats=self.stats
        )

    def url(self, path: str) -> str:
        """`path` with these filters; what is not set is left out."""
        bounds = {
            f"{edge}_{stat}": value
            for stat, bounds in self.stats.items()
            for edge, value in zip(("min", "max"), bounds, strict=True)
        }
        page = self.page if self.page > 1 else None
        return _url(path, search=self.search, form=self.form, type=self.type_slug, **bounds, page=page)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveQuery:
    """Filters of a list of moves. `method` counts only where one Pokémon's moves are listed."""

    search: str = ""
    type_slug: str | None = None
    category: MoveCategory | None = None
    effect_class: EffectClass | None = None
    is_tm: bool | None = None
    method: LearnMethod | None = None
    ignored: tuple[str, ...] = ()

    def find(self, pokedex: Pokedex) -> tuple[MoveRecord, ...]:
        """All moves that pass, whoever learns them."""
        return filter_moves(
            pokedex,
            search=self.search,
            type_slug=self.type_slug,
            category=self.category,
            effect_class=self.effect_class,
            is_tm=self.is_tm,
        )

    def url(self, path: str) -> str:
        """`path` with these filters; what is not set is left out."""
        return _url(
            path,
            search=self.search,
            type=self.type_slug,
            category=self.category,
            effect_class=self.effect_class,
            tm=next((word for word, is_tm in TM_WORDS.items() if is_tm == self.is_tm), None),
            method=self.method,
        )


def read_pokemon_query(parts: Mapping[str, str], pokedex: Pokedex) -> PokemonQuery:
    """The filters in a query string; values that mean nothing are named in `ignored`."""
    reader = _Reader(parts)
    bounds = {stat: (reader.number(f"min_{stat}"), reader.number(f"max_{stat}")) for stat in STAT_NAMES}
    return PokemonQuery(
        search=reader.text("search"),
        form=reader.one_of("form", FORMS),
        type_slug=reader.type_slug(pokedex),
        stats={stat: found for stat, found in bounds.items() if found != (None, None)},
        page=reader.number("page") or 1,
        ignored=tuple(reader.ignored),
    )


def read_move_query(parts: Mapping[str, str], pokedex: Pokedex) -> MoveQuery:
    """The filters in a query string; values that mean nothing are named in `ignored`."""
    reader = _Reader(parts)
    tm = reader.one_of("tm", tuple(TM_WORDS))
    return MoveQuery(
        search=reader.text("search"),
        type_slug=reader.type_slug(pokedex),
        category=reader.one_of("category", CATEGORIES),
        effect_class=reader.one_of("effect_class", EFFECT_CLASSES),
        is_tm=None if tm is None else TM_WORDS[tm],
        method=reader.one_of("method", METHODS),
        ignored=tuple(reader.ignored),
    )


def read_target_types(parts: Mapping[str, str], pokedex: Pokedex) -> tuple[str, ...]:
    """Slugs of the one or two types in `against`; () when a name there is unknown."""
    names = [name for name in parts.get("against", "").split(",") if name.strip()]
    found = [pokedex.find_type(name) for name in names]
    slugs = tuple(dict.fromkeys(kind.slug for kind in found if kind is not None))
    return slugs if len(slugs) in (1, 2) and None not in found else ()


def target_url(path: str, slugs: tuple[str, ...]) -> str:
    """`path` with these types as what is attacked."""
    return _url(path, against=",".join(slugs))


def is_only_near(search: str, names: Mapping[str, str], found: Iterable[str]) -> bool:
    """Whether none of the slugs found has `search` in a name: they merely resemble it.

    `names`: every folded name → slug.
    """
    wanted = fold(search)
    if not wanted or wanted.isdecimal():
        return False
    slugs = set(found)
    return bool(slugs) and not any(wanted in name for name, slug in names.items() if slug in slugs)


def page_count(records: int) -> int:
    """How many pages a list of so many takes, at least one."""
    return max(1, -(-records // PAGE_SIZE))


class _Reader:
    def __init__(self, parts: Mapping[str, str]) -> None:
        self._parts = parts
        self.ignored: list[str] = []

    def text(self, name: str) -> str:
        return self._parts.get(name, "").strip()[:MAXIMUM_NAME_LENGTH]

    def one_of(self, name: str, allowed: tuple[T, ...]) -> T | None:
        text = self.text(name)
        for value in allowed:
            if value == text:
                return value
        self._ignore(name, text)
        return None

    def number(self, name: str) -> int | None:
        text = self.text(name)
        if text.isascii() and text.isdecimal() and int(text) <= _MOST:
            return int(text)
        self._ignore(name, text)
        return None

    def type_slug(self, pokedex: Pokedex) -> str | None:
        text = self.text("type")
        found = pokedex.find_type(text) if text else None
        if found is None:
            self._ignore("type", text)
        return None if found is None else found.slug

    def _ignore(self, name: str, text: str) -> None:
        if text:
            self.ignored.append(f"{name}={text}")


def _url(path: str, **parts: object) -> str:
    query = urlencode({name: value for name, value in parts.items() if value not in (None, "")})
    return f"{path}?{query}" if query else path
