"""Bodies of requests: strict, so that `true` is no level and an unknown field is an error."""

from typing import Annotated, Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticCustomError

from contracts.battle import DEFAULT_LEVEL, MAXIMUM_LEVEL, MAXIMUM_MOVES, MINIMUM_LEVEL
from shared.pokedex import MAXIMUM_NAME_LENGTH

MAXIMUM_ID: Final = 2**31 - 1
MAXIMUM_EARLIER_MOVES: Final = 64


def _check_name(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise PydanticCustomError("name_type", "should be a numeric id or a name")
    if isinstance(value, int) and not 0 < value <= MAXIMUM_ID:
        raise PydanticCustomError("name_id", "is no id: ids are positive whole numbers")
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("name_empty", "should not be empty")
    if isinstance(value, str) and "\0" in value:
        raise PydanticCustomError("text_nul", "should not contain NUL")
    if isinstance(value, str) and len(value) > MAXIMUM_NAME_LENGTH:
        raise PydanticCustomError(
            "name_length",
            "is too long: no name has more than {limit} characters",
            {"limit": MAXIMUM_NAME_LENGTH},
        )
    return value


Name = Annotated[
    int | str,
    PlainValidator(_check_name),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAXIMUM_ID},
                {"type": "string", "minLength": 1, "maxLength": MAXIMUM_NAME_LENGTH},
            ],
            "description": "A numeric id, a slug, or any French or English name.",
        }
    ),
]
Level = Annotated[int, Field(strict=True, ge=MINIMUM_LEVEL, le=MAXIMUM_LEVEL)]
Moves = Annotated[list[Name], Field(min_length=1, max_length=MAXIMUM_MOVES)]
EarlierMoves = Annotated[list[Name], Field(min_length=1, max_length=MAXIMUM_EARLIER_MOVES)]

Explain = Annotated[
    bool, Field(strict=True, description="Say why, too: the facts, and what each group of features adds.")
]


class Strict(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BattleSide(Strict):
    """One side of a battle: give `move`, or `moves`, or neither for every damaging move it can learn."""

    pokemon: Name
    level: Level = DEFAULT_LEVEL
    move: Name | None = None
    moves: Moves | None = None

    @field_validator("moves")
    @classmethod
    def _one_of_both(cls, moves: list[int | str] | None, info: ValidationInfo) -> list[int | str] | None:
        if moves is not None and info.data.get("move") is not None:
            raise PydanticCustomError("moves_twice", "cannot stand beside move: give one of the two")
        return moves


class BestMoveSide(Strict):
    """One side: `moves` it has, or none for every damaging move it can learn."""

    pokemon: Name
    level: Level = DEFAULT_LEVEL
    moves: Moves | None = None


class BattleBody(Strict):
    """Who wins?"""

    a: BattleSide
    b: BattleSide
    explain: Explain = False


class BestMoveBody(Strict):
    """Which move should `a` play against the best answer of `b`?"""

    a: BestMoveSide
    b: BestMoveSide
    explain: Explain = False


class EarlierBody(Strict):
    """The body of the earlier REST system. Moves that cannot be scored are listed in `not_scored`."""

    pokemon_a_id: Name
    pokemon_b_id: Name
    available_moves: Annotated[list[Name], Field(min_length=1, max_length=MAXIMUM_EARLIER_MOVES)] | None = (
        None
    )
    explain: Explain = False


TAGS: Final = frozenset({"sides", "earlier"})
_ONLY_EARLIER: Final = EarlierBody.model_fields.keys() - BattleBody.model_fields.keys()


def _form(body: Any) -> Literal["sides", "earlier"]:
    fields = body if isinstance(body, dict) else {}
    return "earlier" if fields.keys() & _ONLY_EARLIER else "sides"


AnyBattleBody = Annotated[
    Annotated[BattleBody, Tag("sides")] | Annotated[EarlierBody, Tag("earlier")], Discriminator(_form)
]
AnyBestMoveBody = Annotated[
    Annotated[BestMoveBody, Tag("sides")] | Annotated[EarlierBody, Tag("earlier")], Discriminator(_form)
]
