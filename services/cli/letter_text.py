"""A dead letter as people and scripts read it. Pure."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

from services.cli import dlq_texts as texts
from shared.delivery.letters import Letter
from shared.wording import DEFAULT_LANGUAGE, Language

SHOWN: Final = 100


def as_row(letter: Letter) -> tuple[str, str, str, str, str]:
    """Position, time, reason, key, the last line of the error; safe to print in a table."""
    key = _text(letter.record.key) or ""
    error = (letter.error.strip().splitlines() or [""])[-1]
    cells = (letter.position, _when(letter.at_ms), letter.reason, key, error)
    return tuple(_printable(cell)[:SHOWN].replace("[", "\\[") for cell in cells)  # type: ignore[return-value]


def as_json(letter: Letter, *, with_body: bool) -> dict[str, Any]:
    """All that is known. What is not UTF-8 is there as `…_base64`."""
    document: dict[str, Any] = {
        "letter": letter.position,
        "channel": letter.channel.name,
        "origin": letter.origin,
        "given_up_at": _when(letter.at_ms),
        "reason": letter.reason,
        "error": letter.error,
        "attempts": letter.attempts,
        "redrives": letter.redrives,
        "truncated": letter.truncated or None,
        **_bytes("key", letter.record.key),
    }
    if with_body:
        document |= {
            "headers": {
                name: (value or b"").decode("utf-8", "replace") for name, value in letter.record.headers
            },
            **_bytes("body", letter.record.value),
        }
    return document


def as_text(letter: Letter, language: Language = DEFAULT_LANGUAGE) -> str:
    """What `dex dlq show` prints: one line a fact, then headers, then the body."""
    labels = {name: label.say(language) for name, label in texts.LABELS.items()}
    whole = as_json(letter, with_body=True)
    headers = whole.pop("headers")
    body = whole.pop("body", None)
    binary = whole.pop("body_base64", None)
    lines = [
        f"{labels[name]:<12} {_printable(str(value))}"
        for name, value in whole.items()
        if value is not None and name != "error"
    ]
    lines += ["", labels["error"], *(f"  {_printable(line)}" for line in letter.error.splitlines())]
    lines += ["", labels["headers"], *(f"  {name}: {_printable(value)}" for name, value in headers.items())]
    if binary is not None:
        return "\n".join([*lines, "", labels["body_base64"], f"  {binary}"])
    if body is None:
        shown = texts.NO_BODY.say(language)
    else:
        shown = "\n".join(_printable(line) for line in body.splitlines())
    return "\n".join([*lines, "", labels["body"], shown])


def _bytes(name: str, value: bytes | None) -> dict[str, str | None]:
    text = _text(value)
    if value is not None and text is None:
        return {f"{name}_base64": base64.b64encode(value).decode()}
    return {name: text}


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def _printable(text: str) -> str:
    """Without what moves a terminal's cursor: a letter may hold anything."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _when(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
