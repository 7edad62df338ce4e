"""Why something was refused or not answered, in English and French: what every door says."""

from typing import Final

from contracts.serving import RefusalReason, Refused
from shared.wording import VERBATIM, Text, Words

REFUSAL_TITLES: Final[dict[RefusalReason, Text]] = {
    "malformed": Text("Malformed request", "Requête illisible"),
    "invalid": Text("Invalid value", "Valeur non valide"),
    "unknown": Text("Unknown name", "Nom inconnu"),
    "not_learnable": Text(
        "The Pokémon cannot learn this move", "Le Pokémon ne peut pas apprendre cette attaque"
    ),
    "not_scored": Text("No move can be scored", "Aucune attaque ne peut être évaluée"),
    "conflict": Text(
        "The request id was used for another question",
        "L’identifiant de requête a servi à une autre question",
    ),
    "expired": Text("The deadline passed", "L’échéance est passée"),
    "unavailable": Text("Not available now", "Indisponible pour l’instant"),
    "internal": Text("The request could not be worked on", "La requête n’a pas pu être traitée"),
}

FAILURE_TITLES: Final = {
    "NotReady": Text("Not ready", "Pas encore prêt"),
    "Overloaded": Text("Overloaded", "Surcharge"),
    "ShuttingDown": Text("Shutting down", "Arrêt en cours"),
    "ReplyTimeout": Text("No reply in time", "Pas de réponse à temps"),
    "CallFailed": Text("Call failed", "Échec de l’appel"),
}
FAILURE_DETAILS: Final = {
    "NotReady": Text("{message}", "La connexion au bus n’est pas prête ; rien n’a été répondu."),
    "Overloaded": Text("{message}", "Trop de requêtes attendent leur réponse."),
    "ShuttingDown": Text("{message}", "Le service s’arrête."),
    "ReplyTimeout": Text("{message}", "Aucune réponse avant l’échéance."),
    "CallFailed": Text("{message}", "L’appel a échoué."),
}
"""By the name of the error; `message` is what it says itself, in English."""

NO_SUCH_NAME: Final = {
    "pokemon": Text(
        "There is no Pokémon {name} in these games.", "Il n’y a pas de Pokémon {name} dans ces jeux."
    ),
    "moves": Text("There is no move {name} in these games.", "Il n’y a pas d’attaque {name} dans ces jeux."),
    "types": Text("There is no type {name} in these games.", "Il n’y a pas de type {name} dans ces jeux."),
}
NOTHING_LEARNS: Final = Text("Nothing learns {move}: {reason}.", "Aucun Pokémon n’apprend {move}.")
MALFORMED_REMEDY: Final = Text(
    "Send a body as docs/asyncapi describes it.", "Envoyez un corps tel que docs/asyncapi le décrit."
)
UNREADABLE: Final = Text("{reason}", "Le corps ne peut pas être lu.")
UNAVAILABLE: Final = Text("Not available: {reason}.", "Indisponible pour l’instant.")
NO_MODEL: Final = Text(
    "There is no model of {family} to answer with yet: at the first start it is trained now.",
    "Il n’y a pas encore de modèle {family} pour répondre : au premier démarrage, il est en cours "
    "d’entraînement.",
)
NO_MODEL_REMEDY: Final = Text(
    "Ask again once `./dex status` shows that feature is ready.",
    "Redemandez dès que `./dex status` montre que feature est prêt.",
)
STATUS_REMEDY: Final = Text("Try again, or look at `./dex status`.", "Réessayez, ou regardez `./dex status`.")
NO_TIME_LEFT: Final = Text(
    "Overloaded: what came before takes longer than the deadline of this request.",
    "Surcharge : ce qui précède dure plus longtemps que l’échéance de cette requête.",
)
LATER_REMEDY: Final = Text("Try again in {seconds} s.", "Réessayez dans {seconds} s.")
NOT_WORKED_ON: Final = Text("The request could not be worked on.", "La requête n’a pas pu être traitée.")
REPORT_REMEDY: Final = Text("Please report it.", "Merci de le signaler.")

_UNTRANSLATED: Final = Text("{text}", "{title} : {text}")


def suggested_words(refused: Refused) -> list[Words]:
    """The nearest names of a refusal; in English alone as its service gave them."""
    translated = refused.suggestions_fr
    if len(translated) != len(refused.suggestions):
        translated = refused.suggestions
    return [
        Text("{en}", "{fr}").of(en=en, fr=fr) for en, fr in zip(refused.suggestions, translated, strict=True)
    ]


def refused_words(refused: Refused) -> tuple[Words, Words]:
    """Message and remedy of a refusal. What its service said in English alone has a French title."""
    if refused.message_fr:
        message: Words = Text("{en}", "{fr}").of(en=refused.message, fr=refused.message_fr)
    else:
        message = _UNTRANSLATED.of(text=refused.message, title=REFUSAL_TITLES[refused.reason])
    if refused.remedy_fr:
        return message, Text("{en}", "{fr}").of(en=refused.remedy, fr=refused.remedy_fr)
    return message, VERBATIM.of(text=refused.remedy)
