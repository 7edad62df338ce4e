"""What the commands say beside their figures, in English and French."""

from typing import Final

from shared.wording import Text

ERROR: Final = Text("error:", "erreur :")
TRY_ONE_OF: Final = Text("Try one of: {names}", "Essayez l’un de ceux-ci : {names}")
REFUSED: Final = Text("{field}: {message}", "{field} : {message}")
START_REMEDY: Final = Text(
    "Start the stack with `./dex up`, or look at `./dex status`.",
    "Démarrez la pile avec `./dex up`, ou regardez `./dex status`.",
)
NO_BROKER: Final = Text(
    "No Kafka broker answers at {address}.", "Aucun broker Kafka ne répond à l’adresse {address}."
)
NO_STACK: Final = Text(
    "No stack was started in {root}: start one with `{up}`, or set PDX_KAFKA_BOOTSTRAP and PDX_DATABASE_URL "
    "to yours.",
    "Aucune pile n’a été démarrée dans {root} : démarrez-en une avec `{up}`, ou donnez les vôtres dans "
    "PDX_KAFKA_BOOTSTRAP et PDX_DATABASE_URL.",
)
NOT_RUNNING: Final = Text(
    "No stack runs in {root}: start one with `{up}`.",
    "Aucune pile ne tourne dans {root} : démarrez-en une avec `{up}`.",
)

OTHER_SCALE: Final = Text(
    "This stack runs with {scale}: `{down}` first, its data stays.",
    "Cette pile tourne avec {scale} : d’abord `{down}`, ses données restent.",
)

RECORD_SKIPPED: Final = Text(
    "{topic}: every reader skips the record of key {key} at offset {offset}: {reason}\n"
    "A record without a value under this key removes it: docs/OPERATIONS.md, Recovery.",
    "{topic} : aucun lecteur ne peut lire l’enregistrement de clé {key} à la position {offset} : {reason}\n"
    "Un enregistrement sans valeur sous cette clé l’efface : docs/OPERATIONS.md, Recovery.",
)

# -- longer works that are waited for
STACK_STOPPED: Final = Text(
    "The stack was stopped. What was asked of {service} stays asked: it goes on at the next `{up}`.",
    "La pile a été arrêtée. Ce qui a été demandé à {service} le reste : cela reprend au prochain `{up}`.",
)
BROKER_AWAY: Final = Text(
    "Kafka at {address} does not answer any more. What was asked of {service} stays asked: it goes on when "
    "Kafka is back; see `./dex status`.",
    "Kafka ne répond plus à l’adresse {address}. Ce qui a été demandé à {service} le reste : cela reprend "
    "quand Kafka revient ; voyez `./dex status`.",
)
GOES_ON: Final = Text(
    "What {service} was asked goes on ({work}): `./dex logs {service}` tells how it ends, `./dex down` "
    "stops it.",
    "Ce qui a été demandé à {service} continue ({work}) : `./dex logs {service}` en dit la fin, "
    "`./dex down` l’arrête.",
)
WAITING_FOR: Final = Text("waiting for the service", "en attente du service")
WAITING_BEHIND: Final = Text(
    "waiting: another one runs at {service}", "en attente : un autre travail occupe {service}"
)

# -- names that were typed
EMPTY_NAME: Final = Text("The name is empty.", "Le nom est vide.")
NAME_REMEDY: Final = Text(
    "Write an id, a slug, or a French or English name.",
    "Écrivez un numéro, un identifiant, ou un nom français ou anglais.",
)
LONG_NAME: Final = Text(
    "No name has more than {limit} characters.", "Aucun nom n’a plus de {limit} caractères."
)
NAME_ALONE_REMEDY: Final = Text("Write the name alone.", "Écrivez le nom seul.")
NOT_UTF8: Final = Text("The name is not UTF-8.", "Le nom n’est pas en UTF-8.")
UTF8_REMEDY: Final = Text(
    "Set the terminal or the file to UTF-8.", "Réglez le terminal ou le fichier sur UTF-8."
)
LEVEL_RANGE: Final = Text("A level is a whole number, 1 to 100.", "Un niveau est un entier, de 1 à 100.")
LEVEL_REMEDY: Final = Text("Write it as @50.", "Écrivez-le comme @50.")
LEVELS_DIFFER: Final = Text(
    "@{typed} and the level {level} beside it differ.", "@{typed} et le niveau {level} à côté diffèrent."
)
MOVES_DIFFER: Final = Text(
    ":{typed} and the move {move} beside it differ.", ":{typed} et l’attaque {move} à côté diffèrent."
)
MOVE_ONCE_REMEDY: Final = Text("Give the move once.", "Donnez l’attaque une fois.")
LEVEL_ONCE_REMEDY: Final = Text("Give the level once.", "Donnez le niveau une fois.")
ONE_MOVE: Final = Text(
    "A battle is played with one move a side.", "Un combat se joue avec une attaque par camp."
)
ONE_MOVE_REMEDY: Final = Text("Write it as NAME:MOVE.", "Écrivez-la comme NOM:ATTAQUE.")
LEFT_OUT_REMEDY: Final = Text(
    "See `./dex pokedex moves --left-out`.", "Voyez `./dex pokedex moves --left-out`."
)
NOBODY_HAS_TYPES: Final = Text("No Pokémon has these types.", "Aucun Pokémon n’a ces types.")
TYPES_REMEDY: Final = Text(
    "Give one type, or two different ones: grass,steel.",
    "Donnez un type, ou deux types différents : grass,steel.",
)

# -- keys
UNREAD_KEYS: Final = Text(
    "The API keys did not come from their topic within {seconds} s.",
    "Les clés d’API ne sont pas arrivées de leur topic en {seconds} s.",
)
NO_KEY: Final = Text("There is no API key {key_id}.", "Il n’y a pas de clé d’API {key_id}.")
NO_KEY_REMEDY: Final = Text("`./dex keys list` shows all.", "`./dex keys list` les montre toutes.")
KEY_MADE: Final = Text(
    "key {key_id} of {owner}, scopes {scopes}, {end}; it is shown this once",
    "clé {key_id} de {owner}, portées {scopes}, {end} ; elle n’est montrée que cette fois",
)
UNTIL: Final = Text("until {day}", "jusqu’au {day}")
FOR_EVER: Final = Text("without an end", "sans échéance")
KEY_WRITTEN: Final = Text("written to {file}", "écrite dans {file}")
KEY_REVOKED: Final = Text(
    "Revoked {key_id} of {owner}: the gateway refuses it from now on.",
    "Clé {key_id} de {owner} révoquée : la passerelle la refuse désormais.",
)
KEY_WAS_REVOKED: Final = Text(
    "{key_id} of {owner} was revoked on {day} already.",
    "La clé {key_id} de {owner} a déjà été révoquée le {day}.",
)
STATES: Final = {
    "in force": Text("in force", "en vigueur"),
    "expired": Text("expired", "expirée"),
    "revoked": Text("revoked", "révoquée"),
}
KEY_HEADS: Final = (
    Text("key", "clé"),
    Text("owner", "titulaire"),
    Text("scopes", "portées"),
    Text("state", "état"),
    Text("made", "créée"),
    Text("ends", "échéance"),
)
