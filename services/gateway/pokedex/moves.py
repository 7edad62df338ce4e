"""`/moves`: list, one, who learns it, and the moves left out."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.examples import pokedex as examples
from services.gateway.examples.responses import fixed, one, page
from services.gateway.pokedex.parameters import LearnersParameters, MoveParameters, NoParameters
from services.gateway.pokedex.reading import current_pokedex, filtered_type, find_move, send, send_page
from services.gateway.ports import GatewayPorts
from shared import pokedex_describing as describing
from shared.pokedex_documents import Learner, LeftOutMove, MoveDetail, MoveSummary
from shared.pokedex_queries import filter_moves

Name = Annotated[str, Path(description="Id, slug, French or English name", examples=["thunderbolt"])]


def move_routes(ports: GatewayPorts) -> APIRouter:
    """The routes under `/moves`."""
    router = APIRouter()

    @router.get(
        "/moves",
        response_model=list[MoveSummary],
        responses=page([examples.THUNDERBOLT], "Moves by id, those of a search best first"),
    )
    async def list_moves(request: Request, query: Annotated[MoveParameters, Query()]) -> Response:
        """All moves that can be learnt in these games, or those that pass every filter."""
        pokedex = current_pokedex(ports)
        found = filter_moves(
            pokedex,
            search=query.search,
            type_slug=filtered_type(pokedex, query.type),
            category=query.category,
            effect_class=query.effect_class,
            is_tm=query.tm,
            numbers=query.numbers(),
        )
        return send_page(request, pokedex, query, found, describing.move_summary)

    @router.get(
        "/moves/left-out",
        response_model=list[LeftOutMove],
        responses=fixed([examples.PIKA_PAPOW], "Moves left out"),
    )
    async def list_left_out(request: Request, _: Annotated[NoParameters, Query()]) -> Response:
        """The moves of the games that nothing learns, and why; they are not in `/moves`."""
        pokedex = current_pokedex(ports)
        return send(request, pokedex, partial(describing.moves_left_out, pokedex))

    @router.get(
        "/moves/{name}",
        response_model=MoveDetail,
        responses=one(examples.MOVE_DETAIL, "The move", examples.UNKNOWN_MOVE),
    )
    async def show_move(request: Request, name: Name, _: Annotated[NoParameters, Query()]) -> Response:
        """One move."""
        pokedex = current_pokedex(ports)
        record = find_move(pokedex, name)
        return send(request, pokedex, partial(describing.move_detail, pokedex, record))

    @router.get(
        "/moves/{name}/learners",
        response_model=list[Learner],
        responses=page([examples.LEARNER], "Pokémon by id", examples.UNKNOWN_MOVE),
    )
    async def list_learners(
        request: Request, name: Name, query: Annotated[LearnersParameters, Query()]
    ) -> Response:
        """Who learns it, each with every way to; with `method`, by that method alone."""
        pokedex = current_pokedex(ports)
        record = find_move(pokedex, name)
        found = describing.move_learners(pokedex, record, query.method)
        return send_page(request, pokedex, query, found, lambda learner: learner)

    return router
