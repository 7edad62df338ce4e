"""PokéAPI's resources → findings of Let's Go. Pure."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Final

from services.ingest.sources.pokeapi.eras import (
    LETS_GO,
    move_in_lets_go,
    relations_in_lets_go,
    types_in_lets_go,
)
from services.ingest.sources.pokeapi.shapes import (
    ChainLink,
    ChainShape,
    EvolutionDetail,
    MoveShape,
    Name,
    PokemonShape,
    SpeciesShape,
    TypeShape,
    VersionGroupDetail,
)
from services.ingest.sources.port import OWN_METHODS, Entity, Finding, Value
from services.ingest.sources.slugs import SlugRules

LANGUAGES: Final = {"en": "name_en", "fr": "name_fr"}
METHODS: Final = {"machine": "tm", "tutor": "tutor"}


def species_findings(shape: SpeciesShape, rules: SlugRules, origin: str) -> Iterator[Finding]:
    """Number and names."""
    values = {"number": shape.id, **_names(shape.names)}
    return _findings("species", rules.canonical(shape.name), values, origin)


def pokemon_findings(
    shape: PokemonShape, base_sprite: str | None, rules: SlugRules, origin: str
) -> Iterator[Finding]:
    """Number, species, types, stats, weight, picture: a form without one has that of its species."""
    stats = {one.stat.name.replace("-", "_"): one.base_stat for one in shape.stats}
    values: dict[str, Value] = {
        "id": shape.id,
        "species": rules.canonical(shape.species.name),
        "types": types_in_lets_go(shape),
        "weight_hg": shape.weight,
        **{name: value for name, value in stats.items() if name not in ("accuracy", "evasion")},
    }
    sprite = shape.sprites.front_default or base_sprite
    if sprite is not None:
        values["sprite_url"] = sprite
    return _findings("pokemon", rules.canonical(shape.name), values, origin)


def move_findings(shape: MoveShape, rules: SlugRules, origin: str) -> Iterator[Finding]:
    """Number, names and battle numbers as they were in Let's Go."""
    move = move_in_lets_go(shape)
    values: dict[str, Value] = {
        "id": move.id,
        **_names(move.names),
        "type": move.type.name,
        "category": move.damage_class.name,
        "power": move.power or 0,
        "accuracy": move.accuracy,
        "pp": move.pp,
        "priority": move.priority,
    }
    if move.meta is not None:
        values["effect_class"] = move.meta.category.name
    return _findings("move", rules.canonical(move.name), values, origin)


def type_findings(shape: TypeShape, types: Iterable[str], origin: str) -> Iterator[Finding]:
    """Number, names, and the multiplier against each of `types`: slug `attacking>defending`."""
    yield from _findings("type", shape.name, {"id": shape.id, **_names(shape.names)}, origin)
    relations = relations_in_lets_go(shape)
    multipliers = {
        **{link.name: 2.0 for link in relations.double_damage_to},
        **{link.name: 0.5 for link in relations.half_damage_to},
        **{link.name: 0.0 for link in relations.no_damage_to},
    }
    for defending in types:
        yield Finding(
            entity="effectiveness",
            slug=f"{shape.name}>{defending}",
            field="multiplier",
            value=multipliers.get(defending, 1.0),
            origin=origin,
        )


def evolution_findings(
    shape: ChainShape, inside: Container[str], rules: SlugRules, origin: str
) -> Iterator[Finding]:
    """For each species `inside` the games that comes from another of them: `from`, and its `ways`.

    A way is the trigger, with `@level` or `:item`. They are those of all games and forms; the source
    does not say which holds where.
    """
    pending: list[tuple[str | None, ChainLink]] = [(None, shape.chain)]
    while pending:
        parent, link = pending.pop()
        slug = rules.canonical(link.species.name)
        if parent in inside and slug in inside:
            ways = tuple(sorted({_way(detail) for detail in link.evolution_details}))
            yield from _findings("evolution", slug, {"from": parent, "ways": ways}, origin)
        pending += [(slug, child) for child in link.evolves_to]


def learnset_findings(shape: PokemonShape, rules: SlugRules, origin: str) -> Iterator[Finding]:
    """One finding per method, the five of these games and any other that it names for Let's Go."""
    learned: dict[str, set[str]] = {method: set() for method in OWN_METHODS}
    for one in shape.moves:
        move = rules.canonical(one.move.name)
        for detail in one.version_group_details:
            if detail.version_group.name == LETS_GO:
                method, word = _method(move, detail)
                learned.setdefault(method, set()).add(word)
    values: Mapping[str, Value] = {method: tuple(sorted(words)) for method, words in sorted(learned.items())}
    return _findings("learnset", rules.canonical(shape.name), values, origin)


def lets_go_moves(shapes: Iterable[PokemonShape]) -> frozenset[int]:
    """Numbers of the moves that any of these learns in Let's Go."""
    return frozenset(
        one.move.number
        for shape in shapes
        for one in shape.moves
        if any(detail.version_group.name == LETS_GO for detail in one.version_group_details)
    )


def _method(move: str, detail: VersionGroupDetail) -> tuple[str, str]:
    """By level, PokéAPI writes 0 for what is learnt on evolving and 1 for what is known at the start."""
    name = detail.move_learn_method.name
    if name != "level-up":
        return METHODS.get(name, name), move
    if detail.level_learned_at == 0:
        return "evolution", move
    if detail.level_learned_at == 1:
        return "start", move
    return "level", f"{move}@{detail.level_learned_at}"


def _way(detail: EvolutionDetail) -> str:
    trigger = detail.trigger.name
    if trigger == "use-item" and detail.item is not None:
        return f"stone:{detail.item.name}"
    if trigger == "level-up" and (detail.min_happiness or detail.min_affection):
        return "friendship"
    if trigger == "level-up" and detail.min_level:
        return f"level@{detail.min_level}"
    return trigger


def _names(names: Iterable[Name]) -> dict[str, Value]:
    return {
        LANGUAGES[one.language.name]: one.name for one in names if one.language.name in LANGUAGES and one.name
    }


def _findings(entity: Entity, slug: str, values: Mapping[str, Value], origin: str) -> Iterator[Finding]:
    for field, value in values.items():
        yield Finding(entity=entity, slug=slug, field=field, value=value, origin=origin)
