"""What `dex dlq` says, in English and French. What it prints for scripts is English in any case."""

from typing import Final

from shared.wording import Text

HEADS: Final = (
    Text("letter", "lettre"),
    Text("given up", "abandonnée"),
    Text("reason", "raison"),
    Text("key", "clé"),
    Text("error", "erreur"),
)
REDRIVEN_HEADS: Final = (
    Text("letter", "lettre"),
    Text("outcome", "issue"),
    Text("to", "vers"),
    Text("detail", "détail"),
)
NONE_KEPT: Final = Text("No dead letters.", "Aucune lettre morte.")
NONE_MATCH: Final = Text(
    "No dead letter matches; `./dex dlq list` shows all that are kept.",
    "Aucune lettre morte ne correspond ; `./dex dlq list` montre toutes celles qui sont gardées.",
)
NOT_KEPT: Final = Text(
    "{letter} is not kept: dead letters are deleted after 30 days. See `./dex dlq list`.",
    "{letter} n’est pas gardée : les lettres mortes sont effacées après 30 jours. Voyez `./dex dlq list`.",
)
NOT_SHOWN: Final = Text(
    "{count} earlier ones are not shown: --limit {limit}.",
    "{count} lettres antérieures ne sont pas montrées : --limit {limit}.",
)
SAY_WHICH: Final = Text(
    "Say which letters: one as TOPIC:PARTITION:OFFSET, or those with --channel, --reason, --since, --until, "
    "--error, or --all.",
    "Dites quelles lettres : une comme TOPIC:PARTITION:OFFSET, ou celles de --channel, --reason, --since, "
    "--until, --error, ou --all.",
)
NO_TOPIC: Final = Text(
    "{topic} or a dead-letter topic is missing: `./dex topics` makes it.",
    "{topic} ou un topic de lettres mortes manque : `./dex topics` le crée.",
)
BROKER_FAILED: Final = Text(
    "Kafka at {address}: {error}\n{remedy}", "Kafka à l’adresse {address} : {error}\n{remedy}"
)

# -- which letters
NO_POSITION: Final = Text(
    "{text!r} is not a dead letter: write TOPIC:PARTITION:OFFSET as `./dex dlq list` shows it.",
    "{text!r} n’est pas une lettre morte : écrivez TOPIC:PARTITION:OFFSET comme `./dex dlq list` le montre.",
)
NO_CHANNEL: Final = Text(
    "{name!r} has no dead letters. Topics that do: {known}.",
    "{name!r} n’a pas de lettres mortes. Les topics qui en ont : {known}.",
)
NO_REASON: Final = Text(
    "--reason {reason}: take one of {known}.", "--reason {reason} : prenez l’un de {known}."
)
NEVER: Final = Text(
    "--since {since} is not before --until {until}: give the earlier one as --since.",
    "--since {since} n’est pas avant --until {until} : donnez le plus ancien à --since.",
)
NO_TIME: Final = Text(
    "{option} {text}: write an age as 90s, 30m, 2h or 7d, or a time as 2026-11-21T13:00.",
    "{option} {text} : écrivez un âge comme 90s, 30m, 2h ou 7d, ou une date comme 2026-11-21T13:00.",
)

# -- one letter whole
LABELS: Final = {
    "letter": Text("letter", "lettre"),
    "channel": Text("channel", "canal"),
    "origin": Text("origin", "origine"),
    "given_up_at": Text("given up at", "abandonnée"),
    "reason": Text("reason", "raison"),
    "attempts": Text("attempts", "essais"),
    "redrives": Text("redrives", "renvois"),
    "truncated": Text("truncated", "tronquée"),
    "key": Text("key", "clé"),
    "key_base64": Text("key base64", "clé (base64)"),
    "error": Text("error", "erreur"),
    "headers": Text("headers", "en-têtes"),
    "body": Text("body", "corps"),
    "body_base64": Text("body (base64)", "corps (base64)"),
}
NO_BODY: Final = Text("none", "aucun")

# -- what became of letters
STATES: Final = {
    "redriven": Text("redriven", "renvoyée"),
    "would be redriven": Text("would be redriven", "serait renvoyée"),
    "already redriven": Text("already redriven", "déjà renvoyée"),
    "cannot be redriven": Text("cannot be redriven", "ne peut pas être renvoyée"),
    "failed": Text("failed", "échec"),
}
COUNTED: Final = Text("{count} {state}", "{state} : {count}")
NOTHING_CHANGED: Final = Text("{told}; nothing was changed.", "{told} ; rien n’a été changé.")
CHANGED: Final = Text("{told}.", "{told}.")
NOT_ACKNOWLEDGED: Final = Text(
    "the command was stopped before Kafka acknowledged it: --again sends it once more",
    "la commande a été arrêtée avant l’accusé de Kafka : --again la renvoie encore une fois",
)
NOT_SENT: Final = Text("it was not sent", "elle n’a pas été envoyée")
AT_THIS_MOMENT: Final = Text("at this moment by {actor} ({origin})", "à l’instant par {actor} ({origin})")
ONLY_BEGINNING: Final = Text(
    "only its beginning was kept ({truncated})", "seul son début a été gardé ({truncated})"
)
BEFORE: Final = Text(
    "{when} UTC by {actor} ({origin}); --again sends it once more",
    "{when} UTC par {actor} ({origin}) ; --again la renvoie encore une fois",
)
BEFORE_OFTEN: Final = Text(
    "{when} UTC by {actor} ({origin}), {times} times in all; --again sends it once more",
    "{when} UTC par {actor} ({origin}), {times} fois en tout ; --again la renvoie encore une fois",
)
