"""Which field of a JSON body is to blame for its refusal, and what stood there. Pure."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

BODY: Final = "body"
_AT: Final = re.compile(r" - at `(?:key in )?\$(?P<path>.*)`$")
_ABSENT: Final = re.compile(r"(?P<what>unknown|missing required) field `(?P<name>.*?)`")
_STEP: Final = re.compile(r"\[(?P<index>\d+)\]|\.?(?P<name>[^.\[\]]+)")
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Blame:
    """`field` as a path, `a.level` or `a.moves[0]`, `body` for the whole; `value` shortened.

    `message` is there when it says more than the decoder did.
    """

    field: str
    value: str
    message: str | None = None


class Constant(str):
    """NaN, Infinity or -Infinity where a number stands: Python reads it, JSON has no such word."""


def blame(raw: bytes, error: str) -> Blame:
    """Where `error`, as msgspec words it, lies in `raw`."""
    whole = Blame(BODY, raw[:_SHOWN].decode("utf-8", "replace"))
    try:
        document = json.loads(raw, parse_constant=Constant)
    except (ValueError, RecursionError):
        return whole
    found = _AT.search(error)
    named = _ABSENT.search(error)
    if found is None and named is None:
        constant = find_constant(document)
        if constant is None:
            return whole
        path, word = constant
        return Blame(path or BODY, word, f"{word} is no number of JSON")
    path = found["path"].lstrip(".") if found is not None else ""
    if named is not None:
        path = f"{path}.{named['name']}".lstrip(".")
        if named["what"] != "unknown":
            return Blame(path, "")
    return Blame(path or BODY, _shown(_at(document, path), whole))


def _at(document: Any, path: str) -> Any:
    """What stands at `path`; the document itself where the path leads nowhere."""
    value = document
    for step in _STEP.finditer(path):
        try:
            value = value[int(step["index"])] if step["index"] else value[step["name"]]
        except (KeyError, IndexError, TypeError):
            return document
    return value


def _shown(value: Any, whole: Blame) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text[:_SHOWN].encode("utf-8", "replace").decode() or whole.value


def find_constant(value: Any, path: str = "") -> tuple[str, str] | None:
    """Path and word of the first `Constant` in a parsed document."""
    if isinstance(value, Constant):
        return path.lstrip("."), str(value)
    steps: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        steps = [(f"{path}.{name}", inner) for name, inner in value.items()]
    elif isinstance(value, list):
        steps = [(f"{path}[{index}]", inner) for index, inner in enumerate(value)]
    return next((found for at, inner in steps if (found := find_constant(inner, at)) is not None), None)
