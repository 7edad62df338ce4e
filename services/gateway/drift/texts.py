"""What the routes of drift say when they do not answer, in English and French."""

from typing import Final

from shared.wording import Text

UNKNOWN_WINDOW: Final = Text("Unknown window", "Fenêtre inconnue")
NO_SUCH_WINDOW: Final = Text(
    "No window {window_id} was closed.", "Aucune fenêtre {window_id} n’a été fermée."
)
WINDOW_REMEDY: Final = Text(
    "Take a window_id of /drift/windows, which lists the newest.",
    "Prenez un window_id de /drift/windows, qui énumère les plus récentes.",
)
