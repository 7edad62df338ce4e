"""Questions to a Pokédex: search, filters, effectiveness, learners, families. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeVar, get_args

from contracts.pokedex import (
    EffectClass,
    Form,
    LearnedMove,
    LearnMethod,
    MoveCategory,
    MoveRecord,
    PokemonRecord,
)
from shared.pokedex import Pokedex, fold
from shared.pokedex_words import StatName

Range = tuple[int | None, int | None]
"""Least and greatest value, both included; None is no bound."""
MoveNumber = Literal["power", "accuracy", "pp", "priority"]
MOVE_NUMBERS: Final[tuple[MoveNumber, ...]] = get_args(MoveNumber)
NEAR: Final = 5

Found = TypeVar("Found", PokemonRecord, MoveRecord)


def search_pokemon(pokedex: Pokedex, text: str) -> tuple[PokemonRecord, ...]:
    """Pokémon whose French or English names begin with `text`, then those that contain it.

    Compared as `shared.pokedex.fold` has it; the one of exactly that name comes first, else by id.
    A number is an id or a number of the National Dex. Empty text: all. When nothing contains it, the
    few nearest names.
    """
    if not text.strip():
        return pokedex.pokemon
    exact = pokedex.find_pokemon(text)
    numbered = _of_number(pokedex.pokemon, text)
    found = _matching(pokedex.pokemon_names, pokedex.pokemon_by_slug, text)
    ranked = _first(exact, (*numbered, *found))
    return ranked or pokedex.near_pokemon(text, NEAR)


def search_moves(pokedex: Pokedex, text: str) -> tuple[MoveRecord, ...]:
    """Moves by name, as `search_pokemon` finds Pokémon. A number is an id."""
    if not text.strip():
        return pokedex.moves
    ranked = _first(pokedex.find_move(text), _matching(pokedex.move_names, pokedex.moves_by_slug, text))
    return ranked or pokedex.near_moves(text, NEAR)


def filter_pokemon(
    pokedex: Pokedex,
    *,
    search: str | None = None,
    form: Form | None = None,
    type_slug: str | None = None,
    stats: Mapping[StatName, Range] = {},
) -> tuple[PokemonRecord, ...]:
    """Pokémon that pass every filter: in the order of the search when there is one, else by id."""
    return tuple(
        record
        for record in search_pokemon(pokedex, search or "")
        if form in (None, record.form)
        and (type_slug is None or type_slug in record.types)
        and all(_is_within(stat_value(record, stat), bounds) for stat, bounds in stats.items())
    )


def filter_moves(
    pokedex: Pokedex,
    *,
    search: str | None = None,
    type_slug: str | None = None,
    category: MoveCategory | None = None,
    effect_class: EffectClass | None = None,
    is_tm: bool | None = None,
    numbers: Mapping[MoveNumber, Range] = {},
) -> tuple[MoveRecord, ...]:
    """Moves that pass every filter, ordered as by `filter_pokemon`.

    A move that never misses is more accurate than any number.
    """
    return tuple(
        record
        for record in search_moves(pokedex, search or "")
        if type_slug in (None, record.type)
        and category in (None, record.category)
        and effect_class in (None, record.effect_class)
        and is_tm in (None, record.tm is not None)
        and all(_is_within(_move_number(record, number), bounds) for number, bounds in numbers.items())
    )


def stat_value(record: PokemonRecord, stat: StatName) -> int:
    """A base stat, or the sum of the six."""
    base = record.base_stats
    if stat == "total":
        return base.hp + base.attack + base.defense + base.special_attack + base.special_defense + base.speed
    value: int = getattr(base, stat)
    return value


def effectiveness(pokedex: Pokedex, attacking: str, defending: Sequence[str]) -> float:
    """Multiplier of an attacking type against one or two defending types, all as slugs.

    0, 0.25, 0.5, 1, 2 or 4. Raises KeyError for an unknown type.
    """
    multipliers = pokedex.types_by_slug[attacking].effectiveness
    return math.prod(multipliers[slug] for slug in defending)


def weaknesses(pokedex: Pokedex, record: PokemonRecord) -> dict[str, float]:
    """Multiplier of each attacking type against this Pokémon, over all its types, by type id."""
    return {kind.slug: effectiveness(pokedex, kind.slug, record.types) for kind in pokedex.types}


def ways_by_move(
    record: PokemonRecord, method: LearnMethod | None = None
) -> dict[str, tuple[LearnedMove, ...]]:
    """Slug of each move it learns → every way to learn it, or those of `method` alone."""
    ways: dict[str, tuple[LearnedMove, ...]] = {}
    for learned in record.learnset:
        if method in (None, learned.method):
            ways[learned.move] = (*ways.get(learned.move, ()), learned)
    return ways


def learners(pokedex: Pokedex, move_slug: str) -> tuple[tuple[PokemonRecord, tuple[LearnedMove, ...]], ...]:
    """Who learns a move, by id, each with every way to learn it."""
    ways = ((record, ways_by_move(record).get(move_slug, ())) for record in pokedex.pokemon)
    return tuple((record, learned) for record, learned in ways if learned)


def evolves_into(pokedex: Pokedex, slug: str) -> tuple[PokemonRecord, ...]:
    """The Pokémon that this one evolves into directly, by id."""
    return tuple(record for record in pokedex.pokemon if record.evolves_from == slug)


def lineage(pokedex: Pokedex, slug: str) -> tuple[PokemonRecord, ...]:
    """From the first ancestor down to the Pokémon itself. Raises KeyError for an unknown slug."""
    line: list[PokemonRecord] = []
    record: PokemonRecord | None = pokedex.pokemon_by_slug[slug]
    while record is not None and record not in line:
        line.append(record)
        record = pokedex.pokemon_by_slug.get(record.evolves_from or "")
    return tuple(reversed(line))


def family(pokedex: Pokedex, slug: str) -> tuple[PokemonRecord, ...]:
    """The first ancestor and all that come from it, each after what it evolves from.

    Raises KeyError for an unknown slug.
    """
    members = list(lineage(pokedex, slug)[:1])
    for member in members:
        members.extend(child for child in evolves_into(pokedex, member.slug) if child not in members)
    return tuple(members)


def forms(pokedex: Pokedex, species: str) -> tuple[PokemonRecord, ...]:
    """All forms of a species, by id: the base form is the first."""
    return tuple(record for record in pokedex.pokemon if record.species == species)


def pokemon_of_type(pokedex: Pokedex, type_slug: str) -> tuple[PokemonRecord, ...]:
    """The Pokémon that have a type, first or second, by id."""
    return filter_pokemon(pokedex, type_slug=type_slug)


def _matching(names: Mapping[str, str], by_slug: Mapping[str, Found], text: str) -> tuple[Found, ...]:
    wanted = fold(text)
    if not wanted:
        return ()
    beginning = {slug for name, slug in names.items() if name.startswith(wanted)}
    containing = {
        record.slug
        for record in by_slug.values()
        if wanted in fold(record.name_en) or wanted in fold(record.name_fr)
    } - beginning
    return tuple(
        by_slug[slug]
        for found in (beginning, containing)
        for slug in sorted(found, key=lambda slug: by_slug[slug].id)
    )


def _of_number(pokemon: Iterable[PokemonRecord], text: str) -> tuple[PokemonRecord, ...]:
    digits = text.strip().removeprefix("#").lstrip("0")
    return tuple(record for record in pokemon if digits == str(record.species_number))


def _first(exact: Found | None, others: Iterable[Found]) -> tuple[Found, ...]:
    ranked = {record.slug: record for record in others}
    if exact is not None:
        ranked = {exact.slug: exact} | ranked
    return tuple(ranked.values())


def _move_number(record: MoveRecord, number: MoveNumber) -> float:
    value: int | None = getattr(record, number)
    return math.inf if value is None else value


def _is_within(value: float, bounds: Range) -> bool:
    least, greatest = bounds
    return (least is None or value >= least) and (greatest is None or value <= greatest)
