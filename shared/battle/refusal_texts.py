"""Why a battle cannot be judged, in English and French."""

from typing import Final

from shared.wording import Text

LEVEL_RANGE: Final = Text(
    "a level is a whole number from {least} to {most}", "un niveau est un entier de {least} à {most}"
)
LEVEL_REMEDY: Final = Text(
    "Give such a level, or leave it out for level 50.",
    "Donnez un tel niveau, ou omettez-le pour le niveau 50.",
)
NOTHING_TO_WEIGH: Final = Text(
    "{pokemon} learns no move that can be weighed in a duel",
    "{pokemon} n’apprend aucune attaque qui puisse être évaluée en duel",
)
OTHER_POKEMON_REMEDY: Final = Text("Choose another Pokémon.", "Choisissez un autre Pokémon.")
MOVE_COUNT: Final = Text("a Pokémon has 1 to {most} moves", "un Pokémon a de 1 à {most} attaques")
MOVE_COUNT_REMEDY: Final = Text(
    "Give 1 to 4 moves, or leave `moves` out to have every damaging move weighed.",
    "Donnez de 1 à 4 attaques, ou omettez `moves` pour faire évaluer toutes les attaques offensives.",
)
MOVE_TWICE: Final = Text("{move} is given twice", "{move} est donnée deux fois")
MOVE_TWICE_REMEDY: Final = Text("Give each move once.", "Donnez chaque attaque une fois.")
CANNOT_LEARN: Final = Text("{pokemon} cannot learn {move}", "{pokemon} ne peut pas apprendre {move}")
CANNOT_LEARN_REMEDY: Final = Text(
    "Choose a move that {pokemon} learns.", "Choisissez une attaque que {pokemon} apprend."
)
NONE_WEIGHED: Final = Text(
    "no move is left: {reason}",
    "aucune attaque ne reste : {reason}",
)
STATUS_MOVE: Final = Text(
    "a status move deals no damage and is not weighed in a duel",
    "une attaque de statut n’inflige pas de dégâts et n’est pas évaluée en duel",
)
NOT_SIMULATED: Final = Text(
    "its effect is not simulated yet: {effects}", "son effet n’est pas encore simulé : {effects}"
)
NOT_AMONG_STRONGEST: Final = Text(
    "it is rated below the {kept} strongest against this opponent: name it to have it weighed",
    "elle est classée après les {kept} plus fortes contre cet adversaire : nommez-la pour l’évaluer",
)
DAMAGING_REMEDY: Final = Text(
    "Give at least one move that deals damage.", "Donnez au moins une attaque qui inflige des dégâts."
)
UNKNOWN_POKEMON: Final = Text(
    "no Pokémon of Let's Go is called that", "aucun Pokémon de Let's Go ne s’appelle ainsi"
)
UNKNOWN_MOVE: Final = Text(
    "no move of Let's Go is called that", "aucune attaque de Let's Go ne s’appelle ainsi"
)
NAME_REMEDY: Final = Text(
    "Use an id, or an English or French name.",
    "Utilisez un numéro, ou un nom anglais ou français.",
)
