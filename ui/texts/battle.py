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
LEVEL_RANGE: Final = Text(
    "A level is a whole number from {least} to {most}.",
    "Un niveau est un nombre entier de {least} à {most}.",
)
LINK_UNKNOWN: Final = Text(
    "“{name}” in the link is not a Pokémon we know.", "« {name} » dans le lien n’est pas un Pokémon connu."
)
FIELD_SIDES: Final[dict[str, Text]] = {"a": SIDE_A, "b": SIDE_B}
