"""The packaged Pokédex in the JSON of PokéAPI: what it says today of these games, and of others."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from services.ingest.effect_classes import effect_class
from services.ingest.snapshot import EvolutionRow, MoveRow, PokemonRow, Snapshot, SpeciesRow

Json = dict[str, Any]
LETS_GO: Final = "lets-go-pikachu-lets-go-eevee"
GROUPS: Final = {
    "gold-silver": 3,
    "diamond-pearl": 8,
    "sun-moon": 17,
    LETS_GO: 19,
    "sword-shield": 20,
    "scarlet-violet": 25,
}
CHANGED_SINCE: Final[Mapping[str, Json]] = {
    "absorb": {"power": 20, "pp": 25},
    "mega-drain": {"power": 40, "pp": 15},
    "solar-beam": {"power": 120},
    "sky-attack": {"power": 140},
    "zippy-zap": {"power": 80, "pp": 10},
    "bouncy-bubble": {"power": 60, "pp": 20},
    "buzzy-buzz": {"power": 60, "pp": 20},
    "sizzly-slide": {"power": 60, "pp": 20},
    "glitzy-glow": {"power": 80},
    "baddy-bad": {"power": 80},
    "sappy-seed": {"power": 100, "pp": 10, "accuracy": 90},
    "freezy-frost": {"power": 100, "pp": 10, "accuracy": 90},
    "sparkly-swirl": {"power": 120, "pp": 5, "accuracy": 85},
}
"""The moves whose values of today are not those of Let's Go: today's values."""
FEWER_PP_TODAY: Final = ("recover", "rest", "roost", "soft-boiled")
"""They have 5 PP today, and `past_values` does not tell of the 10 they had."""
OTHER_FORMS: Final = {
    "pikachu": ("pikachu-rock-star", "pikachu-original-cap", "pikachu-gmax"),
    "raticate": ("raticate-totem-alola",),
    "meowth": ("meowth-galar", "meowth-gmax"),
    "eevee": ("eevee-gmax",),
    "charizard": ("charizard-gmax",),
}
STATS: Final = ("hp", "attack", "defense", "special_attack", "special_defense", "speed")
LEVELS: Final = {"start": 1, "evolution": 0}
LEARN_METHODS: Final = {"tm": "machine", "tutor": "tutor"}


def pokeapi_resources(snapshot: Snapshot) -> dict[str, Json]:
    """Path → body, of every resource that a run needs and no other."""
    chains = _chains(snapshot)
    chain_of = {name: number for number, chain in chains.items() for name in _members(chain["chain"])}
    resources: dict[str, Json] = {f"evolution-chain/{number}/": chain for number, chain in chains.items()}
    for species in snapshot.species:
        resources[f"pokemon-species/{species.number}/"] = _species(
            species, snapshot.pokemon, chain_of[species.slug]
        )
    learnt = _learnt(snapshot)
    for row in snapshot.pokemon:
        resources[f"pokemon/{row.id}/"] = _pokemon(row, learnt.get(row.slug, []))
    for move in snapshot.moves:
        resources[f"move/{move.id}/"] = _move(move)
    for one in snapshot.types:
        cells = {
            cell.defending: cell.multiplier for cell in snapshot.effectiveness if cell.attacking == one.slug
        }
        resources[f"type/{one.id}/"] = {
            "id": one.id,
            "name": one.slug,
            "names": _names(one.name_en, one.name_fr),
            "damage_relations": _relations(cells),
            "past_damage_relations": _steel_of_old() if one.slug == "ghost" else [],
        }
    return resources


def named(resource: str, name: str, number: int) -> Json:
    return {"name": name, "url": f"/api/v2/{resource}/{number}/"}


def group(name: str) -> Json:
    return named("version-group", name, GROUPS[name])


def _names(english: str, french: str) -> list[Json]:
    """Typographic apostrophes, as they are there."""
    return [
        {"name": "ピカチュウ", "language": named("language", "ja", 11)},
        {"name": french.replace("'", "’"), "language": named("language", "fr", 5)},
        {"name": english.replace("'", "’"), "language": named("language", "en", 9)},
    ]


def _species(species: SpeciesRow, pokemon: Iterable[PokemonRow], chain: int) -> Json:
    own = [(_pokeapi_name(row), row.id) for row in pokemon if row.species == species.slug]
    other = [(name, 10_500 + index) for index, name in enumerate(OTHER_FORMS.get(species.slug, ()))]
    return {
        "id": species.number,
        "name": species.slug,
        "order": species.number,
        "names": _names(species.name_en, species.name_fr),
        "varieties": [
            {"is_default": number == species.number, "pokemon": named("pokemon", name, number)}
            for name, number in [*own, *other]
        ],
        "evolution_chain": {"url": f"/api/v2/evolution-chain/{chain}/"},
        "flavor_text_entries": [
            {
                "flavor_text": "Made up\nfor this test.",
                "language": named("language", "en", 9),
                "version": named("version", "lets-go-pikachu", 31),
            }
        ],
    }


def _pokeapi_name(row: PokemonRow) -> str:
    return f"{row.species}-starter" if row.form == "partner" else row.slug


def _pokemon(row: PokemonRow, learnt: list[Json]) -> Json:
    types = [row.type_1] if row.type_2 is None else [row.type_1, row.type_2]
    fairy_of_old = [
        {"generation": named("generation", "generation-v", 5), "types": _type_slots(["normal"])},
    ]
    return {
        "id": row.id,
        "name": _pokeapi_name(row),
        "weight": row.weight_hg,
        "height": 7,
        "species": {"name": row.species, "url": "/api/v2/pokemon-species/1/"},
        "stats": [
            {
                "base_stat": getattr(row, stat),
                "effort": 0,
                "stat": named("stat", stat.replace("_", "-"), number),
            }
            for number, stat in enumerate(STATS, start=1)
        ],
        "types": _type_slots(types),
        "past_types": fairy_of_old if row.slug == "clefairy" else [],
        "moves": learnt,
        "sprites": {
            "front_default": None if row.form == "partner" else row.sprite_url,
            "front_female": None,
            "other": {"home": {"front_default": None}},
        },
    }


def _type_slots(types: list[str]) -> list[Json]:
    return [{"slot": slot, "type": named("type", name, 1)} for slot, name in enumerate(types, start=1)]


def _learnt(snapshot: Snapshot) -> dict[str, list[Json]]:
    """By Pokémon; each move is learnt in other games, too, and in another way."""
    numbers = {row.slug: row.id for row in snapshot.moves}
    found: dict[str, dict[str, list[Json]]] = {}
    for row in snapshot.learnsets:
        details = found.setdefault(row.pokemon, {}).setdefault(
            row.move, [_detail(99, "level-up", "sun-moon"), _detail(0, "egg", "sword-shield")]
        )
        method = LEARN_METHODS.get(row.method, "level-up")
        level = row.level if row.level is not None else LEVELS.get(row.method, 0)
        details.append(_detail(level, method, LETS_GO))
    elsewhere = {
        "move": named("move", "celebrate", 606),
        "version_group_details": [_detail(1, "level-up", "sun-moon")],
    }
    return {
        pokemon: [
            elsewhere,
            *(
                {"move": named("move", move, numbers[move]), "version_group_details": details}
                for move, details in moves.items()
            ),
        ]
        for pokemon, moves in found.items()
    }


def _detail(level: int, method: str, group_name: str) -> Json:
    return {
        "level_learned_at": level,
        "order": None,
        "version_group": group(group_name),
        "move_learn_method": named("move-learn-method", method, 1),
    }


def _move(row: MoveRow) -> Json:
    values: Json = {"power": row.power or None, "pp": row.pp, "accuracy": row.accuracy}
    past: list[Json] = []
    if row.slug in CHANGED_SINCE:
        today = CHANGED_SINCE[row.slug]
        past.append(_past("sword-shield", **{name: values[name] for name in today}))
        past.append(_past("scarlet-violet", power=999))
        values.update(today)
    if row.slug in ("absorb", "bite"):
        past.insert(0, _past("diamond-pearl", pp=20))
        past.insert(0, _past("gold-silver", type=named("type", "normal", 1)))
    if row.slug == "absorb":
        past.append(_past(LETS_GO, power=20, pp=25))
    if row.slug in FEWER_PP_TODAY:
        values["pp"] = 5
    category = effect_class(row.slug, row.category, row.effects)
    return {
        "id": row.id,
        "name": row.slug,
        "names": _names("Vise Grip" if row.slug == "vice-grip" else row.name_en, row.name_fr),
        "type": named("type", row.type, 1),
        "damage_class": named("move-damage-class", row.category, 1),
        "priority": row.priority,
        **values,
        "past_values": past,
        "effect_chance": None,
        "effect_entries": [
            {"effect": "Made up.", "short_effect": "…", "language": named("language", "en", 9)}
        ],
        "meta": {
            "category": named("move-category", category, 1),
            "ailment": named("move-ailment", "none", 0),
            "drain": 0,
        },
    }


def _past(group_name: str, **values: Any) -> Json:
    empty: Json = {"power": None, "pp": None, "accuracy": None, "type": None}
    return {
        **empty,
        "effect_chance": None,
        "effect_entries": [],
        **values,
        "version_group": group(group_name),
    }


def _relations(cells: Mapping[str, float]) -> Json:
    def those(multiplier: float) -> list[Json]:
        return [named("type", name, 1) for name, value in cells.items() if value == multiplier]

    return {
        "double_damage_to": those(2.0),
        "half_damage_to": those(0.5),
        "no_damage_to": those(0.0),
        "double_damage_from": [],
        "half_damage_from": [],
        "no_damage_from": [],
    }


def _steel_of_old() -> list[Json]:
    return [
        {
            "generation": named("generation", "generation-v", 5),
            "damage_relations": _relations({"steel": 0.5}),
        }
    ]


def _chains(snapshot: Snapshot) -> dict[int, Json]:
    species_of = {row.slug: row.species for row in snapshot.pokemon}
    children: dict[str, dict[str, list[EvolutionRow]]] = {}
    for row in snapshot.evolutions:
        ways = children.setdefault(species_of[row.from_slug], {})
        ways.setdefault(species_of[row.to_slug], []).append(row)
    evolved = {name for ways in children.values() for name in ways}
    roots = [row.slug for row in snapshot.species if row.slug not in evolved]
    chains = {}
    for number, root in enumerate(roots, start=1):
        link = _link(root, [], children)
        if root == "pikachu":
            link = {**_bare("pichu"), "evolves_to": [link]}
        chains[number] = {"id": number, "baby_trigger_item": None, "chain": link}
    return chains


def _link(name: str, details: list[Json], children: Mapping[str, Mapping[str, list[EvolutionRow]]]) -> Json:
    """A species evolves in other games, too: Eevee to Espeon."""
    links = [
        _link(child, [_way(row) for row in rows], children) for child, rows in children.get(name, {}).items()
    ]
    if name == "eevee":
        links.append(_bare("espeon"))
    return {**_bare(name), "evolution_details": details, "evolves_to": links}


def _bare(name: str) -> Json:
    return {
        "is_baby": name == "pichu",
        "species": named("pokemon-species", name, 1),
        "evolution_details": [],
        "evolves_to": [],
    }


def _way(row: EvolutionRow) -> Json:
    triggers = {"stone": "use-item", "trade": "trade", "candy": "other"}
    return {
        "trigger": named("evolution-trigger", triggers.get(row.trigger, "level-up"), 1),
        "item": named("item", row.item, 80) if row.item else None,
        "min_level": row.level,
        "min_happiness": 160 if row.trigger == "friendship" else None,
        "min_affection": None,
        "held_item": None,
        "time_of_day": "",
    }


def _members(link: Json) -> Iterator[str]:
    yield link["species"]["name"]
    for child in link["evolves_to"]:
        yield from _members(child)
