"""The Pokédex over HTTP, from memory; every row carries the ids that other routes accept."""

from fastapi import APIRouter, Depends

from services.gateway.pokedex.moves import move_routes
from services.gateway.pokedex.parameters import refuse_repeated
from services.gateway.pokedex.pokemon import pokemon_routes
from services.gateway.pokedex.types import type_routes
from services.gateway.ports import GatewayPorts


def pokedex_routes(ports: GatewayPorts) -> APIRouter:
    """The routes that read the Pokédex."""
    router = APIRouter(tags=["pokedex"], dependencies=[Depends(refuse_repeated)])
    router.include_router(pokemon_routes(ports))
    router.include_router(move_routes(ports))
    router.include_router(type_routes(ports))
    return router
