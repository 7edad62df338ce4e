"""The battle page: the answer, or why there is none."""

from typing import Final

from shared.wording import Text

# The answer
RESULT: Final = Text("Result", "Résultat")
WINS: Final = Text("{name} wins", "{name} gagne")
LEADS: Final = Text("{name}, by a hair", "{name}, d’un cheveu")
WINNER_PROBABILITY: Final = Text("chance to win", "de chances de gagner")
CHANCES: Final = Text("{a}: {pa}, {b}: {pb}", "{a} : {pa}, {b} : {pb}")
PLAY: Final = Text("Play", "Jouez")
BEST_REPLY: Final = Text("Best reply", "Meilleure riposte")
AVERAGE_CASE: Final = Text("Average case", "Cas moyen")
MATRIX_TITLE: Final = Text("Your moves against each reply", "Vos attaques contre chaque riposte")
MATRIX_CAPTION: Final = Text(
    "Chance of {a} to win, for each of its moves (rows) and each reply of {b} (columns)",
    "Chances de {a} de gagner, pour chaque attaque (lignes) et chaque riposte de {b} (colonnes)",
)
MATRIX_MOVE: Final = Text("Move", "Attaque")
MATRIX_WORST: Final = Text("Worst", "Pire")
MATRIX_AVERAGE: Final = Text("Average", "Moyenne")
MATRIX_MIX: Final = Text("Mix", "Dosage")
MATRIX_BEST: Final = Text("recommended", "conseillée")
MATRIX_STRONGEST: Final = Text("strongest reply", "riposte la plus forte")
MATRIX_ALL: Final = Text("Show all {count} moves", "Afficher les {count} attaques")
MATRIX_FEWER: Final = Text("Show fewer", "Afficher moins")
EQUILIBRIUM: Final = Text(
    "Mix: if both choose at the same time, {a} secures a chance of {value} by playing its moves in these "
    "shares, whatever {b} does; with shares of its own, {b} allows no more.",
    "Dosage : si les deux choisissent en même temps, {a} s’assure {value} de chances en jouant ses attaques "
    "dans ces proportions, quoi que fasse {b} ; avec les siennes, {b} n’en laisse pas davantage.",
)
WHY: Final = Text("Why?", "Pourquoi\u202f?")
WHY_POINTS: Final = Text(
    "Chance of {a}: from a typical duel ({reference}) to this one ({chance}), in points.",
    "Chances, {a} : d’un duel typique ({reference}) à celui-ci ({chance}), en points.",
)
WHY_NO_REFERENCE: Final = Text(
    "This model names no typical duel to compare with: these are the facts alone.",
    "Ce modèle ne nomme pas de duel typique auquel comparer : voilà les faits seuls.",
)
NOT_SCORED: Final = Text("Not scored: {moves}.", "Non évaluées : {moves}.")
MODEL: Final = Text("Model", "Modèle")
REQUEST_ID: Final = Text("Request", "Requête")
COPY_REQUEST_ID: Final = Text("Copy the request id", "Copier l’identifiant de la requête")

# No answer
REFUSED: Final = Text("The question was refused", "La question a été refusée")
REFUSAL_REASONS: Final[dict[str, Text]] = {
    "malformed": Text("It could not be read.", "Elle n’a pas pu être lue."),
    "invalid": Text("A value is outside what is allowed.", "Une valeur sort de ce qui est permis."),
    "unknown": Text("A name is not known.", "Un nom est inconnu."),
    "not_learnable": Text(
        "This Pokémon cannot learn that move.", "Ce Pokémon ne peut pas apprendre cette attaque."
    ),
    "not_scored": Text(
        "Status moves are not scored in a duel.", "Les attaques de statut ne sont pas évaluées en duel."
    ),
    "conflict": Text(
        "Another question has this request id.", "Une autre question porte le même identifiant."
    ),
    "expired": Text("It arrived too late to be answered.", "Elle est arrivée trop tard."),
    "unavailable": Text("No model can answer right now.", "Aucun modèle ne peut répondre pour l’instant."),
    "internal": Text("Something went wrong on our side.", "Quelque chose a échoué de notre côté."),
}
REFUSAL_REMEDIES: Final[dict[str, Text]] = {
    "malformed": Text("Ask again from this page.", "Redemandez depuis cette page."),
    "invalid": Text("Correct this value and ask again.", "Corrigez cette valeur et redemandez."),
    "unknown": Text(
        "Give a number, or an English or French name.", "Donnez un numéro, ou un nom français ou anglais."
    ),
    "not_learnable": Text(
        "Choose a move that this Pokémon learns.", "Choisissez une attaque que ce Pokémon apprend."
    ),
    "not_scored": Text(
        "Choose at least one move that deals damage.", "Choisissez au moins une attaque qui blesse."
    ),
    "conflict": Text("Change the question, or ask again.", "Changez la question, ou redemandez."),
    "expired": Text("Ask again.", "Redemandez."),
    "unavailable": Text("Ask again in a moment.", "Redemandez dans un instant."),
    "internal": Text(
        "Ask again; if it fails again, report the request’s number.",
        "Redemandez ; si cela échoue encore, signalez le numéro de la requête.",
    ),
}
REFUSED_MESSAGE: Final = Text("The service says:", "Message du service (en anglais) :")
REFUSED_FIELD: Final = Text("Field", "Champ")
REFUSED_VALUE: Final = Text("Value", "Valeur")
REFUSED_REMEDY: Final = Text("What to do", "Que faire")
FIELD_POKEMON: Final = Text("{side}: name", "{side} : nom")
FIELD_LEVEL: Final = Text("{side}: level", "{side} : niveau")
FIELD_MOVES: Final = Text("{side}: moves", "{side} : attaques")
FIELD_MOVE: Final = Text("{side}: move {number}", "{side} : attaque {number}")
FAILED: Final = Text("No answer arrived", "Aucune réponse n’est arrivée")
FAILURES: Final[dict[str, Text]] = {
    "NotReady": Text(
        "The connection to Kafka is not ready yet. Nothing was sent.",
        "La connexion à Kafka n’est pas encore prête. Rien n’a été envoyé.",
    ),
    "Overloaded": Text(
        "Too many questions are waiting. Nothing was sent: try again in a second.",
        "Trop de questions attendent. Rien n’a été envoyé : réessayez dans une seconde.",
    ),
    "ReplyTimeout": Text(
        "The reply took too long. Asking again repeats the same question under the same request id.",
        "La réponse a trop tardé. Redemander répète la même question sous le même identifiant.",
    ),
    "ShuttingDown": Text(
        "The web app is restarting. Ask again in a moment.",
        "L’application redémarre. Redemandez dans un instant.",
    ),
}
FAILURE_OTHER: Final = Text("The question got no reply.", "La question est restée sans réponse.")
ASK_AGAIN: Final = Text("Ask again", "Redemander")
