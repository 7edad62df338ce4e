"""One battle among many: read by itself, so that it is refused by itself. Pure."""

from collections.abc import Callable
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.gateway.domain import Question, question_of
from services.gateway.problems import Draft
from services.gateway.schemas import TAGS, AnyBattleBody, BattleBody, EarlierBody
from services.gateway.validation import of_violations
from shared.pokedex import Pokedex

_BATTLE: Final[TypeAdapter[BattleBody | EarlierBody]] = TypeAdapter(AnyBattleBody)


def read_battle(value: Any, pokedex: Callable[[], Pokedex]) -> Question | Draft:
    """The question in a parsed body of `/predict/battle`, or why it is none.

    `pokedex` is called for the earlier body only, whose moves are looked up before they are asked.
    """
    try:
        body = _BATTLE.validate_python(value)
    except ValidationError as error:
        # As under `body` in a request of its own, so that fields are called the same.
        violations = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False)]
        return of_violations(violations, TAGS, ())
    return question_of(body, pokedex)
