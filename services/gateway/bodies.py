"""Which bodies are read, how large they may be, and what makes them strict JSON. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import Headers

from services.gateway import texts
from services.gateway.problems import Draft, ProblemError, problem
from shared.json_blame import Constant, find_constant
from shared.wording import Said, Text

MAXIMUM_DEPTH: Final = 16
MAXIMUM_DIGITS: Final = 4_000
JSON_TYPES: Final = ("", "application/json", "application/x-www-form-urlencoded")
"""The last is what `curl -d` says when it is told nothing."""
CSV_TYPE: Final = "text/csv"
LINES_TYPES: Final = ("application/x-ndjson", "application/jsonl", "application/jsonlines")
_MARKS: Final = re.compile(r'\\.|["\[\]{}]', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a route takes beside JSON, and how much of it."""

    maximum_bytes: int
    other_types: tuple[str, ...] = ()
    remedy: Text = texts.BODY_SIZE_REMEDY

    def is_json(self, media_type: str) -> bool:
        """Whether a body of this type is to be strict JSON. Raises ProblemError (415) for one not read."""
        if media_type in self.other_types:
            return False
        if media_type in JSON_TYPES or media_type.endswith("+json"):
            return True
        is_json_alone = not self.other_types
        types = ", ".join(("application/json", *self.other_types))
        raise ProblemError(
            problem(
                "unsupported-media-type",
                texts.UNSUPPORTED_TYPE,
                415,
                texts.BODY_NOT_JSON if is_json_alone else texts.BODY_NO_UPLOAD,
                field="content-type",
                value=media_type[:200],
                remedy=texts.JSON_TYPE_REMEDY if is_json_alone else texts.UPLOAD_TYPE_REMEDY.of(types=types),
            )
        )

    def too_large(self, value: str) -> Draft:
        """413."""
        return problem(
            "body-too-large",
            texts.BODY_TOO_LARGE,
            413,
            texts.BODY_LARGER.of(limit=self.maximum_bytes),
            field="body",
            value=value,
            remedy=self.remedy,
        )


USUAL: Final = Accepted(65_536)
BY_PATH: Final[dict[str, Accepted]] = {
    "/predict/batch": Accepted(262_144),
    "/jobs": Accepted(4_194_304, (CSV_TYPE, *LINES_TYPES), texts.SEVERAL_JOBS_REMEDY),
}
"""Routes that take more than the usual."""


def media_type_of(scope: Mapping[str, Any]) -> str:
    """Of the body of an HTTP request, in lower case and without parameters."""
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()  # type: ignore[arg-type]


def strict_json(body: bytes) -> bytes:
    """The body as UTF-8 JSON that every reader understands alike.

    Raises ProblemError (400) when it is empty, not UTF-8, not JSON, nested deeper than 16 levels,
    has a key twice, NaN or Infinity, or half of a surrogate pair.
    """
    try:
        # A byte order mark is what some editors and PowerShell put before a file.
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _malformed(texts.NOT_UTF8.of(byte=error.start)) from None
    if not text.strip():
        raise _malformed(texts.EMPTY)
    if _depth(text) > MAXIMUM_DEPTH:
        raise _malformed(texts.TOO_DEEP.of(limit=MAXIMUM_DEPTH))
    try:
        parsed = json.loads(
            text, parse_constant=Constant, parse_int=_whole_number, object_pairs_hook=_refuse_repeated
        )
        json.dumps(parsed, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        at = {"message": error.msg, "line": error.lineno, "column": error.colno}
        raise _malformed(texts.NOT_JSON.of(**at)) from None
    except UnicodeEncodeError:
        raise _malformed(texts.HALF_A_PAIR) from None
    except _Unreadable as error:
        raise _malformed(error.words) from None
    constant = find_constant(parsed)
    if constant is not None:
        field, word = constant
        raise _malformed(texts.NO_NUMBER.of(word=word), field or "body", word)
    return text.encode()


def _depth(text: str) -> int:
    """Deepest nesting of brackets outside of strings, counted until the limit is passed."""
    depth = deepest = 0
    in_string = False
    for found in _MARKS.finditer(text):
        mark = found[0]
        if mark == '"':
            in_string = not in_string
        elif in_string:
            continue
        elif mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAXIMUM_DEPTH:
                return deepest
        elif mark in "]}":
            depth -= 1
    return deepest


def _whole_number(digits: str) -> int:
    if len(digits) > MAXIMUM_DIGITS:
        raise _Unreadable(texts.LONG_NUMBER.of(digits=len(digits), limit=MAXIMUM_DIGITS))
    return int(digits)


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise _Unreadable(texts.REPEATED_KEY.of(name=repr(name[:50])))
        members[name] = value
    return members


class _Unreadable(ValueError):
    """Found while the body is parsed."""

    def __init__(self, said: Said) -> None:
        super().__init__(said.say("en"))
        self.words = said


def _malformed(reason: Text | Said, field: str = "body", value: str | None = None) -> ProblemError:
    return ProblemError(
        problem(
            "malformed",
            texts.MALFORMED,
            400,
            texts.UNREADABLE.of(reason=reason),
            field=field,
            value=value,
            remedy=texts.UNREADABLE_REMEDY,
        )
    )
