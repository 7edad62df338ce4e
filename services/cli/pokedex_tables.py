"""Pokémon, moves and types as a person reads them in a terminal."""

from collections.abc import Iterable, Mapping
from typing import Final

from rich.table import Table
from rich.text import Text

from contracts.pokedex import MoveLeftOut, MoveRecord, PokemonRecord, TypeRecord
from services.cli.console import output, plain_table
from shared import pokedex_describing as describing
from shared import pokedex_queries as queries
from shared.pokedex import Pokedex
from shared.pokedex_documents import PokemonDetail, TypeEffectiveness
from shared.pokedex_words import (
    CATEGORY_WORDS,
    EFFECT_CLASS_WORDS,
    FORM_WORDS,
    STAT_NAMES,
    STAT_WORDS,
    learned_words,
    priority_words,
)

_NEVER_MISSES: Final = "–"
_MOVE_HEADINGS: Final = ("move", "French", "type", "category", "power", "acc.", "PP", "priority", "effect")


def print_pokemon_list(pokedex: Pokedex, records: Iterable[PokemonRecord]) -> None:
    """One line each: names, form, types, base stats."""
    table = plain_table(
        "id", "Pokémon", "French", "form", "types", *(STAT_WORDS[name].en for name in STAT_NAMES)
    )
    for record in records:
        stats = (str(queries.stat_value(record, name)) for name in STAT_NAMES)
        form = FORM_WORDS[record.form].en
        _add_row(
            table, str(record.id), record.name_en, record.name_fr, form, _types(pokedex, record.types), *stats
        )
    output().print(table)


def print_pokemon(pokedex: Pokedex, record: PokemonRecord) -> None:
    """Everything about one: stats, weaknesses, evolutions, and its moves with the ways to learn them."""
    detail = describing.pokemon_detail(pokedex, record)
    facts = {
        "Number": f"{record.species_number} (id {record.id})",
        "Form": FORM_WORDS[record.form].en,
        "Types": _types(pokedex, record.types),
        "Base stats": ", ".join(
            f"{STAT_WORDS[name].en} {queries.stat_value(record, name)}" for name in STAT_NAMES
        ),
        "Damage taken": _multipliers(pokedex, queries.weaknesses(pokedex, record)),
        "Forms": ", ".join(form.name_en for form in queries.forms(pokedex, record.species)),
        "Evolution": _evolution(pokedex, detail),
    }
    _print_facts(f"{record.name_en} / {record.name_fr}", facts)
    table = plain_table(*_MOVE_HEADINGS, "learned")
    for slug, ways in sorted(
        queries.ways_by_move(record).items(), key=lambda item: pokedex.moves_by_slug[item[0]].id
    ):
        learned = ", ".join(learned_words(way).en for way in ways)
        _add_row(table, *_move_cells(pokedex, pokedex.moves_by_slug[slug]), learned)
    output().print(table)


def print_move_list(pokedex: Pokedex, records: Iterable[MoveRecord]) -> None:
    """One line each: names, type, category and numbers."""
    table = plain_table("id", *_MOVE_HEADINGS)
    for record in records:
        _add_row(table, str(record.id), *_move_cells(pokedex, record))
    output().print(table)


def print_move(pokedex: Pokedex, record: MoveRecord) -> None:
    """Everything about one, and who learns it."""
    facts = {
        "Id": str(record.id),
        "Type": _types(pokedex, (record.type,)),
        "Category": CATEGORY_WORDS[record.category].en,
        "Power": str(record.power),
        "Accuracy": "never misses" if record.accuracy is None else f"{record.accuracy} %",
        "PP": str(record.pp),
        "Priority": f"{record.priority:+d}, {priority_words(record.priority).en.lower()}",
        "Effect": EFFECT_CLASS_WORDS[record.effect_class].en,
        "TM": "none" if record.tm is None else str(record.tm),
        "Text": record.description,
    }
    _print_facts(f"{record.name_en} / {record.name_fr}", facts)
    table = plain_table("id", "Pokémon", "French", "learned")
    for learner, ways in queries.learners(pokedex, record.slug):
        learned = ", ".join(learned_words(way).en for way in ways)
        _add_row(table, str(learner.id), learner.name_en, learner.name_fr, learned)
    output().print(table)


def print_left_out(moves: Iterable[MoveLeftOut]) -> None:
    """The moves that nothing learns, and why."""
    table = plain_table("id", "move", "reason")
    for move in moves:
        _add_row(table, str(move.id), move.name_en, move.reason)
    output().print(table)


def print_type_list(pokedex: Pokedex) -> None:
    """One line each: what it is strong and weak against as an attacker."""
    table = plain_table("id", "type", "French", "as an attacker")
    for record in pokedex.types:
        hurts = _multipliers(pokedex, record.effectiveness)
        _add_row(table, str(record.id), record.name_en, record.name_fr, hurts)
    output().print(table)


def print_type(pokedex: Pokedex, record: TypeRecord) -> None:
    """A type from both sides, and the Pokémon that have it."""
    taken = {kind.slug: kind.effectiveness[record.slug] for kind in pokedex.types}
    facts = {
        "Damage dealt": _multipliers(pokedex, record.effectiveness),
        "Damage taken": _multipliers(pokedex, taken),
        "Pokémon": ", ".join(one.name_en for one in queries.pokemon_of_type(pokedex, record.slug)),
    }
    _print_facts(f"{record.name_en} / {record.name_fr}", facts)


def print_effectiveness(pokedex: Pokedex, said: TypeEffectiveness) -> None:
    """One sentence: `Fire against Grass and Steel: × 4`."""
    defending = " and ".join(pokedex.types_by_slug[slug].name_en for slug in said.defending)
    attacking = pokedex.types_by_slug[said.attacking].name_en
    output().print(f"{attacking} against {defending}: × {said.multiplier:g}", markup=False)


def _move_cells(pokedex: Pokedex, move: MoveRecord) -> tuple[str, ...]:
    return (
        move.name_en,
        move.name_fr,
        _types(pokedex, (move.type,)),
        CATEGORY_WORDS[move.category].en,
        str(move.power),
        _NEVER_MISSES if move.accuracy is None else str(move.accuracy),
        str(move.pp),
        f"{move.priority:+d}" if move.priority else "0",
        EFFECT_CLASS_WORDS[move.effect_class].en,
    )


def _evolution(pokedex: Pokedex, detail: PokemonDetail) -> str:
    steps = []
    if detail.evolves_from is not None:
        how = f" ({detail.evolution.text_en})" if detail.evolution else ""
        steps.append(f"from {pokedex.pokemon_by_slug[detail.evolves_from].name_en}{how}")
    for later in detail.evolves_into:
        how = f" ({later.evolution.text_en})" if later.evolution else ""
        steps.append(f"into {later.name_en}{how}")
    return ", ".join(steps) or "none"


def _multipliers(pokedex: Pokedex, multipliers: Mapping[str, float]) -> str:
    groups: dict[float, list[str]] = {}
    for slug, multiplier in multipliers.items():
        if multiplier != 1:
            groups.setdefault(multiplier, []).append(pokedex.types_by_slug[slug].name_en)
    return "; ".join(f"× {times:g} {', '.join(groups[times])}" for times in sorted(groups, reverse=True))


def _types(pokedex: Pokedex, slugs: Iterable[str]) -> str:
    return "/".join(pokedex.types_by_slug[slug].name_en for slug in slugs)


def _add_row(table: Table, *cells: str) -> None:
    table.add_row(*map(Text, cells))  # as it is: a name may hold what Rich takes for markup


def _print_facts(title: str, facts: Mapping[str, str]) -> None:
    console = output()
    console.print(title, markup=False)
    width = max(map(len, facts))
    for name, fact in facts.items():
        console.print(f"  {name:<{width}}  {fact}", markup=False)
