"""The home page."""

from typing import Final

from shared.wording import Text

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
