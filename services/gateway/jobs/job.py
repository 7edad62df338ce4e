"""A job, its battles, and how a question is kept so that it can be asked again as it was. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec

from contracts.battle import BattleAnswer, BattleRequested, NotScored
from contracts.serving import Predicted
from services.gateway.domain import Asked, Question, prediction
from services.gateway.jobs import texts
from services.gateway.problems import Draft, problem
from shared.wording import LANGUAGES, Language

MAXIMUM_BATTLES: Final = 10_000
MAXIMUM_UNFINISHED_OF_KEY: Final = 4
MAXIMUM_KEPT_OF_KEY: Final = 20
MAXIMUM_UNFINISHED: Final = 100
KEPT_DAYS: Final = 7
MAXIMUM_AGE_HOURS: Final = 24
"""What has no answer by then ends as expired."""

Row = Question | Draft
"""A battle of an upload: what is asked, or why it is refused from the start."""
Outcome = Literal["answered", "refused", "expired"]


class _Kept(msgspec.Struct):
    """A question as the database holds it."""

    request: BattleRequested
    not_scored: tuple[NotScored, ...]
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How far a job is."""

    job_id: str
    requester: str
    total: int
    answered: int
    refused: int
    expired: int
    created_at: datetime
    finished_at: datetime | None

    @property
    def done(self) -> int:
        """Battles that need no more work."""
        return self.answered + self.refused + self.expired

    def document(self) -> dict[str, Any]:
        """As routes show it."""
        return {
            "job_id": self.job_id,
            "status": "running" if self.finished_at is None else "finished",
            "total": self.total,
            "done": self.done,
            "answered": self.answered,
            "refused": self.refused,
            "expired": self.expired,
            "created_at": _utc(self.created_at),
            "finished_at": None if self.finished_at is None else _utc(self.finished_at),
        }


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this gateway may work on for now."""

    job_id: str
    requester: str
    is_too_old: bool


@dataclass(frozen=True, slots=True)
class OpenBattle:
    """A battle without an outcome."""

    position: int
    question: Question


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a battle; `document` is a kept answer, or a problem document by language."""

    position: int
    outcome: Outcome
    document: dict[str, Any]


def request_id(job_id: str, position: int) -> str:
    """The id of one battle: the same whoever asks it, and however often."""
    return f"{job_id}-{position}"


def asked(job_id: str, battle: OpenBattle) -> Asked:
    """An open battle, under the id that its answer is kept by."""
    return Asked(battle.question, request_id(job_id, battle.position))


def keep_question(question: Question) -> bytes:
    """JSON that `kept_question` reads back to an equal question, and so to equal bytes on the bus."""
    return msgspec.json.encode(_Kept(question.request, tuple(question.not_scored), dict(question.fields)))


def kept_question(kept: dict[str, Any]) -> Question:
    """The question that was kept."""
    read = msgspec.convert(kept, _Kept)
    return Question(read.request, read.not_scored, read.fields)


def answered(position: int, question: Question, reply: Predicted) -> Settled:
    """A battle that the model answered."""
    document = {
        "request_id": reply.request_id,
        "family": reply.family,
        "model_version": reply.model_version,
        "feature_set": reply.feature_set,
        "pokedex_hash": reply.pokedex_hash,
        "answer": msgspec.json.decode(reply.answer),
        "not_scored": msgspec.to_builtins(question.not_scored),
    }
    return Settled(position, "answered", document)


def refused(position: int, found: Draft) -> Settled:
    """A battle that is no question, or that a service refused."""
    return Settled(position, "refused", _by_language(found))


def expired(job_id: str, position: int) -> Settled:
    """A battle that nobody answered in time."""
    found = problem(
        "expired",
        texts.EXPIRED,
        504,
        texts.NO_REPLY_WITHIN.of(hours=MAXIMUM_AGE_HOURS),
        remedy=texts.EXPIRED_REMEDY,
        request_id=request_id(job_id, position),
    )
    return Settled(position, "expired", _by_language(found))


def item(job_id: str, settled: Settled, language: Language) -> dict[str, Any]:
    """A settled battle as `/predict/batch` shows one."""
    is_answered = settled.outcome == "answered"
    return {
        "index": settled.position,
        "request_id": request_id(job_id, settled.position),
        "prediction": _prediction(settled.document) if is_answered else None,
        "problem": None if is_answered else settled.document[language],
    }


def _prediction(document: dict[str, Any]) -> dict[str, Any]:
    """Said in words now, by the release that answers now; the numbers are those that were kept."""
    answer = msgspec.convert(document["answer"], BattleAnswer)
    reply = Predicted(
        request_id=document["request_id"],
        family=document["family"],
        model_version=document["model_version"],
        feature_set=document["feature_set"],
        pokedex_hash=document["pokedex_hash"],
        answer=msgspec.Raw(msgspec.json.encode(answer)),
    )
    return prediction(reply, msgspec.convert(document["not_scored"], tuple[NotScored, ...]))


def _by_language(found: Draft) -> dict[str, Any]:
    told = {language: found.told(language) for language in LANGUAGES}
    return {
        language: _without_nul(one.model_dump(mode="json", exclude_none=True))
        for language, one in told.items()
    }


def _without_nul(value: Any) -> Any:
    """The same with the replacement character for NUL, which PostgreSQL keeps in no text."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {name: _without_nul(one) for name, one in value.items()}
    return value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
