"""Examples of the Pokédex routes. Lists are cut to one row, the rest is what the routes answer."""

from typing import Final

from services.gateway.examples.problems import Document, document

STATS: Final = {
    "hp": 35,
    "attack": 55,
    "defense": 40,
    "special_attack": 50,
    "special_defense": 50,
    "speed": 90,
}
PIKACHU: Final[Document] = {
    "id": 25,
    "slug": "pikachu",
    "name_en": "Pikachu",
    "name_fr": "Pikachu",
    "species": "pikachu",
    "species_number": 25,
    "form": "base",
    "types": ["electric"],
    "base_stats": STATS,
    "sprite_url": "https://raw.githubusercontent.com/PokeAPI/sprites/master/sprites/pokemon/25.png",
}
THUNDERBOLT: Final[Document] = {
    "id": 85,
    "slug": "thunderbolt",
    "name_en": "Thunderbolt",
    "name_fr": "Tonnerre",
    "type": "electric",
    "category": "special",
    "power": 90,
    "accuracy": 100,
    "pp": 15,
    "priority": 0,
    "priority_name": "normal",
    "tm": 36,
    "effect_class": "damage+ailment",
    "description": "Special Electric move, power 90, accuracy 100 %: paralyses (10 %).",
}
PIKACHU_THUNDERBOLT: Final[Document] = {
    **THUNDERBOLT,
    "learned": ["level 21", "tm"],
    "ways": [{"method": "level", "level": 21}, {"method": "tm", "level": None}],
}
POKEMON_DETAIL: Final[Document] = {
    **PIKACHU,
    "weight_hg": 60,
    "base_stat_total": 320,
    "forms": ["pikachu", "pikachu-partner"],
    "family": ["pikachu", "raichu"],
    "evolves_from": None,
    "evolution": None,
    "evolves_into": [
        {
            "slug": "raichu",
            "name_en": "Raichu",
            "name_fr": "Raichu",
            "evolution": {
                "trigger": "stone",
                "level": None,
                "item": "thunder-stone",
                "text_en": "Thunder Stone",
                "text_fr": "Pierre Foudre",
            },
        }
    ],
    "moves": [PIKACHU_THUNDERBOLT],
}
MOVE_DETAIL: Final[Document] = {**THUNDERBOLT, "learner_count": 65}
LEARNER: Final[Document] = {
    "id": 25,
    "slug": "pikachu",
    "name_en": "Pikachu",
    "name_fr": "Pikachu",
    "form": "base",
    "types": ["electric"],
    "learned": ["level 21", "tm"],
    "ways": [{"method": "level", "level": 21}, {"method": "tm", "level": None}],
}
PIKA_PAPOW: Final[Document] = {
    "id": 732,
    "slug": "pika-papow",
    "name_en": "Pika Papow",
    "reason": "partner gauge move: used by shaking the controller, never learned",
}
_ONES: Final = dict.fromkeys(
    (
        *("normal", "fighting", "flying", "poison", "ground", "rock", "bug", "ghost", "steel"),
        *("fire", "water", "grass", "electric", "psychic", "ice", "dragon", "dark", "fairy"),
    ),
    1.0,
)
_HITS: Final = {**_ONES, "flying": 2.0, "ground": 0.0, "water": 2.0}
_IS_HIT: Final = {**_ONES, "flying": 0.5, "ground": 2.0, "steel": 0.5, "electric": 0.5}
ELECTRIC: Final[Document] = {
    "id": 13,
    "slug": "electric",
    "name_en": "Electric",
    "name_fr": "Électrik",
    "effectiveness": {**_HITS, "grass": 0.5, "electric": 0.5, "dragon": 0.5},
}
TYPE_DETAIL: Final[Document] = {
    **ELECTRIC,
    "as_defender": _IS_HIT,
    "pokemon_count": 14,
    "move_count": 7,
}
PIKACHU_WEAKNESSES: Final[Document] = {
    "slug": "pikachu",
    "types": ["electric"],
    "multipliers": _IS_HIT,
    "weak_to": ["ground"],
    "resists": ["flying", "steel", "electric"],
    "immune_to": [],
}
FIRE_AGAINST_GRASS_STEEL: Final[Document] = {
    "attacking": "fire",
    "defending": ["grass", "steel"],
    "multiplier": 4.0,
}


def _term(slug: str, name_en: str, name_fr: str, value: str | int | None = None) -> Document:
    return {"value": slug if value is None else value, "slug": slug, "name_en": name_en, "name_fr": name_fr}


VOCABULARY: Final[Document] = {
    "forms": [_term("alola", "Alolan form", "Forme d'Alola")],
    "stats": [_term("speed", "Speed", "Vitesse")],
    "categories": [_term("special", "Special", "Spéciale")],
    "learn_methods": [_term("tm", "By TM", "Par CT")],
    "effect_classes": [_term("heal", "Healing", "Soin")],
    "priorities": [_term("quick", "Quick", "Rapide", 1)],
    "evolution_triggers": [_term("trade", "By trading", "Par échange")],
}


def _unknown(kind: str, value: str, listing: str, suggestions: list[str], field: str = "name") -> Document:
    return document(
        "unknown",
        f"Unknown {kind}",
        404,
        f"There is no {kind} {value} in these games.",
        field=field,
        value=value,
        remedy=f"Take one of the suggestions, or look at {listing}.",
        suggestions=suggestions,
    )


UNKNOWN_POKEMON: Final = _unknown("Pokémon", "pikachuu", "/pokemon", ["Pikachu", "Partner Pikachu"])
UNKNOWN_MOVE: Final = _unknown("move", "thunderbol", "/moves", ["Thunderbolt", "Thunder", "Thunder Shock"])
UNKNOWN_TYPE: Final = _unknown("type", "electro", "/types", ["Electric"])
UNKNOWN_ATTACKING_TYPE: Final = _unknown("type", "fier", "/types", ["Steel", "Fire"], "attacking")
