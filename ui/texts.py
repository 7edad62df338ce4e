"""Everything the web app says, each sentence beside its translation."""

from typing import Final

from shared.wording import Language, Text

# Frame
PRODUCT: Final = "PredictionDex"
LANGUAGE_NAMES: Final[dict[Language, str]] = {"en": "English", "fr": "Français"}
NAVIGATION: Final = Text("Main", "Navigation principale")
NAV_HOME: Final = Text("Home", "Accueil")
NAV_BATTLE: Final = Text("Battle", "Combat")
SKIP: Final = Text("Skip to the content", "Aller au contenu")
SWITCH_LANGUAGE: Final = Text("Passer en français", "Switch to English")
THEME_AUTO: Final = Text(
    "Theme: follows the system. Switch to light", "Thème : suit le système. Passer au clair"
)
THEME_LIGHT: Final = Text("Theme: light. Switch to dark", "Thème : clair. Passer au sombre")
THEME_DARK: Final = Text("Theme: dark. Follow the system", "Thème : sombre. Suivre le système")
FOOTER: Final = Text(
    "A free project about streaming predictions. Pokémon and all names are trademarks of Nintendo, "
    "Creatures Inc. and GAME FREAK inc., who have no part in it.",
    "Un projet libre sur la prédiction en continu. Pokémon et tous les noms sont des marques de Nintendo, "
    "Creatures Inc. et GAME FREAK inc., qui n’y prennent aucune part.",
)

# Home
HOME_TITLE: Final = Text("Home", "Accueil")
HERO_KICKER: Final = Text("Pokémon Let’s Go · Kanto", "Pokémon Let’s Go · Kanto")
HERO_TITLE: Final = Text(
    "Know who wins before the first move.", "Sachez qui gagne avant la première attaque."
)
HERO_TEXT: Final = Text(
    "Pick two Pokémon. A model trained on simulated battles answers over Kafka: the winner, how sure it is, "
    "and the move to play.",
    "Choisissez deux Pokémon. Un modèle entraîné sur des combats simulés répond par Kafka : le vainqueur, "
    "sa certitude et l’attaque à jouer.",
)
HERO_ACTION: Final = Text("Predict a battle", "Prédire un combat")
HERO_API: Final = Text("API documentation", "Documentation de l’API")
EXAMPLES_TITLE: Final = Text("Start from an example", "Partir d’un exemple")
VERSUS: Final = Text("versus", "contre")
STATE_TITLE: Final = Text("Live state", "État en direct")
STATE_BROKER: Final = Text("Kafka", "Kafka")
STATE_MODEL: Final = Text("Model", "Modèle")
STATE_POKEDEX: Final = Text("Pokédex", "Pokédex")
STATE_READY: Final = Text("Ready", "Prêt")
STATE_WAITING: Final = Text("Not ready yet", "Pas encore prêt")
STATE_BROKER_READY: Final = Text("Connected, replies are awaited", "Connecté, les réponses sont attendues")
STATE_BROKER_WAITING: Final = Text("No position on the reply topic yet", "Pas encore de position de lecture")
STATE_MODEL_READY: Final = Text("Champion {version}", "Champion {version}")
STATE_MODEL_WAITING: Final = Text("No champion has been assigned yet", "Aucun champion n’est encore désigné")
STATE_POKEDEX_READY: Final = Text("{pokemon} Pokémon, {moves} moves", "{pokemon} Pokémon, {moves} attaques")
STATE_POKEDEX_WAITING: Final = Text("No complete run has been read yet", "Aucune version complète encore lue")
CHAMPION_TITLE: Final = Text("The model that answers", "Le modèle qui répond")
CHAMPION_NONE: Final = Text(
    "The first model is still being trained. This page shows its measures as soon as it is released.",
    "Le premier modèle est en cours d’entraînement. Ses mesures s’affichent ici dès sa publication.",
)
CHAMPION_MEASURED: Final = Text(
    "Measured on battles the model had not seen.", "Mesures sur des combats que le modèle n’avait pas vus."
)
CHAMPION_MEASURED_ON: Final = Text(
    "Measured on {rows} duels between pairs the model had not seen, each played {battles} times.",
    "Mesures sur {rows} duels entre des paires que le modèle n’avait pas vues, joués {battles} fois chacun.",
)
CHAMPION_RELEASED: Final = Text("Released {when}", "Publié le {when}")
CHAMPION_FEATURES: Final = Text("{count} features", "{count} variables")
METRICS: Final[dict[str, Text]] = {
    "winner_accuracy": Text("Clear winners named right", "Vainqueurs nets bien nommés"),
    "accuracy": Text("All winners named right", "Tous vainqueurs bien nommés"),
    "roc_auc": Text("ROC AUC", "Aire sous la courbe ROC"),
    "mean_error": Text("Mean error of the chance", "Erreur moyenne des chances"),
    "mean_error_contested": Text("Mean error, contested duels", "Erreur moyenne, duels disputés"),
    "expected_calibration_error": Text("Calibration error", "Erreur de calibration"),
}
PATH_TITLE: Final = Text("The life of a question", "La vie d’une question")
PATH_STEPS: Final[tuple[tuple[str, Text], ...]] = (
    (
        "quiz",
        Text("You ask: one record with a request id.", "Vous demandez : un message et son identifiant."),
    ),
    ("tune", Text("Names become numbers, in one batch.", "Les noms deviennent des nombres, par lots.")),
    ("model_training", Text("The champion model scores them.", "Le modèle champion les évalue.")),
    ("task_alt", Text("You get the reply; it is logged once.", "Vous recevez la réponse, notée une fois.")),
)
PUBLISH_TITLE: Final = Text("Ask with any Kafka client", "Demander avec n’importe quel client Kafka")
PUBLISH_TEXT: Final = Text(
    "The key is a request id of your own. The answer appears on {topic} under the same id.",
    "La clé est un identifiant de votre choix. La réponse paraît sur {topic} sous le même identifiant.",
)
COPY: Final = Text("Copy", "Copier")
COPIED: Final = Text("Copied", "Copié")
LINKS_TITLE: Final = Text("Open", "Ouvrir")
LINK_API: Final = Text("REST API", "API REST")
LINK_API_TEXT: Final = Text(
    "Try every endpoint in the browser", "Essayer chaque point d’accès dans le navigateur"
)
LINK_EVENTS: Final = Text("Event API", "API d’événements")
LINK_EVENTS_TEXT: Final = Text("Every channel and message", "Chaque canal et chaque message")
LINK_MLFLOW: Final = Text("MLflow", "MLflow")
LINK_MLFLOW_TEXT: Final = Text("Training runs and registered models", "Entraînements et modèles enregistrés")

# Battle: the question
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
BASE_STATS: Final = Text("Base stats", "Statistiques de base")
STATS: Final[dict[str, Text]] = {
    "hp": Text("HP", "PV"),
    "attack": Text("Attack", "Attaque"),
    "defense": Text("Defense", "Défense"),
    "special_attack": Text("Sp. Atk", "Atq. Spé."),
    "special_defense": Text("Sp. Def", "Déf. Spé."),
    "speed": Text("Speed", "Vitesse"),
}
CATEGORIES: Final[dict[str, Text]] = {
    "physical": Text("Physical", "Physique"),
    "special": Text("Special", "Spéciale"),
    "status": Text("Status", "Statut"),
}
POWER: Final = Text("power {power}", "puissance {power}")
POWER_VARIES: Final = Text("power varies", "puissance variable")
ACCURACY: Final = Text("accuracy {accuracy}", "précision {accuracy}")
STATUS_NOT_SCORED: Final = Text("not scored in a duel", "non évaluée en duel")
POKEDEX_WAITING: Final = Text(
    "The Pokédex is still being read from Kafka. This page opens by itself.",
    "Le Pokédex est en cours de lecture sur Kafka. Cette page s’ouvrira d’elle-même.",
)
CHOOSE_BOTH: Final = Text("Choose a Pokémon on both sides.", "Choisissez un Pokémon dans chaque camp.")
LEVEL_RANGE: Final = Text(
    "A level is a whole number from {least} to {most}.",
    "Un niveau est un nombre entier de {least} à {most}.",
)
LINK_UNKNOWN: Final = Text(
    "“{name}” in the link is not a Pokémon we know.", "« {name} » dans le lien n’est pas un Pokémon connu."
)
NEAREST: Final = Text("Nearest names", "Noms les plus proches")

# Battle: the answer
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

# Battle: no answer
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
REFUSED_FIELD: Final = Text("Field", "Champ")
REFUSED_VALUE: Final = Text("Value", "Valeur")
REFUSED_REMEDY: Final = Text("What to do", "Que faire")
FIELD_SIDES: Final[dict[str, Text]] = {"a": SIDE_A, "b": SIDE_B}
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
