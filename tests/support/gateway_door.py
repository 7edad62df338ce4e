"""A gateway over ASGI, with what a test may set behind it."""

import json
from dataclasses import dataclass
from typing import Any, Final

import httpx
from fastapi import FastAPI

from contracts.battle import BattleRequested
from contracts.serving import RefusalReason, Refused
from services.gateway.access import Access
from services.gateway.limits import Limits
from shared.settings import Settings
from tests.support.gateway import Fakes

UNLIMITED: Final[dict[str, float]] = {
    "key_rate": 1e6,
    "key_burst": 1_000_000,
    "address_rate": 1e6,
    "address_burst": 1_000_000,
}
"""Rates are the subject of tests of their own."""
KEY_ID: Final = "5e1f5e1f5e1f"
"""Of the key that the client of a door asks with: it may predict and read."""

DUEL: dict[str, Any] = {
    "a": {"pokemon": "pikachu", "move": "thunderbolt", "level": 50},
    "b": {"pokemon": "squirtle", "move": "water-gun"},
}
EARLIER = '{"pokemon_a_id":1,"pokemon_b_id":4,"available_moves":[33,45,99]}'

POKEDEX_LISTS: Final = [
    "/pokemon",
    "/moves",
    "/pokemon/mew/moves",
    "/moves/cut/learners",
    "/types/fire/pokemon",
]
POKEDEX_FIXED: Final = [
    "/pokemon/mew",
    "/pokemon/mew/weaknesses",
    "/moves/left-out",
    "/moves/cut",
    "/types",
    "/types/fire",
    "/types/fire/against/grass",
    "/vocabulary",
]
"""Routes of the Pokédex: those that come in pages, and the others."""


@dataclass(kw_only=True)
class Door(Fakes):
    app: FastAPI
    client: httpx.AsyncClient
    key_id: str = KEY_ID

    def limit(self, **rates: float) -> None:
        """From here on these rates hold, as the settings `key_rate` and so on."""
        settings = Settings.model_validate(UNLIMITED | rates)
        self.app.state.access = Access(self.keys, Limits(settings))

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        return await self.client.post(
            path, content=content, headers={"content-type": "application/json", **headers}
        )


def assert_problem(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert document["status"] == status
    assert {"type", "title", "detail", "instance", "request_id"} <= document.keys()
    assert document["request_id"]
    return document


def refusing(
    reason: RefusalReason,
    field: str = "a.pokemon",
    *,
    retryable: bool = False,
    message_fr: str = "",
    remedy_fr: str = "",
) -> Any:
    def respond(_: BattleRequested, request_id: str) -> Refused:
        return Refused(
            request_id=request_id,
            field=field,
            value="pikachuu",
            reason=reason,
            message="There is no Pokémon pikachuu.",
            remedy="Take a suggestion.",
            retryable=retryable,
            message_fr=message_fr,
            remedy_fr=remedy_fr,
            suggestions=("Pikachu", "Raichu"),
        )

    return respond
