"""Answers as JSON; refusals as JSON and as a person reads them."""

from typing import Any, Final

import msgspec

from contracts.serving import Predicted, RefusalReason, Refused
from services.cli import texts
from services.cli.speaking import say
from shared.errors import CallFailed
from shared.problem_texts import FAILURE_DETAILS, refused_words, suggested_words

NOBODYS_FAULT: Final[frozenset[RefusalReason]] = frozenset({"unavailable", "internal", "expired"})


def answer_json(reply: Predicted) -> dict[str, Any]:
    """One flat object: versions, then what the family says."""
    return {
        "request_id": reply.request_id,
        "model_version": reply.model_version,
        "feature_set": reply.feature_set,
        "pokedex_hash": reply.pokedex_hash,
        **msgspec.json.decode(reply.answer),
    }


def refusal_json(refused: Refused) -> dict[str, Any]:
    """The refusal as it came."""
    refusal: dict[str, Any] = msgspec.to_builtins(refused)
    return refusal


def failure_json(failure: CallFailed) -> dict[str, Any]:
    """No reply: what kind of silence."""
    return {
        "kind": "failed",
        "reason": type(failure).__name__,
        "message": str(failure),
        "remedy": failure.remedy,
        "retryable": failure.retryable,
    }


def print_json(document: Any) -> None:
    """One JSON object, or one list, on standard output."""
    print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def refusal_text(refused: Refused) -> str:
    """Field, value, reason, remedy, suggestions; no field where none is to blame."""
    message, remedy = refused_words(refused)
    what = say(message)
    if refused.reason not in NOBODYS_FAULT:
        what = say(texts.REFUSED.of(field=refused.field, message=what))
    lines = [what, say(remedy)]
    if refused.suggestions:
        names = ", ".join(map(say, suggested_words(refused)))
        lines.append(say(texts.TRY_ONE_OF.of(names=names)))
    return "\n".join(lines)


def failure_text(failure: CallFailed) -> str:
    """No reply, and what to do."""
    detail = FAILURE_DETAILS.get(type(failure).__name__, FAILURE_DETAILS["CallFailed"])
    return f"{say(detail.of(message=failure))}\n{say(failure.remedy_words)}"


def refusal_line(refused: Refused) -> str:
    """The same in one line, its kind first, for a cell of a table."""
    near = f" (try one of: {', '.join(refused.suggestions)})" if refused.suggestions else ""
    return f"{refused.reason} {refused.field}: {refused.message}{near}"
