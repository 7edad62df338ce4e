"""`/pokemon`: list, one, its moves, its weaknesses."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.gateway.examples import pokedex as examples
from services.gateway.examples.responses import one, page
from services.gateway.pokedex.parameters import NoParameters, PokemonMovesParameters, PokemonParameters
from services.gateway.pokedex.reading import current_pokedex, filtered_type, find_pokemon, send, send_page
from services.gateway.ports import GatewayPorts
from shared import pokedex_describing as describing
from shared.pokedex_documents import PokemonDetail, PokemonMove, PokemonSummary, PokemonWeaknesses
from shared.pokedex_queries import filter_moves, filter_pokemon

Name = Annotated[str, Path(description="Id, slug, French or English name", examples=["pikachu"])]


def pokemon_routes(ports: GatewayPorts) -> APIRouter:
    """The routes under `/pokemon`."""
    router = APIRouter()

    @router.get(
        "/pokemon",
        response_model=list[PokemonSummary],
        responses=page([examples.PIKACHU], "Pokémon by id, those of a search best first"),
    )
    async def list_pokemon(request: Request, query: Annotated[PokemonParameters, Query()]) -> Response:
        """All Pokémon of these games, forms included, or those that pass every filter."""
        pokedex = current_pokedex(ports)
        found = filter_pokemon(
            pokedex,
            search=query.search,
            form=query.form,
            type_slug=filtered_type(pokedex, query.type),
            stats=query.stats(),
        )
        return send_page(request, pokedex, query, found, describing.pokemon_summary)

    @router.get(
        "/pokemon/{name}",
        response_model=PokemonDetail,
        responses=one(examples.POKEMON_DETAIL, "The Pokémon", examples.UNKNOWN_POKEMON),
    )
    async def show_pokemon(request: Request, name: Name, _: Annotated[NoParameters, Query()]) -> Response:
        """One Pokémon: stats, types, forms, evolutions both ways, every move with the ways to learn it."""
        pokedex = current_pokedex(ports)
        record = find_pokemon(pokedex, name)
        return send(request, pokedex, partial(describing.pokemon_detail, pokedex, record))

    @router.get(
        "/pokemon/{name}/moves",
        response_model=list[PokemonMove],
        responses=page([examples.PIKACHU_THUNDERBOLT], "Its moves by id", examples.UNKNOWN_POKEMON),
    )
    async def list_pokemon_moves(
        request: Request, name: Name, query: Annotated[PokemonMovesParameters, Query()]
    ) -> Response:
        """The moves it learns, each with every way to learn it; with `method`, by that method alone."""
        pokedex = current_pokedex(ports)
        record = find_pokemon(pokedex, name)
        among = filter_moves(pokedex, type_slug=filtered_type(pokedex, query.type), category=query.category)
        found = describing.pokemon_moves(pokedex, record, method=query.method, among=among)
        return send_page(request, pokedex, query, found, lambda move: move)

    @router.get(
        "/pokemon/{name}/weaknesses",
        response_model=PokemonWeaknesses,
        responses=one(examples.PIKACHU_WEAKNESSES, "Eighteen multipliers", examples.UNKNOWN_POKEMON),
    )
    async def show_weaknesses(request: Request, name: Name, _: Annotated[NoParameters, Query()]) -> Response:
        """How much attacks of each type hurt it, over both its types."""
        pokedex = current_pokedex(ports)
        record = find_pokemon(pokedex, name)
        return send(request, pokedex, partial(describing.pokemon_weaknesses, pokedex, record))

    return router
