"""The relational Pokédex, owned by ingest, in third normal form."""

from decimal import Decimal
from typing import Any, Final, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from contracts.pokedex import EffectClass
from shared.database.base import Base, small, small_key, unique_text, whole_key

FORM_IDS: Final = {"base": 1, "alola": 2, "partner": 3, "mega": 4}
MOVE_CATEGORY_IDS: Final = {"physical": 1, "special": 2, "status": 3}
LEARN_METHOD_IDS: Final = {"start": 1, "evolution": 2, "level": 3, "tm": 4, "tutor": 5, "inherited": 6}
EFFECT_CLASS_IDS: Final = {slug: number for number, slug in enumerate(get_args(EffectClass), start=1)}
"""The vocabularies; the migrations fill their tables with these ids."""


class Form(Base):
    """Base, Alolan, partner, Mega."""

    __tablename__ = "forms"
    id: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    description: Mapped[str]


class Type(Base):
    """One of the eighteen types."""

    __tablename__ = "types"
    id: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    name_en: Mapped[str] = unique_text()
    name_fr: Mapped[str] = unique_text()


class TypeEffectiveness(Base):
    """Multiplier of an attacking type on a defending one."""

    __tablename__ = "type_effectiveness"
    attacking_type_id: Mapped[int] = mapped_column(ForeignKey("types.id"), primary_key=True)
    defending_type_id: Mapped[int] = mapped_column(ForeignKey("types.id"), primary_key=True)
    multiplier: Mapped[Decimal] = mapped_column(Numeric(2, 1))
    __table_args__ = (CheckConstraint("multiplier IN (0, 0.5, 1, 2)", name="multiplier"),)


class Species(Base):
    """A species under its National Dex number."""

    __tablename__ = "species"
    number: Mapped[int] = whole_key()
    slug: Mapped[str] = unique_text()
    name_en: Mapped[str] = unique_text()
    name_fr: Mapped[str] = unique_text()


class Pokemon(Base):
    """A species in a form."""

    __tablename__ = "pokemon"
    id: Mapped[int] = whole_key()
    slug: Mapped[str] = unique_text()
    species_number: Mapped[int] = mapped_column(ForeignKey("species.number"), index=True)
    form_id: Mapped[int] = small("forms.id")
    name_en: Mapped[str] = unique_text()
    name_fr: Mapped[str] = unique_text()
    weight_hg: Mapped[int]
    sprite_url: Mapped[str | None]
    __table_args__ = (CheckConstraint("weight_hg > 0", name="weight"),)


class PokemonType(Base):
    """First and second type of a Pokémon."""

    __tablename__ = "pokemon_types"
    pokemon_id: Mapped[int] = mapped_column(ForeignKey("pokemon.id"), primary_key=True)
    slot: Mapped[int] = small_key()
    type_id: Mapped[int] = small("types.id", index=True)
    __table_args__ = (
        CheckConstraint("slot IN (1, 2)", name="slot"),
        UniqueConstraint("pokemon_id", "type_id"),
    )


class PokemonStats(Base):
    """Base stats, 1 to 255."""

    __tablename__ = "pokemon_stats"
    pokemon_id: Mapped[int] = mapped_column(ForeignKey("pokemon.id"), primary_key=True)
    hp: Mapped[int] = small()
    attack: Mapped[int] = small()
    defense: Mapped[int] = small()
    special_attack: Mapped[int] = small()
    special_defense: Mapped[int] = small()
    speed: Mapped[int] = small()
    __table_args__ = tuple(
        CheckConstraint(f"{stat} BETWEEN 1 AND 255", name=stat)
        for stat in ("hp", "attack", "defense", "special_attack", "special_defense", "speed")
    )


class Evolution(Base):
    """How a Pokémon comes from the one before it; each comes from at most one."""

    __tablename__ = "evolutions"
    to_pokemon_id: Mapped[int] = mapped_column(ForeignKey("pokemon.id"), primary_key=True)
    from_pokemon_id: Mapped[int] = mapped_column(ForeignKey("pokemon.id"), index=True)
    trigger: Mapped[str]
    level: Mapped[int | None] = mapped_column(SmallInteger)
    item: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("from_pokemon_id <> to_pokemon_id", name="not_itself"),
        CheckConstraint("trigger IN ('level', 'stone', 'trade', 'friendship', 'candy')", name="trigger"),
        CheckConstraint("(trigger = 'level') = (level IS NOT NULL)", name="level"),
        CheckConstraint("level BETWEEN 2 AND 100", name="level_range"),
        CheckConstraint("(trigger = 'stone') = (item IS NOT NULL)", name="item"),
    )


class MoveCategory(Base):
    """Physical, special, status."""

    __tablename__ = "move_categories"
    id: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    description: Mapped[str]


class MoveEffectClass(Base):
    """What a move is for."""

    __tablename__ = "effect_classes"
    id: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    description: Mapped[str]


class MovePriority(Base):
    """A priority of these games: the higher acts first, whatever the Speed."""

    __tablename__ = "move_priorities"
    priority: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    description: Mapped[str]


class Move(Base):
    """A learnable move. `accuracy` is null for a move that never misses."""

    __tablename__ = "moves"
    id: Mapped[int] = whole_key()
    slug: Mapped[str] = unique_text()
    name_en: Mapped[str] = unique_text()
    name_fr: Mapped[str] = unique_text()
    type_id: Mapped[int] = small("types.id", index=True)
    category_id: Mapped[int] = small("move_categories.id")
    power: Mapped[int] = small()
    accuracy: Mapped[int | None] = mapped_column(SmallInteger)
    pp: Mapped[int] = small()
    priority: Mapped[int] = small("move_priorities.priority")
    tm: Mapped[int | None] = mapped_column(SmallInteger, unique=True)
    description: Mapped[str]
    effects: Mapped[dict[str, Any]]
    effect_class_id: Mapped[int] = small("effect_classes.id")
    __table_args__ = (
        CheckConstraint("power BETWEEN 0 AND 250", name="power"),
        CheckConstraint("accuracy BETWEEN 1 AND 100", name="accuracy"),
        CheckConstraint("pp BETWEEN 1 AND 40", name="pp"),
        CheckConstraint("tm BETWEEN 1 AND 60", name="tm"),
    )


class MoveLeftOut(Base):
    """A move of the games that nothing learns, and why it is not among the moves."""

    __tablename__ = "moves_left_out"
    id: Mapped[int] = whole_key()
    slug: Mapped[str] = unique_text()
    name_en: Mapped[str] = unique_text()
    reason: Mapped[str]


class LearnMethod(Base):
    """At start, on evolving, by level, TM, tutor, inherited."""

    __tablename__ = "learn_methods"
    id: Mapped[int] = small_key()
    slug: Mapped[str] = unique_text()
    description: Mapped[str]


class PokemonMove(Base):
    """One way a Pokémon learns a move. `position` orders its learnset. Only method level has a level."""

    __tablename__ = "pokemon_moves"
    pokemon_id: Mapped[int] = mapped_column(ForeignKey("pokemon.id"), primary_key=True)
    position: Mapped[int] = small_key()
    move_id: Mapped[int] = mapped_column(ForeignKey("moves.id"), index=True)
    method_id: Mapped[int] = small("learn_methods.id")
    level: Mapped[int | None] = mapped_column(SmallInteger)
    __table_args__ = (
        UniqueConstraint("pokemon_id", "move_id", "method_id", "level", postgresql_nulls_not_distinct=True),
        CheckConstraint(f"(method_id = {LEARN_METHOD_IDS['level']}) = (level IS NOT NULL)", name="level"),
        CheckConstraint("level BETWEEN 2 AND 100", name="level_range"),
    )
