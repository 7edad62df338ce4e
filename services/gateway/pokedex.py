"""The Pokédex over HTTP, from memory; every row carries the ids that other routes accept."""

from functools import lru_cache
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Response

from contracts.pokedex import MoveRecord, PokemonRecord
from services.gateway import examples
from services.gateway.answers import MoveSummary, PokemonDetail, PokemonSummary, TypeSummary
from services.gateway.ports import GatewayPorts
from services.gateway.problems import ProblemError, problem, shown
from shared.pokedex import Pokedex


def current_pokedex(ports: GatewayPorts) -> Pokedex:
    """The Pokédex in memory. Raises ProblemError (503) before the first is complete."""
    pokedex = ports.pokedex.pokedex
    if pokedex is None:
        raise ProblemError(
            problem(
                "not-ready",
                "Not ready",
                503,
                "No complete Pokédex has arrived yet.",
                remedy="Try again in a few seconds, or look at `./dex status`.",
            ),
            {"Retry-After": "2"},
        )
    return pokedex


def pokedex_routes(ports: GatewayPorts) -> APIRouter:
    """The routes that read the Pokédex."""
    router = APIRouter(tags=["pokedex"])

    def listing(example: Any, text: str) -> dict[int | str, dict[str, Any]]:
        return {200: examples.answer([example], text), **examples.problems(503)}

    @router.get(
        "/pokemon",
        response_model=list[PokemonSummary],
        responses=listing(examples.PIKACHU, "All Pokémon by id"),
    )
    async def list_pokemon() -> Response:
        """All Pokémon of these games, forms included, by id."""
        pokedex = current_pokedex(ports)
        return _json(pokemon_list(pokedex), pokedex)

    @router.get(
        "/pokemon/{name}",
        response_model=PokemonDetail,
        responses={
            200: examples.answer(examples.POKEMON_DETAIL, "The Pokémon with its moves"),
            **examples.problems(404, 503),
        },
    )
    async def show_pokemon(
        name: Annotated[str, Path(description="Id, slug, French or English name", examples=["pikachu"])],
    ) -> Response:
        """One Pokémon with every move it can learn."""
        pokedex = current_pokedex(ports)
        record = pokedex.find_pokemon(name)
        if record is None:
            raise ProblemError(
                problem(
                    "unknown",
                    "Unknown Pokémon",
                    404,
                    f"There is no Pokémon {shown(name)} in these games.",
                    field="name",
                    value=shown(name),
                    remedy="Take one of the suggestions, or look at /pokemon.",
                    suggestions=list(pokedex.suggest_pokemon(name)),
                )
            )
        return _json(msgspec.json.encode(pokemon_detail(record, pokedex)), pokedex)

    @router.get(
        "/moves", response_model=list[MoveSummary], responses=listing(examples.MOVE, "All moves by id")
    )
    async def list_moves() -> Response:
        """All moves that can be learnt in these games, by id."""
        pokedex = current_pokedex(ports)
        return _json(move_list(pokedex), pokedex)

    @router.get(
        "/types", response_model=list[TypeSummary], responses=listing(examples.TYPE, "All types by id")
    )
    async def list_types() -> Response:
        """All types with their effectiveness as attackers."""
        pokedex = current_pokedex(ports)
        return _json(type_list(pokedex), pokedex)

    return router


def _json(body: bytes, pokedex: Pokedex) -> Response:
    return Response(body, media_type="application/json", headers={"X-Pokedex-Hash": pokedex.pokedex_hash})


@lru_cache(maxsize=2)
def pokemon_list(pokedex: Pokedex) -> bytes:
    """JSON of all summaries; a Pokédex never changes, so that it is made once."""
    return msgspec.json.encode([_pokemon_summary(record) for record in pokedex.pokemon])


@lru_cache(maxsize=2)
def move_list(pokedex: Pokedex) -> bytes:
    """JSON of all moves."""
    return msgspec.json.encode([_picked(record, MoveSummary) for record in pokedex.moves])


@lru_cache(maxsize=2)
def type_list(pokedex: Pokedex) -> bytes:
    """JSON of all types."""
    return msgspec.json.encode([_picked(record, TypeSummary) for record in pokedex.types])


def pokemon_detail(record: PokemonRecord, pokedex: Pokedex) -> dict[str, Any]:
    """A Pokémon as `PokemonDetail`, its moves by id, each with every way to learn it."""
    ways: dict[str, list[str]] = {}
    for learned in record.learnset:
        way = learned.method if learned.level is None else f"{learned.method} {learned.level}"
        ways.setdefault(learned.move, []).append(way)
    moves = [_known_move(pokedex.moves_by_slug[slug], ways[slug]) for slug in ways]
    return {
        **_pokemon_summary(record),
        "weight_hg": record.weight_hg,
        "evolves_from": record.evolves_from,
        "moves": sorted(moves, key=lambda move: int(move["id"])),
    }


def _pokemon_summary(record: PokemonRecord) -> dict[str, Any]:
    return _picked(record, PokemonSummary)


def _known_move(move: MoveRecord, learned: list[str]) -> dict[str, Any]:
    fields = ("id", "slug", "name_en", "name_fr", "type", "category", "power", "accuracy")
    return {**{name: getattr(move, name) for name in fields}, "learned": learned}


def _picked(
    record: msgspec.Struct, model: type[MoveSummary | TypeSummary | PokemonSummary]
) -> dict[str, Any]:
    return {name: getattr(record, name) for name in model.model_fields}
