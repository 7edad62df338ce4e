"""What a model family brings. Delivery, inference, recorder and drift know nothing beyond this."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.channels import Channel
from contracts.models import Calibration, ModelReleased
from contracts.serving import RefusalReason
from shared.pokedex import Pokedex
from shared.wording import Words


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not answered: a value, not an exception."""

    field: str
    value: str
    reason: RefusalReason
    message: str
    remedy: str
    suggestions: tuple[str, ...] = ()
    message_fr: str = ""
    remedy_fr: str = ""
    suggestions_fr: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        field: str,
        value: str,
        reason: RefusalReason,
        message: Words,
        remedy: Words,
        suggestions: Sequence[Words] = (),
    ) -> "Refusal":
        """A refusal that is said in every language."""
        return cls(
            field=field,
            value=value,
            reason=reason,
            message=message.say("en"),
            remedy=remedy.say("en"),
            suggestions=tuple(one.say("en") for one in suggestions),
            message_fr=message.say("fr"),
            remedy_fr=remedy.say("fr"),
            suggestions_fr=tuple(one.say("fr") for one in suggestions),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is at hand to explain an answer.

    `block` (rows, columns) is what was scored, `facts` what `Family.facts` said of the request, and
    `score` asks the release about other rows: (rows, columns) float32 → (rows,) chances.
    """

    block: NDArray[np.float32]
    facts: bytes
    release: ModelReleased
    score: Callable[[NDArray[np.float32]], NDArray[np.float32]]


class Family(Protocol):
    """A request contract, a pure function to feature rows, and what a prediction says back."""

    name: str
    request_channel: Channel

    @property
    def resolved_type(self) -> type[msgspec.Struct]:
        """The type of the canonical request."""

    @property
    def feature_sets(self) -> Mapping[str, tuple[str, ...]]:
        """Feature-set name → feature names, in column order. A set never changes once released."""

    def resolve(self, request: Any, pokedex: Pokedex) -> Any | Refusal:
        """The canonical request (of `resolved_type`), or why there is none."""

    def prepare(self, pokedex: Pokedex) -> None:
        """Do what would make the first request of a process slow. May take seconds."""

    def featurise(
        self, requests: Sequence[Any], feature_set: str, pokedex: Pokedex
    ) -> list[NDArray[np.float32]]:
        """One (rows, columns) float32 block per request; independent of its neighbours."""

    def facts(self, request: Any, pokedex: Pokedex) -> bytes:
        """What an explanation needs of the Pokédex; empty when the request asks for none."""

    def answer(
        self,
        request: Any,
        scores: NDArray[np.float32],
        calibration: Calibration,
    ) -> tuple[msgspec.Struct, int]:
        """What is said back, and the index of the decisive row. `scores`: (rows,), 0 to 1."""

    @property
    def observed_scores(self) -> tuple[str, ...]:
        """Names of the numbers that drift looks at in an answer."""

    @property
    def observed_categories(self) -> tuple[str, ...]:
        """Names of the words that drift looks at in an answer."""

    def observe(self, answer: bytes) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """These numbers and words of an answer's JSON. Raises ValueError when it is none of the family."""

    @property
    def truths(self) -> Mapping[str, float]:
        """Reported outcome → how far what the first of `observed_scores` is the chance of came true.

        1, 0, or 0.5 for a draw. That score is a member of the answer by its name.
        """

    def explain(self, request: Any, answer: Any, decisive_row: int, evidence: Evidence) -> msgspec.Struct:
        """The answer with its explanation; asked only where there are facts.

        Raises ValueError when the facts are not those of the request.
        """


def families() -> dict[str, Family]:
    """All families by name. A new family is its folder and one line here."""
    from shared.battle.family import BattleFamily

    all_families: tuple[Family, ...] = (BattleFamily(),)
    return {family.name: family for family in all_families}
