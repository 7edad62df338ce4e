"""What the gateway says of requests that it does not answer, in English and French."""

from typing import Final

from shared.problem_texts import FAILURE_TITLES, NO_SUCH_NAME, NOTHING_LEARNS, REFUSAL_TITLES
from shared.wording import VERBATIM, Text, Words

__all__ = ["NOTHING_LEARNS", "VERBATIM", "Text", "Words"]

INVALID: Final = REFUSAL_TITLES["invalid"]
NOT_SCORED: Final = REFUSAL_TITLES["not_scored"]
NOT_READY: Final = FAILURE_TITLES["NotReady"]

# -- the id of a request
WRONG_REQUEST_ID: Final = Text(
    "{header} is given once: {least} to {most} letters, digits and . _ : ~ - of ASCII, the first a letter or "
    "a digit.",
    "{header} se donne une fois : de {least} à {most} lettres, chiffres et . _ : ~ - d’ASCII, le premier une "
    "lettre ou un chiffre.",
)
WRONG_REQUEST_ID_REMEDY: Final = Text(
    "Send a UUID, or leave it out: the answer carries the one that was drawn.",
    "Envoyez un UUID, ou omettez-le : la réponse porte celui qui a été tiré.",
)
ID_TAKEN: Final = Text(
    "The request id {request_id} stands for another question.",
    "L’identifiant de requête {request_id} désigne une autre question.",
)
ID_TAKEN_REMEDY: Final = Text(
    "Send each question under an id of its own (a UUID, say), and the same body to repeat one.",
    "Envoyez chaque question sous son propre identifiant (un UUID, par exemple), et le même corps pour en "
    "répéter une.",
)
NO_REPLY_REMEDY: Final = Text(
    "Send the same with `X-Request-ID: {request_id}`: what was answered meanwhile is not asked again, and "
    "`GET /predictions` shows it. `./dex status` shows a part that is down.",
    "Renvoyez la même chose avec `X-Request-ID: {request_id}` : ce qui a reçu une réponse entre-temps n’est "
    "pas redemandé, et `GET /predictions` le montre. `./dex status` montre une partie arrêtée.",
)

# -- access
UNAUTHORISED: Final = Text("Unauthorised", "Non autorisé")
KEY_MISSING: Final = Text(
    "This route needs an API key in the header {header}.",
    "Cette route demande une clé d’API dans l’en-tête {header}.",
)
KEY_REFUSED: Final = {
    "unknown": Text("The API key is not known.", "La clé d’API n’est pas connue."),
    "expired": Text("The API key has expired.", "La clé d’API a expiré."),
    "revoked": Text("The API key was revoked.", "La clé d’API a été révoquée."),
}
KEY_REMEDY: Final = Text(
    "Send `X-API-Key: pdx_…`; `./dex keys create` makes a key, and the first `./dex up` wrote one to a file.",
    "Envoyez `X-API-Key: pdx_…` ; `./dex keys create` crée une clé, et le premier `./dex up` en a écrit une "
    "dans un fichier.",
)
KEYS_UNREAD: Final = Text("The API keys are not read yet.", "Les clés d’API ne sont pas encore lues.")
SOON_REMEDY: Final = Text(
    "Try again in a few seconds, or look at `./dex status`.",
    "Réessayez dans quelques secondes, ou regardez `./dex status`.",
)
FORBIDDEN: Final = Text("Forbidden", "Interdit")
SCOPE_MISSING: Final = Text(
    "The key {key_id} has not the scope {scope}.", "La clé {key_id} n’a pas la portée {scope}."
)
SCOPE_REMEDY: Final = Text(
    "Use a key that has it: `./dex keys create --scope {scope} OWNER`.",
    "Utilisez une clé qui l’a : `./dex keys create --scope {scope} OWNER`.",
)
TOO_MANY: Final = Text("Too many requests", "Trop de requêtes")
RATE_EXCEEDED: Final = {
    "key": Text(
        "This key asks more often than its rate allows.",
        "Cette clé demande plus souvent que son débit ne le permet.",
    ),
    "address": Text(
        "This address asks more often than its rate allows.",
        "Cette adresse demande plus souvent que son débit ne le permet.",
    ),
}
RATE_REMEDY: Final = Text("Try again in {seconds} s.", "Réessayez dans {seconds} s.")

# -- the door
HEADERS_TOO_LARGE: Final = Text("Headers too large", "En-têtes trop grands")
HEADERS_LARGER: Final = Text(
    "The headers are larger than {limit} bytes.", "Les en-têtes dépassent {limit} octets."
)
HEADERS_REMEDY: Final = Text(
    "Send fewer or shorter headers.", "Envoyez des en-têtes moins nombreux ou plus courts."
)
UNSUPPORTED_TYPE: Final = Text("Unsupported media type", "Type de contenu non pris en charge")
BODY_NOT_JSON: Final = Text("The body must be JSON.", "Le corps doit être du JSON.")
JSON_TYPE_REMEDY: Final = Text(
    "Send it with `content-type: application/json`.", "Envoyez-le avec `content-type: application/json`."
)
BODY_NO_UPLOAD: Final = Text(
    "The body must be JSON, JSON lines or CSV.", "Le corps doit être du JSON, des lignes JSON ou du CSV."
)
UPLOAD_TYPE_REMEDY: Final = Text(
    "Send it with one of the content types {types}.", "Envoyez-le avec l’un des types de contenu {types}."
)
SEVERAL_JOBS_REMEDY: Final = Text("Send several jobs.", "Envoyez plusieurs travaux.")
BODY_TOO_LARGE: Final = Text("Body too large", "Corps trop grand")
BODY_LARGER: Final = Text("The body is larger than {limit} bytes.", "Le corps dépasse {limit} octets.")
BODY_SIZE_REMEDY: Final = Text(
    "Send a smaller body; many battles go through POST /jobs.",
    "Envoyez un corps plus petit ; beaucoup de combats passent par POST /jobs.",
)
MALFORMED: Final = Text("Malformed body", "Corps illisible")
UNREADABLE: Final = Text("The body cannot be read: {reason}.", "Le corps ne peut pas être lu : {reason}.")
UNREADABLE_REMEDY: Final = Text(
    "Send one JSON object in UTF-8; /docs has examples to copy.",
    "Envoyez un objet JSON en UTF-8 ; /docs a des exemples à copier.",
)
NOT_UTF8: Final = Text("it is not UTF-8 (byte {byte})", "il n’est pas en UTF-8 (octet {byte})")
EMPTY: Final = Text("it is empty", "il est vide")
TOO_DEEP: Final = Text(
    "it is nested deeper than {limit} levels", "il a plus de {limit} niveaux d’imbrication"
)
NOT_JSON: Final = Text(
    "{message} at line {line}, column {column}", "ce n’est pas du JSON à la ligne {line}, colonne {column}"
)
HALF_A_PAIR: Final = Text(
    "it holds half of a surrogate pair", "il contient la moitié d’une paire de substitution"
)
NO_NUMBER: Final = Text("{word} is not a JSON number", "{word} n’est pas un nombre JSON")
LONG_NUMBER: Final = Text(
    "a number has {digits} digits, more than {limit}", "un nombre a {digits} chiffres, plus de {limit}"
)
REPEATED_KEY: Final = Text("the key {name} appears twice", "la clé {name} apparaît deux fois")

NOT_ACCEPTABLE: Final = Text("Not acceptable", "Non acceptable")
NO_FORM: Final = Text(
    "The answer comes in none of the forms that are accepted.",
    "La réponse n’existe dans aucune des formes acceptées.",
)
ACCEPT_REMEDY: Final = Text("Accept one of: {types}.", "Acceptez l’un de ces types : {types}.")

# -- match-ups
TOO_MANY_PAIRS: Final = Text(
    "{rows} × {columns} are {pairs} pairs, more than {limit}.",
    "{rows} × {columns} font {pairs} paires, plus de {limit}.",
)
SHORTER_LISTS_REMEDY: Final = Text(
    "Send shorter lists, or several requests.", "Envoyez des listes plus courtes, ou plusieurs requêtes."
)

# -- errors of no route in particular
HTTP_ERRORS: Final = {
    404: Text("Not Found", "Introuvable"),
    405: Text("Method Not Allowed", "Méthode non autorisée"),
}
AT_PATH: Final = Text("{method} {path}: {error}", "{method} {path} : {error}")
PATHS_REMEDY: Final = Text(
    "/docs lists every path and method.", "/docs énumère tous les chemins et méthodes."
)
UNEXPECTED: Final = Text("Unexpected error", "Erreur inattendue")
FAILED_AND_LOGGED: Final = Text(
    "The gateway failed on this request; it was logged.",
    "La passerelle a échoué sur cette requête ; c’est consigné.",
)
REPORT_REMEDY: Final = Text("Report it with the request id.", "Signalez-la avec l’identifiant de la requête.")

# -- what the earlier body lacks
NONE_OF_THESE: Final = Text("{reasons}", "aucune de ces attaques ne peut être évaluée ({reasons})")
DAMAGING_REMEDY: Final = Text(
    "Give a damaging move that {pokemon} can learn.",
    "Donnez une attaque qui inflige des dégâts et que {pokemon} peut apprendre.",
)
TOO_MANY_MOVES: Final = Text(
    "available_moves: a Pokémon has at most {limit} moves, and {found} can be scored.",
    "available_moves : un Pokémon a au plus {limit} attaques, et {found} peuvent être évaluées.",
)
FEWER_MOVES_REMEDY: Final = Text(
    "Send fewer, or leave the field out to weigh every damaging move.",
    "Envoyez-en moins, ou omettez le champ pour évaluer toutes les attaques offensives.",
)

# -- models
NO_MODEL: Final = Text("No model yet", "Pas encore de modèle")
NO_MODEL_OF: Final = Text(
    "No model of family {family} is released yet.",
    "Aucun modèle de la famille {family} n’est encore publié.",
)
NO_MODEL_REMEDY: Final = Text(
    "The first `./dex up` trains one; look at `./dex status`.",
    "Le premier `./dex up` en entraîne un ; regardez `./dex status`.",
)
UNKNOWN_FAMILY: Final = Text("Unknown family", "Famille inconnue")
NO_FAMILY: Final = Text("There is no model family {family}.", "Il n’y a pas de famille de modèles {family}.")
FAMILY_REMEDY: Final = Text(
    "Leave it out for the battle family.", "Omettez-la pour la famille des combats (battle)."
)

# -- the Pokédex
NO_POKEDEX: Final = Text("No complete Pokédex has arrived yet.", "Aucun Pokédex complet n’est encore arrivé.")
UNKNOWN_NAMES: Final = {
    "pokemon": (
        Text("Unknown Pokémon", "Pokémon inconnu"),
        NO_SUCH_NAME["pokemon"],
    ),
    "moves": (
        Text("Unknown move", "Attaque inconnue"),
        NO_SUCH_NAME["moves"],
    ),
    "types": (
        Text("Unknown type", "Type inconnu"),
        NO_SUCH_NAME["types"],
    ),
}
LISTING_REMEDY: Final = Text(
    "Take one of the suggestions, or look at {listing}.",
    "Prenez l’une des suggestions, ou regardez {listing}.",
)
LEFT_OUT: Final = Text("Move left out", "Attaque écartée")
LEFT_OUT_REMEDY: Final = Text("Look at /moves/left-out.", "Regardez /moves/left-out.")
NO_SUCH_TYPE: Final = Text("type: there is no type {name}.", "type : il n’y a pas de type {name}.")
TAKE_ONE_OF: Final = Text("Take one of: {values}.", "Prenez l’une de ces valeurs : {values}.")
TYPES_LIMIT: Final = Text(
    "a Pokémon has at most {limit} types, not {found}", "un Pokémon a au plus {limit} types, pas {found}"
)
TYPE_TWICE: Final = Text(
    "a Pokémon does not have {type} twice", "un Pokémon n’a pas deux fois le type {type}"
)
DEFENDING: Final = Text("defending: {reason}.", "defending : {reason}.")
DEFENDING_REMEDY: Final = Text(
    "Give one type, or two different ones with a comma between, such as grass,steel.",
    "Donnez un type, ou deux types différents séparés par une virgule, comme grass,steel.",
)

# -- values
RANGE_EMPTY: Final = Text(
    "min_{name}: {least} is above max_{name}, which is {greatest}.",
    "min_{name} : {least} dépasse max_{name}, qui vaut {greatest}.",
)
RANGE_REMEDY: Final = Text(
    "Send at most {greatest}, or a greater max_{name}.",
    "Envoyez au plus {greatest}, ou un plus grand max_{name}.",
)
REPEATED: Final = Text(
    "{name}: this parameter is given {count} times.", "{name} : ce paramètre est donné {count} fois."
)
ONCE_REMEDY: Final = Text("Give it once.", "Donnez-le une fois.")
NO_PARAMETERS: Final = Text("This path takes no query parameters.", "Ce chemin ne prend pas de paramètres.")
OF_FIELD: Final = Text("{field}: {message}", "{field} : {message}")
FORM_REMEDY: Final = Text(
    "See /docs for the form of the request.", "Voyez /docs pour la forme de la requête."
)
REMEDIES: Final = {
    "missing": Text("Add this field.", "Ajoutez ce champ."),
    "extra_forbidden": Text(
        "Remove this field; /docs lists those that are known.",
        "Retirez ce champ ; /docs énumère les champs connus.",
    ),
    "int_type": Text(
        "Send a whole number without quotes, such as 50.", "Envoyez un entier sans guillemets, comme 50."
    ),
    "int_parsing": Text("Send a whole number, such as 20.", "Envoyez un entier, comme 20."),
    "bool_parsing": Text("Send true or false.", "Envoyez true ou false."),
    "greater_than_equal": Text("Send {ge} or more.", "Envoyez {ge} ou plus."),
    "less_than_equal": Text("Send {le} or less.", "Envoyez {le} ou moins."),
    "string_too_long": Text(
        "Send at most {max_length} characters.", "Envoyez au plus {max_length} caractères."
    ),
    "datetime_parsing": Text(
        "Send a time such as 2026-01-01T12:00:00Z.", "Envoyez une heure comme 2026-01-01T12:00:00Z."
    ),
    "timezone_aware": Text("Add Z or an offset, such as +01:00.", "Ajoutez Z ou un décalage, comme +01:00."),
    "too_long": Text("Send fewer.", "Envoyez-en moins."),
    "too_short": Text(
        "Send at least one, or leave the field out.", "Envoyez-en au moins un, ou omettez le champ."
    ),
}
"""By kind of violation, filled with its context."""

VIOLATION: Final = Text("{message}", "cette valeur n’est pas admise")
VIOLATIONS: Final = {
    "missing": Text("{message}", "ce champ manque"),
    "extra_forbidden": Text("{message}", "ce champ n’est pas connu"),
    "int_type": Text("{message}", "doit être un entier"),
    "int_parsing": Text("{message}", "doit être un entier"),
    "int_parsing_size": Text("{message}", "cet entier a trop de chiffres"),
    "int_from_float": Text("{message}", "doit être un entier"),
    "bool_type": Text("{message}", "doit être true ou false"),
    "bool_parsing": Text("{message}", "doit être true ou false"),
    "string_type": Text("{message}", "doit être un texte"),
    "list_type": Text("{message}", "doit être une liste"),
    "dict_type": Text("{message}", "doit être un objet"),
    "model_type": Text("{message}", "doit être un objet"),
    "model_attributes_type": Text("{message}", "doit être un objet"),
    "greater_than_equal": Text("{message}", "doit être supérieur ou égal à {ge}"),
    "less_than_equal": Text("{message}", "doit être inférieur ou égal à {le}"),
    "string_too_long": Text("{message}", "a plus de {max_length} caractères"),
    "string_too_short": Text("{message}", "a moins de {min_length} caractères"),
    "too_long": Text("{message}", "a plus de {max_length} éléments"),
    "too_short": Text("{message}", "a moins de {min_length} éléments"),
    "literal_error": Text("{message}", "n’est pas une des valeurs admises"),
    "name_type": Text("{message}", "doit être un numéro ou un nom"),
    "name_id": Text("{message}", "n’est pas un numéro : ce sont des entiers positifs"),
    "name_empty": Text("{message}", "ne doit pas être vide"),
    "name_length": Text("{message}", "est trop long : aucun nom n’a plus de {limit} caractères"),
    "datetime_parsing": Text("{message}", "doit être une date avec une heure"),
    "datetime_from_date_parsing": Text("{message}", "doit être une date avec une heure"),
    "timezone_aware": Text("{message}", "doit nommer un fuseau horaire"),
    "time_range": Text("{message}", "doit être entre les années 2000 et 2100"),
    "text_nul": Text("{message}", "ne doit pas contenir NUL"),
    "moves_twice": Text("{message}", "ne va pas avec move : donnez l’un des deux"),
}
"""By kind of violation: English is Pydantic's own."""
