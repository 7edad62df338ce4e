"""`/types`: list, one, one against another or two, and the Pokémon that have it; `/vocabulary`."""

from functools import partial
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from contracts.pokedex import TypeRecord
from services.gateway import texts
from services.gateway.examples import pokedex as examples
from services.gateway.examples.responses import fixed, one, page
from services.gateway.pokedex.parameters import NoParameters, Page
from services.gateway.pokedex.reading import current_pokedex, find_type, send, send_page
from services.gateway.ports import GatewayPorts
from services.gateway.problems import ProblemError, problem, shown
from shared import pokedex_describing as describing
from shared.pokedex import Pokedex
from shared.pokedex_documents import (
    PokemonSummary,
    TypeDetail,
    TypeEffectiveness,
    TypeSummary,
    Vocabulary,
)
from shared.pokedex_queries import pokemon_of_type
from shared.wording import Said, Text

MAXIMUM_DEFENDING: Final = 2
Name = Annotated[str, Path(description="Id, slug, French or English name", examples=["electric"])]


def type_routes(ports: GatewayPorts) -> APIRouter:
    """The routes under `/types`, and the vocabularies."""
    router = APIRouter()

    @router.get(
        "/types",
        response_model=list[TypeSummary],
        responses=fixed([examples.ELECTRIC], "Types by id"),
    )
    async def list_types(request: Request, _: Annotated[NoParameters, Query()]) -> Response:
        """All types with their effectiveness as attackers."""
        pokedex = current_pokedex(ports)
        return send(request, pokedex, lambda: [describing.type_summary(kind) for kind in pokedex.types])

    @router.get(
        "/types/{name}",
        response_model=TypeDetail,
        responses=one(examples.TYPE_DETAIL, "The type", examples.UNKNOWN_TYPE),
    )
    async def show_type(request: Request, name: Name, _: Annotated[NoParameters, Query()]) -> Response:
        """One type as attacker and as defender."""
        pokedex = current_pokedex(ports)
        record = find_type(pokedex, name)
        return send(request, pokedex, partial(describing.type_detail, pokedex, record))

    @router.get(
        "/types/{attacking}/against/{defending}",
        response_model=TypeEffectiveness,
        responses=one(examples.FIRE_AGAINST_GRASS_STEEL, "The multiplier", examples.UNKNOWN_ATTACKING_TYPE),
    )
    async def show_effectiveness(
        request: Request,
        attacking: Annotated[str, Path(description="The attacking type", examples=["fire"])],
        defending: Annotated[
            str, Path(description="One type, or two with a comma between", examples=["grass,steel"])
        ],
        _: Annotated[NoParameters, Query()],
    ) -> Response:
        """The damage multiplier of a type against one or two others: 0, 0.25, 0.5, 1, 2 or 4."""
        pokedex = current_pokedex(ports)
        attacker = find_type(pokedex, attacking, "attacking")
        defenders = _defenders(pokedex, defending)
        return send(request, pokedex, partial(describing.type_effectiveness, pokedex, attacker, defenders))

    @router.get(
        "/types/{name}/pokemon",
        response_model=list[PokemonSummary],
        responses=page([examples.PIKACHU], "Pokémon by id", examples.UNKNOWN_TYPE),
    )
    async def list_pokemon_of_type(request: Request, name: Name, query: Annotated[Page, Query()]) -> Response:
        """The Pokémon that have a type, first or second."""
        pokedex = current_pokedex(ports)
        found = pokemon_of_type(pokedex, find_type(pokedex, name).slug)
        return send_page(request, pokedex, query, found, describing.pokemon_summary)

    @router.get(
        "/vocabulary",
        response_model=Vocabulary,
        responses=fixed(examples.VOCABULARY, "Every closed vocabulary"),
    )
    async def show_vocabulary(request: Request, _: Annotated[NoParameters, Query()]) -> Response:
        """What forms, stats, categories, learn methods, effect classes and priorities are called."""
        return send(request, current_pokedex(ports), describing.vocabulary)

    return router


def _defenders(pokedex: Pokedex, text: str) -> tuple[TypeRecord, ...]:
    names = text.split(",")
    if len(names) > MAXIMUM_DEFENDING:
        raise _invalid(text, texts.TYPES_LIMIT.of(limit=MAXIMUM_DEFENDING, found=len(names)))
    found = tuple(find_type(pokedex, name, "defending") for name in names)
    if len({kind.slug for kind in found}) < len(found):
        raise _invalid(text, texts.TYPE_TWICE.of(type=Text(found[0].name_en, found[0].name_fr)))
    return found


def _invalid(text: str, why: Said) -> ProblemError:
    return ProblemError(
        problem(
            "invalid",
            texts.INVALID,
            422,
            texts.DEFENDING.of(reason=why),
            field="defending",
            value=shown(text),
            remedy=texts.DEFENDING_REMEDY,
        )
    )
