"""From records of the Pokédex to what callers are told of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import msgspec

from contracts.pokedex import Evolution, LearnedMove, LearnMethod, MoveRecord, PokemonRecord, TypeRecord
from shared import pokedex_queries as queries
from shared import pokedex_words as words
from shared.pokedex import Pokedex
from shared.pokedex_documents import (
    Evolved,
    How,
    Learner,
    LeftOutMove,
    MoveDetail,
    MoveSummary,
    PokemonDetail,
    PokemonMove,
    PokemonSummary,
    PokemonWeaknesses,
    Stats,
    Term,
    TypeDetail,
    TypeEffectiveness,
    TypeSummary,
    Vocabulary,
    Way,
)


def pokemon_summary(record: PokemonRecord) -> PokemonSummary:
    """A row of a list."""
    return PokemonSummary(**_of_pokemon(record))


def pokemon_detail(pokedex: Pokedex, record: PokemonRecord) -> PokemonDetail:
    """A Pokémon with every move it learns, by move id, its forms and its relatives."""
    return PokemonDetail(
        **_of_pokemon(record),
        weight_hg=record.weight_hg,
        base_stat_total=queries.stat_value(record, "total"),
        forms=_slugs(queries.forms(pokedex, record.species)),
        family=_slugs(queries.family(pokedex, record.slug)),
        evolves_from=record.evolves_from,
        evolution=_how(record.evolution),
        evolves_into=tuple(
            Evolved(
                slug=later.slug,
                name_en=later.name_en,
                name_fr=later.name_fr,
                evolution=_how(later.evolution),
            )
            for later in queries.evolves_into(pokedex, record.slug)
        ),
        moves=pokemon_moves(pokedex, record),
    )


def pokemon_moves(
    pokedex: Pokedex,
    record: PokemonRecord,
    *,
    method: LearnMethod | None = None,
    among: Iterable[MoveRecord] | None = None,
) -> tuple[PokemonMove, ...]:
    """The moves it learns, by id: by `method` alone when given, and only those `among` the moves given."""
    ways = queries.ways_by_move(record, method)
    return tuple(
        PokemonMove(**_of_move(move), learned=_learned(ways[move.slug]), ways=_ways(ways[move.slug]))
        for move in (pokedex.moves if among is None else among)
        if move.slug in ways
    )


def pokemon_weaknesses(pokedex: Pokedex, record: PokemonRecord) -> PokemonWeaknesses:
    """Eighteen multipliers, and the types among them that hurt more, less and not at all."""
    multipliers = queries.weaknesses(pokedex, record)
    return PokemonWeaknesses(
        slug=record.slug,
        types=record.types,
        multipliers=multipliers,
        weak_to=tuple(slug for slug, multiplier in multipliers.items() if multiplier > 1),
        resists=tuple(slug for slug, multiplier in multipliers.items() if 0 < multiplier < 1),
        immune_to=tuple(slug for slug, multiplier in multipliers.items() if multiplier == 0),
    )


def move_summary(record: MoveRecord) -> MoveSummary:
    """A row of a list."""
    return MoveSummary(**_of_move(record))


def move_detail(pokedex: Pokedex, record: MoveRecord) -> MoveDetail:
    """A move, and how many learn it."""
    return MoveDetail(**_of_move(record), learner_count=len(queries.learners(pokedex, record.slug)))


def move_learners(
    pokedex: Pokedex, record: MoveRecord, method: LearnMethod | None = None
) -> tuple[Learner, ...]:
    """Who learns a move, by id; by `method` alone when given."""
    return tuple(
        Learner(
            id=learner.id,
            slug=learner.slug,
            name_en=learner.name_en,
            name_fr=learner.name_fr,
            form=learner.form,
            types=learner.types,
            learned=_learned(kept),
            ways=_ways(kept),
        )
        for learner, ways in queries.learners(pokedex, record.slug)
        if (kept := tuple(way for way in ways if method in (None, way.method)))
    )


def moves_left_out(pokedex: Pokedex) -> tuple[LeftOutMove, ...]:
    """The moves of the games that are not among the moves, with reasons."""
    return tuple(LeftOutMove(**msgspec.structs.asdict(move)) for move in pokedex.left_out)


def type_summary(record: TypeRecord) -> TypeSummary:
    """A row of a list."""
    return TypeSummary(**_of_type(record))


def type_detail(pokedex: Pokedex, record: TypeRecord) -> TypeDetail:
    """A type as attacker and defender."""
    return TypeDetail(
        **_of_type(record),
        as_defender={kind.slug: kind.effectiveness[record.slug] for kind in pokedex.types},
        pokemon_count=len(queries.pokemon_of_type(pokedex, record.slug)),
        move_count=len(queries.filter_moves(pokedex, type_slug=record.slug)),
    )


def type_effectiveness(
    pokedex: Pokedex, attacking: TypeRecord, defending: Iterable[TypeRecord]
) -> TypeEffectiveness:
    """One multiplier over one or two defending types."""
    slugs = tuple(kind.slug for kind in defending)
    return TypeEffectiveness(
        attacking=attacking.slug,
        defending=slugs,
        multiplier=queries.effectiveness(pokedex, attacking.slug, slugs),
    )


def vocabulary() -> Vocabulary:
    """Every closed vocabulary with its words."""
    return Vocabulary(
        forms=_terms(words.FORM_WORDS),
        stats=_terms(words.STAT_WORDS),
        categories=_terms(words.CATEGORY_WORDS),
        learn_methods=_terms(words.METHOD_WORDS),
        effect_classes=_terms(words.EFFECT_CLASS_WORDS),
        priorities=tuple(
            Term(value=value, slug=said.slug, name_en=said.en, name_fr=said.fr)
            for value, said in words.PRIORITY_WORDS.items()
        ),
        evolution_triggers=_terms(words.TRIGGER_WORDS),
    )


def _terms(table: Mapping[Any, words.Words]) -> tuple[Term, ...]:
    return tuple(
        Term(value=value, slug=value, name_en=said.en, name_fr=said.fr) for value, said in table.items()
    )


def _of_pokemon(record: PokemonRecord) -> dict[str, Any]:
    stats = Stats(**msgspec.structs.asdict(record.base_stats))
    return _named(record, PokemonSummary) | {"base_stats": stats}


def _of_move(record: MoveRecord) -> dict[str, Any]:
    return {
        **_named(record, MoveSummary),
        "priority_name": words.priority_words(record.priority).slug,
    }


def _of_type(record: TypeRecord) -> dict[str, Any]:
    return _named(record, TypeSummary)


def _named(record: msgspec.Struct, document: type) -> dict[str, Any]:
    known = record.__struct_fields__
    return {field.name: getattr(record, field.name) for field in fields(document) if field.name in known}


def _slugs(records: Iterable[PokemonRecord]) -> tuple[str, ...]:
    return tuple(record.slug for record in records)


def _how(evolution: Evolution | None) -> How | None:
    if evolution is None:
        return None
    said = words.evolution_words(evolution)
    return How(
        trigger=evolution.trigger,
        level=evolution.level,
        item=evolution.item,
        text_en=said.en,
        text_fr=said.fr,
    )


def _ways(learned: Iterable[LearnedMove]) -> tuple[Way, ...]:
    return tuple(Way(method=way.method, level=way.level) for way in learned)


def _learned(learned: Iterable[LearnedMove]) -> tuple[str, ...]:
    return tuple(way.method if way.level is None else f"{way.method} {way.level}" for way in learned)
