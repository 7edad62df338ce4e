"""A prediction as the log has it, where a page of them goes on, and which of them are asked for. Pure."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts.headers import MAXIMUM_REQUEST_ID_LENGTH
from contracts.serving import Predicted

LENGTHY: Final = ("moves", "equilibrium", "explanation")
"""Members of an answer that a list leaves out."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LARGEST_MICROSECONDS: Final = 4_102_444_800_000_000
"""The year 2100: a cursor with a later time is none of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPrediction:
    """A row of the log. `outcome` is what the reader reported, if anything."""

    request_id: str
    requester: str | None
    family: str
    made_at: datetime
    late: bool
    model_version: str
    feature_set: str
    pokedex_hash: str
    request: dict[str, Any]
    answer: dict[str, Any]
    outcome: str | None = None

    def document(self) -> dict[str, Any]:
        """As routes show it."""
        return {
            "request_id": self.request_id,
            "family": self.family,
            "made_at": self.made_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "late": self.late,
            "model_version": self.model_version,
            "feature_set": self.feature_set,
            "pokedex_hash": self.pokedex_hash,
            "request": self.request,
            "answer": self.answer,
            "outcome": self.outcome,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which predictions of a key. `pokemon` is a slug on either side; `since` inclusive, `until` not."""

    family: str | None = None
    model_version: str | None = None
    pokemon: str | None = None
    winner: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What the log has under a request id, whoever asked: enough to answer the same question again."""

    requester: str | None
    body_hash: str
    prediction: Predicted


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the log, newest first: what follows was made before, or then with a smaller id."""

    made_at: datetime
    request_id: str

    def cursor(self) -> str:
        """As text for an address."""
        microseconds = (self.made_at - _EPOCH) // _MICROSECOND
        return base64.urlsafe_b64encode(f"{microseconds} {self.request_id}".encode()).decode().rstrip("=")

    @classmethod
    def of_cursor(cls, text: str) -> "Position | None":
        """None when the text is no cursor of ours."""
        try:
            decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, ValueError):
            return None
        digits, _, request_id = decoded.partition(" ")
        if not (digits.isascii() and digits.isdigit() and len(digits) <= 16 and is_request_id(request_id)):
            return None
        if int(digits) > _LARGEST_MICROSECONDS:
            return None
        return cls(_EPOCH + int(digits) * _MICROSECOND, request_id)


def is_request_id(text: str) -> bool:
    """Whether any request may have this id."""
    return 0 < len(text.encode("utf-8", "replace")) <= MAXIMUM_REQUEST_ID_LENGTH and "\0" not in text


def brief(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without its lengthy members."""
    return {name: value for name, value in answer.items() if name not in LENGTHY}
