"""What the routes of jobs say when they do not answer, in English and French."""

from typing import Final

from shared.wording import Text

TOO_MANY_JOBS: Final = Text("Too many jobs", "Trop de travaux")
UNFINISHED_OF_KEY: Final = Text(
    "{count} jobs of this key are not finished.", "{count} travaux de cette clé ne sont pas finis."
)
UNFINISHED_REMEDY: Final = Text(
    "Wait until one is finished, or remove one with DELETE /jobs/{{job_id}}.",
    "Attendez que l’un soit fini, ou retirez-en un avec DELETE /jobs/{{job_id}}.",
)
KEPT_OF_KEY: Final = Text(
    "{count} jobs of this key are kept.", "{count} travaux de cette clé sont conservés."
)
KEPT_REMEDY: Final = Text(
    "Fetch the answers of one and remove it with DELETE /jobs/{{job_id}}.",
    "Prenez les réponses de l’un et retirez-le avec DELETE /jobs/{{job_id}}.",
)
UNFINISHED_IN_ALL: Final = Text("{count} jobs are not finished.", "{count} travaux ne sont pas finis.")
UNKNOWN_JOB: Final = Text("Unknown job", "Travail inconnu")
NO_SUCH_JOB: Final = Text(
    "There is no job {job_id} of this key.", "Il n’y a pas de travail {job_id} de cette clé."
)
JOB_REMEDY: Final = Text(
    "Take the job_id of the answer to POST /jobs; GET /jobs lists those that are kept.",
    "Prenez le job_id de la réponse à POST /jobs ; GET /jobs énumère ceux qui sont conservés.",
)
WRONG_KEY: Final = Text(
    "{header} should be given once, with 1 to {limit} printable ASCII characters.",
    "{header} doit être donné une fois, avec 1 à {limit} caractères ASCII imprimables.",
)
WRONG_KEY_REMEDY: Final = Text(
    "Send a fresh UUID, and the same one when you repeat the request.",
    "Envoyez un nouvel UUID, et le même quand vous répétez la requête.",
)
KEY_REUSED: Final = Text("Idempotency key reused", "Clé d’idempotence réutilisée")
OTHER_BODY: Final = Text(
    "{header}: this key came with another body before; that is job {job_id}.",
    "{header} : cette clé est déjà venue avec un autre corps ; c’est le travail {job_id}.",
)
OTHER_BODY_REMEDY: Final = Text(
    "Send another key with another body, or look at GET /jobs/{job_id}.",
    "Envoyez une autre clé avec un autre corps, ou regardez GET /jobs/{job_id}.",
)
RUNNING: Final = Text("The job is not finished", "Le travail n’est pas fini")
DONE_OF: Final = Text("{done} of {total} battles are done.", "{done} combats sur {total} sont faits.")
RUNNING_REMEDY: Final = Text(
    "Follow GET /jobs/{{job_id}}/events, then ask again.",
    "Suivez GET /jobs/{{job_id}}/events, puis redemandez.",
)
WRONG_NUMBER: Final = Text(
    "battles: {count}, but a job has 1 to {limit}.", "battles : {count}, mais un travail en a de 1 à {limit}."
)
ONE_REMEDY: Final = Text("Send at least one.", "Envoyez-en au moins un.")
EXPIRED: Final = Text("Not answered in time", "Sans réponse à temps")
NO_REPLY_WITHIN: Final = Text(
    "No reply came within {hours} hours.", "Aucune réponse n’est venue en {hours} heures."
)
EXPIRED_REMEDY: Final = Text(
    "Send it again, or look at `./dex status` for a part that is down.",
    "Renvoyez-le, ou cherchez avec `./dex status` une partie arrêtée.",
)
OTHER_DOCUMENT: Final = Text(
    "The body should be an object with the one field battles, a list.",
    "Le corps doit être un objet avec le seul champ battles, une liste.",
)
DOCUMENT_REMEDY: Final = Text(
    'Send {{"battles": […]}}, or one battle a line as application/x-ndjson.',
    'Envoyez {{"battles": […]}}, ou un combat par ligne en application/x-ndjson.',
)
MALFORMED_ROW: Final = Text("Malformed row", "Ligne illisible")
ROW_UNREADABLE: Final = Text("The row cannot be read: {reason}.", "La ligne ne peut pas être lue : {reason}.")
ROW_REMEDY: Final = Text(
    "Put cells that hold a separator or a quote in quotes.",
    "Mettez entre guillemets les cellules qui contiennent un séparateur ou un guillemet.",
)
STRANGE_QUOTE: Final = Text(
    "a quote or a character that CSV does not have", "un guillemet ou un caractère que le CSV n’a pas"
)
CELLS: Final = Text("{found} cells instead of {wanted}", "{found} cellules au lieu de {wanted}")
CSV_UNREADABLE: Final = Text("The CSV cannot be read: {reason}.", "Le CSV ne peut pas être lu : {reason}.")
NO_COLUMN: Final = Text(
    "its first line names no column {names}", "sa première ligne ne nomme pas de colonne {names}"
)
COLUMN_TWICE: Final = Text("its first line names {names} twice", "sa première ligne nomme deux fois {names}")
CSV_REMEDY: Final = Text(
    "Send UTF-8 whose first line names {columns}; all but the first two may be left out.",
    "Envoyez de l’UTF-8 dont la première ligne nomme {columns} ; seules les deux premières sont requises.",
)
