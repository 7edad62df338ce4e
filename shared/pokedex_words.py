"""What the closed vocabularies of the Pokédex are called, in English and French.

REST, command line, web app and documents take their words from here, so that one thing has one name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from contracts.pokedex import (
    EffectClass,
    Evolution,
    EvolutionTrigger,
    Form,
    LearnedMove,
    LearnMethod,
    MoveCategory,
)

StatName = Literal["hp", "attack", "defense", "special_attack", "special_defense", "speed", "total"]
STAT_NAMES: Final[tuple[StatName, ...]] = get_args(StatName)
"""The six base stats in their usual order, then their sum."""


@dataclass(frozen=True, slots=True)
class Words:
    """One meaning in both languages."""

    en: str
    fr: str


@dataclass(frozen=True, slots=True)
class PriorityWords(Words):
    """A priority: its slug beside the words."""

    slug: str


FORM_WORDS: Final[Mapping[Form, Words]] = {
    "base": Words("Base form", "Forme de base"),
    "alola": Words("Alolan form", "Forme d'Alola"),
    "partner": Words("Partner", "Partenaire"),
    "mega": Words("Mega Evolution", "Méga-Évolution"),
}
CATEGORY_WORDS: Final[Mapping[MoveCategory, Words]] = {
    "physical": Words("Physical", "Physique"),
    "special": Words("Special", "Spéciale"),
    "status": Words("Status", "Statut"),
}
METHOD_WORDS: Final[Mapping[LearnMethod, Words]] = {
    "start": Words("Known from the start", "Connue au départ"),
    "evolution": Words("On evolving", "En évoluant"),
    "level": Words("By levelling up", "Par montée de niveau"),
    "tm": Words("By TM", "Par CT"),
    "tutor": Words("From the partner tutor", "Par le donneur de capacités"),
    "inherited": Words("Inherited", "Héritée"),
}
EFFECT_CLASS_WORDS: Final[Mapping[EffectClass, Words]] = {
    "damage": Words("Damage", "Dégâts"),
    "damage+ailment": Words("Damage and an ailment", "Dégâts et altération d'état"),
    "damage+lower": Words("Damage and lower stats of the target", "Dégâts et baisse de stats de la cible"),
    "damage+raise": Words("Damage and raised stats of the user", "Dégâts et hausse de stats du lanceur"),
    "damage+heal": Words("Damage and healing", "Dégâts et soin"),
    "ohko": Words("One-hit KO", "K.O. en un coup"),
    "ailment": Words("Ailment", "Altération d'état"),
    "net-good-stats": Words("Change of stats", "Changement de stats"),
    "swagger": Words("Confusion and raised stats of the target", "Confusion et hausse de stats de la cible"),
    "heal": Words("Healing", "Soin"),
    "field-effect": Words("Effect on one side", "Effet sur un camp"),
    "whole-field-effect": Words("Effect on the whole field", "Effet sur tout le terrain"),
    "force-switch": Words("Forced switch", "Changement forcé"),
    "unique": Words("An effect of its own", "Effet particulier"),
}
STAT_WORDS: Final[Mapping[StatName, Words]] = {
    "hp": Words("HP", "PV"),
    "attack": Words("Attack", "Attaque"),
    "defense": Words("Defense", "Défense"),
    "special_attack": Words("Sp. Atk", "Atq. Spé."),
    "special_defense": Words("Sp. Def", "Déf. Spé."),
    "speed": Words("Speed", "Vitesse"),
    "total": Words("Total", "Total"),
}
TRIGGER_WORDS: Final[Mapping[EvolutionTrigger, Words]] = {
    "level": Words("By levelling up", "Par montée de niveau"),
    "stone": Words("With a stone", "Avec une pierre"),
    "trade": Words("By trading", "Par échange"),
    "friendship": Words("By friendship", "Par bonheur"),
    "candy": Words("With 400 Meltan candies", "Avec 400 Bonbons Meltan"),
}
STONE_WORDS: Final[Mapping[str, Words]] = {
    "fire-stone": Words("Fire Stone", "Pierre Feu"),
    "ice-stone": Words("Ice Stone", "Pierre Glace"),
    "leaf-stone": Words("Leaf Stone", "Pierre Plante"),
    "moon-stone": Words("Moon Stone", "Pierre Lune"),
    "thunder-stone": Words("Thunder Stone", "Pierre Foudre"),
    "water-stone": Words("Water Stone", "Pierre Eau"),
}
PRIORITY_WORDS: Final[Mapping[int, PriorityWords]] = {
    5: PriorityWords("Helps before all else", "Soutient avant tout", "assist"),
    4: PriorityWords("Protects before any attack", "Protège avant toute attaque", "protect"),
    3: PriorityWords("Surprises", "Prend par surprise", "surprise"),
    2: PriorityWords("Very quick", "Très rapide", "very-quick"),
    1: PriorityWords("Quick", "Rapide", "quick"),
    0: PriorityWords("Normal", "Normale", "normal"),
    -5: PriorityWords("Strikes back", "Riposte", "retaliate"),
    -6: PriorityWords("Last", "En dernier", "last"),
}
"""Every priority of these games: the higher acts first, whatever the Speed; equal ones by Speed."""


def learned_words(learned: LearnedMove) -> Words:
    """How a move is learned, with the level where there is one: `Level 21`."""
    if learned.level is None:
        return METHOD_WORDS[learned.method]
    return Words(f"Level {learned.level}", f"Niveau {learned.level}")


def evolution_words(evolution: Evolution) -> Words:
    """How a Pokémon comes about, with the level or the stone: `Level 16`, `Thunder Stone`."""
    if evolution.level is not None:
        return Words(f"Level {evolution.level}", f"Niveau {evolution.level}")
    if evolution.item is not None and evolution.item in STONE_WORDS:
        return STONE_WORDS[evolution.item]
    return TRIGGER_WORDS[evolution.trigger]


def priority_words(priority: int) -> PriorityWords:
    """What a priority is called; one that these games do not have is called by its number."""
    number = f"{priority:+d}"
    return PRIORITY_WORDS.get(priority, PriorityWords(number, number, number))
