"""PokéAPI's JSON, as far as it is read. Fields that are not named here are skipped."""

import msgspec


class Link(msgspec.Struct, frozen=True):
    """A named resource; its number is the last part of the address."""

    name: str
    url: str = ""

    @property
    def number(self) -> int:
        """Raises ValueError when the address does not end in a number."""
        return _number(self.url)


class Address(msgspec.Struct, frozen=True):
    """A resource without a name."""

    url: str

    @property
    def number(self) -> int:
        """Raises ValueError when the address does not end in a number."""
        return _number(self.url)


class Name(msgspec.Struct, frozen=True):
    """A name in one language."""

    name: str
    language: Link


class Variety(msgspec.Struct, frozen=True):
    """A Pokémon of a species."""

    pokemon: Link


class SpeciesShape(msgspec.Struct, frozen=True):
    """`pokemon-species`."""

    id: int
    name: str
    names: tuple[Name, ...]
    varieties: tuple[Variety, ...]
    evolution_chain: Address | None = None


class StatShape(msgspec.Struct, frozen=True):
    """A base stat."""

    base_stat: int
    stat: Link


class TypeSlot(msgspec.Struct, frozen=True):
    """A type of a Pokémon."""

    slot: int
    type: Link


class PastTypes(msgspec.Struct, frozen=True):
    """The types that a Pokémon had up to and including a generation."""

    generation: Link
    types: tuple[TypeSlot, ...]


class VersionGroupDetail(msgspec.Struct, frozen=True):
    """How a move is learnt in one version group."""

    level_learned_at: int
    version_group: Link
    move_learn_method: Link


class LearnedShape(msgspec.Struct, frozen=True):
    """A move that a Pokémon learns somewhere."""

    move: Link
    version_group_details: tuple[VersionGroupDetail, ...]


class Sprites(msgspec.Struct, frozen=True):
    """Pictures; of some forms there is none."""

    front_default: str | None = None


class PokemonShape(msgspec.Struct, frozen=True):
    """`pokemon`. `weight` is in hectograms."""

    id: int
    name: str
    weight: int
    species: Link
    stats: tuple[StatShape, ...]
    types: tuple[TypeSlot, ...]
    moves: tuple[LearnedShape, ...]
    sprites: Sprites
    past_types: tuple[PastTypes, ...] = ()


class PastValues(msgspec.Struct, frozen=True):
    """Values that a move had before a version group; null: the same as now."""

    version_group: Link
    power: int | None = None
    pp: int | None = None
    accuracy: int | None = None
    type: Link | None = None


class MoveMeta(msgspec.Struct, frozen=True):
    """What a move is for."""

    category: Link


class MoveShape(msgspec.Struct, frozen=True):
    """`move`."""

    id: int
    name: str
    names: tuple[Name, ...]
    type: Link
    damage_class: Link
    priority: int
    power: int | None = None
    pp: int | None = None
    accuracy: int | None = None
    past_values: tuple[PastValues, ...] = ()
    meta: MoveMeta | None = None


class DamageRelations(msgspec.Struct, frozen=True):
    """Types that an attack of this type does double, half or no damage to."""

    double_damage_to: tuple[Link, ...] = ()
    half_damage_to: tuple[Link, ...] = ()
    no_damage_to: tuple[Link, ...] = ()


class PastDamageRelations(msgspec.Struct, frozen=True):
    """The relations that held up to and including a generation."""

    generation: Link
    damage_relations: DamageRelations


class TypeShape(msgspec.Struct, frozen=True):
    """`type`."""

    id: int
    name: str
    names: tuple[Name, ...]
    damage_relations: DamageRelations
    past_damage_relations: tuple[PastDamageRelations, ...] = ()


class EvolutionDetail(msgspec.Struct, frozen=True):
    """One way to evolve, in any of the games."""

    trigger: Link
    min_level: int | None = None
    min_happiness: int | None = None
    min_affection: int | None = None
    item: Link | None = None


class ChainLink(msgspec.Struct, frozen=True):
    """A species and what it evolves to."""

    species: Link
    evolution_details: tuple[EvolutionDetail, ...] = ()
    evolves_to: tuple["ChainLink", ...] = ()


class ChainShape(msgspec.Struct, frozen=True):
    """`evolution-chain`."""

    id: int
    chain: ChainLink


def _number(url: str) -> int:
    last = url.rstrip("/").rpartition("/")[2]
    if not last.isdecimal():
        raise ValueError(f"address {url!r} does not end in a number")
    return int(last)
