"""Refreshing the Pokédex from one of its sources."""

from typing import Final

from shared.wording import Text

REFRESH: Final = Text("Refresh the data…", "Actualiser les données…")
TITLE: Final = Text("Refresh the Pokédex", "Actualiser le Pokédex")
LEAD: Final = Text(
    "Reads a source, checks everything, and publishes what changed. "
    "Pages and predictions follow by themselves.",
    "Lit une source, vérifie tout et publie ce qui a changé. Les pages et les prédictions suivent "
    "d’elles-mêmes.",
)
SOURCE: Final = Text("Source", "Source")
SOURCES: Final[dict[str, Text]] = {
    "snapshot": Text("Packaged data", "Données fournies"),
    "pokeapi": Text("PokéAPI", "PokéAPI"),
    "pokepedia": Text("Poképédia", "Poképédia"),
}
SOURCE_NOTES: Final[dict[str, Text]] = {
    "snapshot": Text("Offline, a few seconds.", "Hors ligne, quelques secondes."),
    "pokeapi": Text(
        "Over the internet, some 700 pages at first, minutes.",
        "Par internet, environ 700 pages la première fois, quelques minutes.",
    ),
    "pokepedia": Text(
        "Over the internet, slow out of politeness towards the site.",
        "Par internet, lent par égard pour le site.",
    ),
}
FORCE: Final = Text(
    "Write and publish every record, changed or not",
    "Tout réécrire et tout republier, même sans changement",
)
START: Final = Text("Start the refresh", "Lancer l’actualisation")
AGAIN: Final = Text("Send again", "Renvoyer")
FORGET: Final = Text("Stop waiting", "Ne plus attendre")
REQUESTED: Final = Text(
    "Asked for. Waiting for the ingest service to begin.",
    "Demandée. En attente du service d’ingestion.",
)
NOT_SENT: Final = Text(
    "The request could not be written to Kafka. "
    "Sending again repeats it under the same id, so that it runs once.",
    "La demande n’a pas pu être écrite sur Kafka. La renvoyer garde son identifiant : elle ne sera exécutée "
    "qu’une fois.",
)
OTHERS: Final = Text(
    "A refresh asked for elsewhere is running.", "Une actualisation demandée ailleurs est en cours."
)
STEPS: Final[dict[str, Text]] = {
    "initialise": Text("preparing", "préparation"),
    "load": Text("loading the packaged tables", "chargement des tables fournies"),
    "enrich": Text("asking the source", "lecture de la source"),
    "learnsets": Text("reading learnsets", "lecture des apprentissages"),
    "post-process": Text("inheriting moves, tidying names", "héritage des attaques, mise en ordre des noms"),
    "publish": Text("checking and publishing", "vérification et publication"),
}
STEP: Final = Text(
    "Step {number} of {count}: {step}, {done} of {total}",
    "Étape {number} sur {count} : {step}, {done} sur {total}",
)
PROGRESS: Final = Text("Progress of the refresh", "Avancement de l’actualisation")
OUTCOMES: Final[dict[str, Text]] = {
    "published": Text("The new Pokédex is published.", "Le nouveau Pokédex est publié."),
    "unchanged": Text(
        "Nothing had changed; nothing was published.", "Rien n’avait changé ; rien n’a été publié."
    ),
    "failed": Text(
        "The refresh failed at “{step}”. Nothing was published.",
        "L’actualisation a échoué à l’étape « {step} ». Rien n’a été publié.",
    ),
}
FROM: Final = Text("From {source}, in {seconds} s", "Depuis {source}, en {seconds} s")
FACTS: Final[dict[str, Text]] = {
    "pokemon": Text("Pokémon", "Pokémon"),
    "moves": Text("Moves", "Attaques"),
    "types": Text("Types", "Types"),
    "published": Text("Records published", "Fiches publiées"),
    "removed": Text("Records removed", "Fiches supprimées"),
    "disagreements": Text("Disagreements", "Désaccords"),
}
PROBLEMS: Final = Text("What is wrong", "Ce qui ne va pas")
TABLES: Final = Text("Rows by table", "Lignes par table")
TABLE: Final = Text("Table", "Table")
ROWS: Final = Text("Rows", "Lignes")
DISAGREEMENTS: Final = Text(
    "Where the source differs from the packaged data", "Où la source diffère des données fournies"
)
DISAGREEMENTS_CUT: Final = Text("The first {shown} of {count}.", "Les {shown} premiers sur {count}.")
ENTITY: Final = Text("Entity", "Objet")
FIELD: Final = Text("Field", "Champ")
PACKAGED: Final = Text("Packaged", "Fourni")
FOUND: Final = Text("Source", "Source")
TAKEN: Final = Text("Taken", "Retenu")
RULE: Final = Text("Rule", "Règle")
TAKEN_WORDS: Final[dict[str, Text]] = {
    "snapshot": Text("packaged", "fourni"),
    "source": Text("source", "source"),
}
