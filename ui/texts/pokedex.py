"""The pages of the Pokédex: Pokémon, moves, types."""

from typing import Final

from shared.wording import Text

UPDATED: Final = Text(
    "The Pokédex was refreshed; this page shows the new state.",
    "Le Pokédex a été actualisé ; cette page montre le nouvel état.",
)
IGNORED: Final = Text(
    "Left out of the filters: {parts}. No such value exists.",
    "Filtres écartés : {parts}. Cette valeur n’existe pas.",
)

# Lists
POKEDEX_TITLE: Final = Text("Pokédex", "Pokédex")
POKEDEX_LEAD: Final = Text(
    "Every Pokémon of Let’s Go in all its forms. Search by number or by name, in English or French.",
    "Tous les Pokémon de Let’s Go, sous toutes leurs formes. Cherchez par numéro ou par nom, "
    "en français ou en anglais.",
)
FILTERS: Final = Text("Filters", "Filtres")
SEARCH: Final = Text("Search", "Rechercher")
FORM: Final = Text("Form", "Forme")
TYPE: Final = Text("Type", "Type")
CATEGORY: Final = Text("Category", "Catégorie")
EFFECT_CLASS: Final = Text("Effect", "Effet")
METHOD: Final = Text("How learned", "Apprentissage")
ANY_FORM: Final = Text("Any form", "Toutes les formes")
ANY_TYPE: Final = Text("Any type", "Tous les types")
ANY_CATEGORY: Final = Text("Any category", "Toutes les catégories")
ANY_EFFECT: Final = Text("Any effect", "Tous les effets")
ANY_METHOD: Final = Text("Any way", "Tous les modes")
ANY_ORIGIN: Final = Text("With or without TM", "Avec ou sans CT")
ORIGIN: Final = Text("TM", "CT")
ONLY_TMS: Final = Text("Taught by a TM", "Enseignée par une CT")
NO_TMS: Final = Text("Not taught by a TM", "Sans CT")
STAT_RANGES: Final = Text("Base stats between…", "Statistiques de base entre…")
LEAST: Final = Text("{stat}, at least", "{stat}, au moins")
MOST: Final = Text("{stat}, at most", "{stat}, au plus")
CLEAR: Final = Text("Clear all filters", "Effacer tous les filtres")
COUNT_POKEMON: Final = Text("{shown} of {count} Pokémon", "{shown} Pokémon sur {count}")
COUNT_MOVES: Final = Text("{shown} of {count} moves", "{shown} attaques sur {count}")
NOTHING_FOUND: Final = Text(
    "Nothing fits all filters. Clear one of them to see more.",
    "Rien ne passe tous les filtres. Effacez-en un pour en voir plus.",
)
ONLY_NEAR: Final = Text(
    "No name contains “{text}”. These come nearest:",
    "Aucun nom ne contient « {text} ». Les plus proches :",
)
PAGES: Final = Text("Pages", "Pages")
PAGE: Final = Text("Page {number}", "Page {number}")
PREVIOUS: Final = Text("Previous", "Précédente")
NEXT: Final = Text("Next", "Suivante")

# A Pokémon
NUMBER: Final = Text("No. {number:03}", "Nº {number:03}")
BASE_STATS: Final = Text("Base stats", "Statistiques de base")
WEIGHT: Final = Text("Weight", "Poids")
KILOGRAMS: Final = Text("{weight} kg", "{weight} kg")
BATTLE_WITH: Final = Text("Battle with {name}", "Combattre avec {name}")
ALL_POKEMON: Final = Text("All Pokémon", "Tous les Pokémon")
DEFENCES: Final = Text("Damage taken by type", "Dégâts subis selon le type")
DEFENCES_LEAD: Final = Text("Each attacking type against {types}.", "Chaque type d’attaque contre {types}.")
MULTIPLIERS: Final[dict[float, Text]] = {
    4.0: Text("Very weak", "Très faible"),
    2.0: Text("Weak", "Faible"),
    1.0: Text("Neutral", "Neutre"),
    0.5: Text("Resists", "Résiste"),
    0.25: Text("Strongly resists", "Résiste fortement"),
    0.0: Text("Immune", "Immunisé"),
}
EVOLUTION: Final = Text("Evolution", "Évolution")
NO_EVOLUTION: Final = Text(
    "{name} neither evolves nor comes from another Pokémon.",
    "{name} n’évolue pas et ne vient d’aucun autre Pokémon.",
)
FIRST_STAGE: Final = Text("First stage", "Premier stade")
FORMS: Final = Text("Forms", "Formes")
MOVES_OF: Final = Text("Moves", "Attaques")
MOVES_CAPTION: Final = Text("Moves that {name} learns", "Attaques que {name} apprend")

# Moves
MOVES_TITLE: Final = Text("Moves", "Attaques")
MOVES_LEAD: Final = Text(
    "Every move that some Pokémon of Let’s Go learns.",
    "Toutes les attaques qu’un Pokémon de Let’s Go peut apprendre.",
)
ALL_MOVES: Final = Text("All moves", "Toutes les attaques")
MOVE: Final = Text("Move", "Attaque")
POWER: Final = Text("Power", "Puissance")
ACCURACY: Final = Text("Accuracy", "Précision")
PP: Final = Text("PP", "PP")
PRIORITY: Final = Text("Priority", "Priorité")
TM: Final = Text("TM {number:02}", "CT {number:02}")
VARIES: Final = Text("varies", "variable")
NO_POWER: Final = Text("none", "aucune")
NEVER_MISSES: Final = Text("never misses", "infaillible")
PER_CENT: Final = Text("{value}%", "{value}\u202f%")
SHOW_ALL: Final = Text("Show all {count}", "Tout afficher ({count})")
SHOW_FEWER: Final = Text("Show fewer", "Afficher moins")
SORT_BY: Final = Text("Sort by {column}", "Trier par {column}")
LEARNERS: Final = Text("Who learns it", "Qui l’apprend")
LEARNERS_COUNT: Final = Text("{count} Pokémon", "{count} Pokémon")
LEFT_OUT: Final = Text("Moves left out", "Attaques écartées")
LEFT_OUT_LEAD: Final = Text(
    "They exist in the games, but no Pokémon learns them; so they are in no list and in no battle.",
    "Elles existent dans les jeux, mais aucun Pokémon ne les apprend : elles ne sont dans aucune liste "
    "et dans aucun combat.",
)
AGAINST: Final = Text("Damage by type of the target", "Dégâts selon le type de la cible")

# Types
TYPES_TITLE: Final = Text("Types", "Types")
TYPES_LEAD: Final = Text(
    "How much damage a move of each type (rows) does to a Pokémon of each type (columns).",
    "Les dégâts d’une attaque de chaque type (lignes) sur un Pokémon de chaque type (colonnes).",
)
CHART_CAPTION: Final = Text(
    "Effectiveness: attacking type in rows, defending type in columns",
    "Efficacité : type de l’attaque en lignes, type de la cible en colonnes",
)
ATTACKING: Final = Text("Attacking", "Attaque")
DEFENDING: Final = Text("Defending", "Cible")
EFFECTS: Final[dict[float, Text]] = {
    2.0: Text("super effective", "super efficace"),
    1.0: Text("normal", "normale"),
    0.5: Text("not very effective", "peu efficace"),
    0.0: Text("no effect", "sans effet"),
}
CHART_CELL: Final = Text(
    "{attacking} against {defending}: {effect}", "{attacking} contre {defending} : {effect}"
)
TARGET_TITLE: Final = Text("Against one or two types", "Contre un ou deux types")
TARGET_LEAD: Final = Text(
    "Pick the types of a Pokémon and read what hurts it.",
    "Choisissez les types d’un Pokémon et lisez ce qui le blesse.",
)
FIRST_TYPE: Final = Text("First type", "Premier type")
SECOND_TYPE: Final = Text("Second type", "Second type")
NO_SECOND_TYPE: Final = Text("No second type", "Pas de second type")

# Nothing there
UNKNOWN_POKEMON_TITLE: Final = Text("Unknown Pokémon", "Pokémon inconnu")
UNKNOWN_POKEMON: Final = Text("No Pokémon is called “{name}”.", "Aucun Pokémon ne s’appelle « {name} ».")
UNKNOWN_MOVE_TITLE: Final = Text("Unknown move", "Attaque inconnue")
UNKNOWN_MOVE: Final = Text("No move is called “{name}”.", "Aucune attaque ne s’appelle « {name} ».")
MOVE_LEFT_OUT: Final = Text("{name} is left out.", "{name} est écartée.")
UNKNOWN_REMEDY: Final = Text(
    "Check the spelling, or search the list. Case, accents and apostrophes do not matter.",
    "Vérifiez l’orthographe ou cherchez dans la liste. La casse, les accents et les apostrophes "
    "ne comptent pas.",
)
