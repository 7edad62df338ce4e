"""What the routes of history say when they do not answer, in English and French."""

from typing import Final

from shared.wording import Text

DATABASE_AWAY: Final = Text("Database away", "Base de données absente")
NEEDS_DATABASE: Final = Text(
    "History and jobs need the database, which does not answer.",
    "L’historique et les travaux demandent la base de données, qui ne répond pas.",
)
DATABASE_REMEDY: Final = Text(
    "Predictions go on meanwhile; try again in a few seconds, or look at `./dex status`.",
    "Les prédictions continuent ; réessayez dans quelques secondes, ou regardez `./dex status`.",
)
UNKNOWN_REQUEST: Final = Text("Unknown request", "Requête inconnue")
NO_SUCH_REQUEST: Final = Text(
    "No request {request_id} of this key was answered.",
    "Aucune requête {request_id} de cette clé n’a reçu de réponse.",
)
REQUEST_REMEDY: Final = Text(
    "Take the request_id of an answer or a problem; /predictions lists the newest.",
    "Prenez le request_id d’une réponse ou d’un problème ; /predictions énumère les plus récentes.",
)
NO_SUCH_POKEMON: Final = Text(
    "pokemon: there is no Pokémon {name} in these games.",
    "pokemon : il n’y a pas de Pokémon {name} dans ces jeux.",
)
NO_CURSOR: Final = Text(
    "cursor: {text} is none that a page gave.", "cursor : {text} n’est pas d’une page d’ici."
)
CURSOR_REMEDY: Final = Text(
    "Take next_cursor of the page before, or leave it out for the first page.",
    "Prenez next_cursor de la page précédente, ou omettez-le pour la première page.",
)
OTHER_OUTCOME: Final = Text("Another outcome was reported", "Une autre issue a été rapportée")
REPORTED_BEFORE: Final = Text(
    "The outcome {outcome} was reported before; the first report counts.",
    "L’issue {outcome} a été rapportée avant ; le premier rapport compte.",
)
OUTCOME_REMEDY: Final = Text(
    "Nothing is to be done; a report cannot be changed.",
    "Il n’y a rien à faire ; un rapport ne peut pas être changé.",
)
TOO_MANY_STREAMS: Final = Text("Too many streams", "Trop de flux")
STREAMS_OF_KEY: Final = Text(
    "{count} streams are open with this key.", "{count} flux sont ouverts avec cette clé."
)
STREAMS_REMEDY: Final = Text(
    "Close one first; one stream shows all results of a key.",
    "Fermez-en d’abord un ; un flux montre tous les résultats d’une clé.",
)
STREAMS_IN_ALL: Final = Text("{count} streams are open.", "{count} flux sont ouverts.")
BUSY_REMEDY: Final = Text(
    "The service is busy: try again in a few seconds.",
    "Le service est occupé : réessayez dans quelques secondes.",
)
