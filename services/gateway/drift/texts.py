"""What the routes of drift say when they do not answer, in English and French."""

from typing import Final

from shared.wording import Text

UNKNOWN_WINDOW: Final = Text("Unknown window", "Fenêtre inconnue")
NO_SUCH_WINDOW: Final = Text(
    "No window {window_id} was closed.", "Aucune fenêtre {window_id} n’a été fermée."
)
UNKNOWN_REPORT: Final = Text("No report", "Pas de rapport")
NO_SUCH_REPORT: Final = Text(
    "Window {window_id} has no report: {why}.", "La fenêtre {window_id} n’a pas de rapport : {why}."
)
REPORT_REMEDY: Final = Text(
    "An alarm makes one; ./dex drift report {window_id} --full asks for one.",
    "Une alarme en fait un ; ./dex drift report {window_id} --full en demande un.",
)
WINDOW_REMEDY: Final = Text(
    "Take a window_id of /drift/windows, which lists the newest.",
    "Prenez un window_id de /drift/windows, qui énumère les plus récentes.",
)
