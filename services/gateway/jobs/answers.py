"""The answers of a finished job as JSON, JSON lines or CSV, a part at a time."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import msgspec

from services.gateway.jobs.job import Settled, item
from services.gateway.matrix import safe_cell
from services.gateway.negotiation import CSV, JSON, LINES
from services.gateway.ports import KeepsJobs
from shared.errors import PredictionDexError
from shared.wording import Language

PART: Final = 500
COLUMNS: Final = (
    "index",
    "pokemon_a",
    "pokemon_b",
    "winner",
    "win_probability",
    "verdict",
    "recommended_move",
    "best_reply",
    "model_version",
    "request_id",
    "error",
)


class CutShort(PredictionDexError):
    """The answers went away while they were sent: the transfer breaks, so that it cannot look whole."""


async def written(
    jobs: KeepsJobs, job_id: str, total: int, form: str, language: Language
) -> AsyncIterator[bytes]:
    """All `total` of them, in order of the upload. `form` is one of JSON, LINES and CSV.

    Raises CutShort when fewer are there, as when the job is removed meanwhile.
    """
    write = _WRITERS[form]
    if form == CSV:
        yield _line(COLUMNS)
    start, sent, before = 0, 0, b"[\n"
    while part := await jobs.answers(job_id, start, PART):
        texts = [write(job_id, one, language) for one in part]
        if form == JSON:
            yield before + b",\n".join(texts)
            before = b",\n"
        else:
            yield b"".join(texts)
        start = part[-1].position + 1
        sent += len(part)
    if sent != total:
        raise CutShort(f"job {job_id}: {sent} of {total} answers were there")
    if form == JSON:
        yield b"\n]\n" if before == b",\n" else b"[]\n"


def _as_json(job_id: str, settled: Settled, language: Language) -> bytes:
    return msgspec.json.encode(item(job_id, settled, language))


def _as_line(job_id: str, settled: Settled, language: Language) -> bytes:
    return _as_json(job_id, settled, language) + b"\n"


def _as_row(job_id: str, settled: Settled, language: Language) -> bytes:
    shown: dict[str, Any] = {"index": settled.position}
    if settled.outcome == "answered":
        shown |= settled.document["answer"]
        shown |= {name: settled.document[name] for name in ("model_version", "request_id")}
        shown["win_probability"] = repr(shown["win_probability"])
    else:
        problem = settled.document[language]
        shown |= {
            "request_id": problem.get("request_id", ""),
            "error": safe_cell(f"{problem.get('field', 'battle')}: {problem['detail']}"),
        }
    return _line([shown.get(column, "") for column in COLUMNS])


def _line(cells: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()


_WRITERS: Final[dict[str, Callable[[str, Settled, Language], bytes]]] = {
    JSON: _as_json,
    LINES: _as_line,
    CSV: _as_row,
}
