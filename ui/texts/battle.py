"""The battle page: the question."""

from typing import Final

from shared.wording import Text

BATTLE_TITLE: Final = Text("Battle", "Combat")
BATTLE_HEADING: Final = Text("Who wins?", "Qui gagne\u202f?")
BATTLE_LEAD: Final = Text(
    "Type a name in English or French. Without moves, every damaging move is weighed.",
    "Tapez un nom en français ou en anglais. Sans attaques choisies, toutes celles qui blessent sont pesées.",
)
SIDE_A: Final = Text("Your Pokémon", "Votre Pokémon")
SIDE_B: Final = Text("The opponent", "L’adversaire")
PICK_POKEMON: Final = Text("Pokémon", "Pokémon")
PICK_MOVES: Final = Text("Moves (up to 4, optional)", "Attaques (4 au plus, facultatif)")
PICK_MOVES_NONE: Final = Text("Every damaging move", "Toutes les attaques offensives")
LEVEL: Final = Text("Level", "Niveau")
NO_MATCH: Final = Text("Nothing has this name.", "Rien ne porte ce nom.")
SWAP: Final = Text("Swap the two sides", "Échanger les deux camps")
ASK: Final = Text("Predict the battle", "Prédire le combat")
ASKING: Final = Text("Asking the model…", "Question posée au modèle…")
POWER: Final = Text("power {power}", "puissance {power}")
POWER_VARIES: Final = Text("power varies", "puissance variable")
ACCURACY: Final = Text("accuracy {accuracy}", "précision {accuracy}")
PP: Final = Text("{pp} PP", "{pp} PP")
PRIORITY: Final = Text("priority: {priority}", "priorité : {priority}")
STATUS_NOT_SCORED: Final = Text("not scored in a duel", "non évaluée en duel")
CHOOSE_BOTH: Final = Text("Choose a Pokémon on both sides.", "Choisissez un Pokémon dans chaque camp.")

# What cannot be taken
LEVEL_MISSING: Final = Text(
    "The level is missing: give a whole number from {least} to {most}.",
    "Le niveau manque : donnez un nombre entier de {least} à {most}.",
)
LEVEL_RANGE: Final = Text(
    "“{value}” is no level: give a whole number from {least} to {most}.",
    "« {value} » n’est pas un niveau : donnez un nombre entier de {least} à {most}.",
)
UNKNOWN_POKEMON: Final = Text("No such Pokémon: “{name}”.", "Aucun Pokémon ne s’appelle « {name} ».")
UNKNOWN_MOVE: Final = Text("No such move: “{name}”.", "Aucune attaque ne s’appelle « {name} ».")
DID_YOU_MEAN: Final = Text("Did you mean:", "Vouliez-vous dire :")
MOVE_OF_NOBODY: Final = Text("{move}: choose its Pokémon first.", "{move} : choisissez d’abord son Pokémon.")
NOT_LEARNABLE: Final = Text("{pokemon} cannot learn {move}.", "{pokemon} ne peut pas apprendre {move}.")
STATUS_MOVE: Final = Text(
    "{move} is a status move: it is not scored in a duel.",
    "{move} est une attaque de statut : elle n’est pas évaluée en duel.",
)
MOVE_TWICE: Final = Text("{move} is chosen already.", "{move} est déjà choisie.")
TOO_MANY_MOVES: Final = Text(
    "{move} does not fit: a Pokémon has at most {most} moves.",
    "{move} est de trop : un Pokémon a {most} attaques au plus.",
)
LEFT_OUT: Final = Text("Left out", "Mis de côté")
LINK_IGNORED: Final = Text(
    "“{part}” in the link means nothing here.", "« {part} » dans le lien n’a pas de sens ici."
)
BATTLE_NOT_KEPT: Final = Text(
    "The battle “{id}” is not kept in this browser.",
    "Le combat « {id} » n’est pas conservé dans ce navigateur.",
)
FIELD_SIDES: Final[dict[str, Text]] = {"a": SIDE_A, "b": SIDE_B}
