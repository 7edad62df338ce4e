"""Query parameters of the Pokédex routes: strict, so that a misspelt filter is no silent list of all."""

from collections.abc import Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field

from contracts.pokedex import EffectClass, Form, LearnMethod, MoveCategory
from services.gateway import texts
from services.gateway.problems import ProblemError, problem, shown
from shared.pokedex import MAXIMUM_NAME_LENGTH
from shared.pokedex_queries import MOVE_NUMBERS, MoveNumber, Range
from shared.pokedex_words import STAT_NAMES, StatName

MAXIMUM_LIMIT: Final = 500
MAXIMUM_OFFSET: Final = 100_000
Row = TypeVar("Row")

Search = Annotated[
    str,
    Field(
        max_length=MAXIMUM_NAME_LENGTH,
        description="Text in a French or English name; case, accents and punctuation do not count",
    ),
]
TypeName = Annotated[
    str, Field(max_length=MAXIMUM_NAME_LENGTH, description="A type: id, slug, French or English name")
]
Stat = Annotated[int | None, Field(ge=0, le=2_000, examples=[100])]
Power = Annotated[int | None, Field(ge=0, le=1_000, examples=[90])]
Points = Annotated[int | None, Field(ge=0, le=100, examples=[10])]
Priority = Annotated[int | None, Field(ge=-7, le=7, examples=[1])]


class NoParameters(BaseModel):
    """Whatever is given is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(NoParameters):
    """A part of a list. Without `limit`: the list to its end."""

    limit: Annotated[
        int | None, Field(ge=1, le=MAXIMUM_LIMIT, examples=[20], description="Most rows to send; default all")
    ] = None
    offset: Annotated[int, Field(ge=0, le=MAXIMUM_OFFSET, examples=[20], description="Rows to pass over")] = 0

    def cut(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows of this page."""
        return rows[self.offset :] if self.limit is None else rows[self.offset : self.offset + self.limit]

    def links(self, total: int) -> dict[str, int]:
        """Relation (RFC 8288) → offset of the other pages of `total` rows; none without `limit`."""
        if self.limit is None:
            return {}
        last = max(0, (total - 1) // self.limit * self.limit)
        found = {"first": 0, "last": last}
        if self.offset > 0:
            found["prev"] = min(max(0, self.offset - self.limit), last)
        if self.offset + self.limit < total:
            found["next"] = self.offset + self.limit
        return found


class PokemonParameters(Page):
    """Filters of the list of Pokémon."""

    search: Annotated[Search | None, Field(examples=["évoli"])] = None
    form: Annotated[Form | None, Field(examples=["alola"])] = None
    type: Annotated[TypeName | None, Field(examples=["electric"])] = None
    min_hp: Stat = None
    max_hp: Stat = None
    min_attack: Stat = None
    max_attack: Stat = None
    min_defense: Stat = None
    max_defense: Stat = None
    min_special_attack: Stat = None
    max_special_attack: Stat = None
    min_special_defense: Stat = None
    max_special_defense: Stat = None
    min_speed: Stat = None
    max_speed: Stat = None
    min_total: Stat = None
    max_total: Stat = None

    def stats(self) -> dict[StatName, Range]:
        """Bounds by stat. Raises ProblemError (422) where the least is above the greatest."""
        return {stat: _range(self, stat) for stat in STAT_NAMES}


class MoveParameters(Page):
    """Filters of the list of moves."""

    search: Annotated[Search | None, Field(examples=["vive-attaque"])] = None
    type: Annotated[TypeName | None, Field(examples=["electric"])] = None
    category: Annotated[MoveCategory | None, Field(examples=["special"])] = None
    effect_class: Annotated[EffectClass | None, Field(examples=["heal"])] = None
    tm: Annotated[bool | None, Field(examples=[True], description="Whether a TM teaches it")] = None
    min_power: Power = None
    max_power: Power = None
    min_accuracy: Points = None
    max_accuracy: Points = None
    min_pp: Points = None
    max_pp: Points = None
    min_priority: Priority = None
    max_priority: Priority = None

    def numbers(self) -> dict[MoveNumber, Range]:
        """Bounds by number. Raises ProblemError (422) where the least is above the greatest."""
        return {number: _range(self, number) for number in MOVE_NUMBERS}


class PokemonMovesParameters(Page):
    """Filters of the moves that a Pokémon learns."""

    type: Annotated[TypeName | None, Field(examples=["electric"])] = None
    category: Annotated[MoveCategory | None, Field(examples=["special"])] = None
    method: Annotated[LearnMethod | None, Field(examples=["tm"])] = None


class LearnersParameters(Page):
    """Filters of those who learn a move."""

    method: Annotated[LearnMethod | None, Field(examples=["level"])] = None


def _range(parameters: Page, name: str) -> Range:
    least, greatest = getattr(parameters, f"min_{name}"), getattr(parameters, f"max_{name}")
    if least is not None and greatest is not None and least > greatest:
        raise ProblemError(
            problem(
                "invalid",
                texts.INVALID,
                422,
                texts.RANGE_EMPTY.of(name=name, least=least, greatest=greatest),
                field=f"min_{name}",
                value=str(least),
                remedy=texts.RANGE_REMEDY.of(name=name, greatest=greatest),
            )
        )
    return least, greatest


async def refuse_repeated(request: Request) -> None:
    """Raises ProblemError (422) when a query parameter is given twice: only one would count."""
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise ProblemError(
                problem(
                    "invalid",
                    texts.INVALID,
                    422,
                    texts.REPEATED.of(name=shown(name), count=len(values)),
                    field=shown(name),
                    value=shown(values),
                    remedy=texts.ONCE_REMEDY,
                )
            )
