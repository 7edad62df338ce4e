"""The Pokédex in memory, its records by any name, and how an answer from it is sent."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from fastapi import Request, Response

from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from services.gateway import texts
from services.gateway.pokedex.parameters import Page
from services.gateway.ports import GatewayPorts
from services.gateway.problems import ProblemError, problem, shown
from services.gateway.version import VERSION
from shared.pokedex import Pokedex
from shared.wording import Text


def current_pokedex(ports: GatewayPorts) -> Pokedex:
    """The Pokédex in memory. Raises ProblemError (503) before the first is complete."""
    pokedex = ports.pokedex.pokedex
    if pokedex is None:
        raise ProblemError(
            problem(
                "not-ready",
                texts.NOT_READY,
                503,
                texts.NO_POKEDEX,
                remedy=texts.SOON_REMEDY,
            ),
            {"Retry-After": "2"},
        )
    return pokedex


def find_pokemon(pokedex: Pokedex, name: str) -> PokemonRecord:
    """The Pokémon called `name`. Raises ProblemError (404) with the nearest names."""
    record = pokedex.find_pokemon(name)
    if record is None:
        raise _unknown("pokemon", name, pokedex.suggest_pokemon(name))
    return record


def find_move(pokedex: Pokedex, name: str) -> MoveRecord:
    """The move called `name`. Raises ProblemError (404), for a move left out with the reason."""
    record = pokedex.find_move(name)
    if record is not None:
        return record
    left_out = pokedex.find_left_out(name)
    if left_out is None:
        raise _unknown("moves", name, pokedex.suggest_moves(name))
    raise ProblemError(
        problem(
            "left-out",
            texts.LEFT_OUT,
            404,
            texts.NOTHING_LEARNS.of(move=left_out.name_en, reason=left_out.reason),
            field="name",
            value=shown(name),
            remedy=texts.LEFT_OUT_REMEDY,
        )
    )


def find_type(pokedex: Pokedex, name: str, field: str = "name") -> TypeRecord:
    """The type called `name`. Raises ProblemError (404); `field` is the parameter it was given in."""
    record = pokedex.find_type(name)
    if record is None:
        raise _unknown("types", name, pokedex.suggest_types(name), field)
    return record


def filtered_type(pokedex: Pokedex, name: str | None) -> str | None:
    """Slug of the type in the query parameter `type`. Raises ProblemError (422) naming all types."""
    record = None if name is None else pokedex.find_type(name)
    if name is None or record is not None:
        return None if record is None else record.slug
    raise ProblemError(
        problem(
            "invalid",
            texts.INVALID,
            422,
            texts.NO_SUCH_TYPE.of(name=shown(name)),
            field="type",
            value=shown(name),
            remedy=texts.TAKE_ONE_OF.of(values=", ".join(kind.slug for kind in pokedex.types)),
            suggestions=pokedex.suggest_types(name),
        )
    )


def _unknown(listing: str, name: str, near: Sequence[Text], field: str = "name") -> ProblemError:
    title, detail = texts.UNKNOWN_NAMES[listing]
    return ProblemError(
        problem(
            "unknown",
            title,
            404,
            detail.of(name=shown(name)),
            field=field,
            value=shown(name),
            remedy=texts.LISTING_REMEDY.of(listing=f"/{listing}"),
            suggestions=near,
        )
    )


def send(
    request: Request, pokedex: Pokedex, make: Callable[[], Any], headers: dict[str, str] | None = None
) -> Response:
    """What `make` returns as JSON; 304 without a body when the client holds this state of the Pokédex."""
    tag = _tag(pokedex)
    marks = {"X-Pokedex-Hash": pokedex.pokedex_hash, "ETag": tag, "Cache-Control": "no-cache"}
    if _holds(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=marks)
    return Response(
        msgspec.json.encode(make()), media_type="application/json", headers=marks | (headers or {})
    )


def send_page(
    request: Request,
    pokedex: Pokedex,
    page: Page,
    records: Sequence[Any],
    describe: Callable[[Any], Any],
) -> Response:
    """The asked part of `records`: how many there are in `X-Total-Count`, the other pages in `Link`."""
    headers = {"X-Total-Count": str(len(records))}
    links = page.links(len(records))
    if links:
        query = [pair for pair in request.query_params.multi_items() if pair[0] not in ("limit", "offset")]
        path = quote(request.url.path)
        headers["Link"] = ", ".join(
            f'<{path}?{urlencode([*query, ("limit", page.limit), ("offset", offset)])}>; rel="{relation}"'
            for relation, offset in links.items()
        )
    return send(request, pokedex, lambda: [describe(record) for record in page.cut(records)], headers)


def _tag(pokedex: Pokedex) -> str:
    """Another version of the interface may say more of the same Pokédex."""
    left_out = msgspec.json.encode(pokedex.left_out)
    state = f"{VERSION} {pokedex.pokedex_hash} ".encode() + left_out
    return f'"{hashlib.sha256(state).hexdigest()[:32]}"'


def _holds(if_none_match: str, tag: str) -> bool:
    held = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return bool(held & {"*", tag})
