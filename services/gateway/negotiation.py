"""Which of the forms that a route offers the caller wants, by `Accept` (RFC 9110). Pure."""

from collections.abc import Sequence
from typing import Final

from services.gateway import texts
from services.gateway.problems import Draft, ProblemError, problem, shown

JSON: Final = "application/json"
CSV: Final = "text/csv"
LINES: Final = "application/x-ndjson"


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The offered media type of the highest quality, the earlier offer of equals.

    Raises ProblemError (406) naming what is offered when none is acceptable.
    """
    ranges = [_range(part) for part in (accept or "*/*").split(",") if part.strip()] or [("*/*", 1.0)]
    best = max(offered, key=lambda one: _quality(one, ranges))
    if _quality(best, ranges) > 0:
        return best
    raise ProblemError(_not_acceptable(accept or "", offered))


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    quality = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                quality = 0.0
    return name, quality


def _quality(media_type: str, ranges: Sequence[tuple[str, float]]) -> float:
    """Of the most specific range that names the type."""
    kind = media_type.partition("/")[0]
    qualities = dict(ranges)
    for name in (media_type, f"{kind}/*", "*/*"):
        if name in qualities:
            return qualities[name]
    return 0.0


def _not_acceptable(accept: str, offered: Sequence[str]) -> Draft:
    return problem(
        "not-acceptable",
        texts.NOT_ACCEPTABLE,
        406,
        texts.NO_FORM,
        field="accept",
        value=shown(accept),
        remedy=texts.ACCEPT_REMEDY.of(types=", ".join(offered)),
    )
