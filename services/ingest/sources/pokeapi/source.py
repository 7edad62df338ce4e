"""PokéAPI behind the port: which resources are fetched, and in what order."""

from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from typing import TypeVar

import httpx

from contracts.pokedex import SourceName
from services.ingest.snapshot import PokemonRow, Snapshot
from services.ingest.sources.pokeapi import parsing
from services.ingest.sources.pokeapi.disk_cache import DiskCache
from services.ingest.sources.pokeapi.fetching import Fetcher, Limits
from services.ingest.sources.pokeapi.shapes import (
    ChainShape,
    MoveShape,
    PokemonShape,
    SpeciesShape,
    TypeShape,
)
from services.ingest.sources.port import USER_AGENT, Finding, OnProgress, SourceFailed
from services.ingest.sources.slugs import SlugRules
from shared.settings import Settings
from shared.tasks import gather_all

Fetched = TypeVar("Fetched")


class PokeApiSource:
    """The Pokédex of Let's Go as PokéAPI's REST layout tells it, from the public API or a mirror.

    Addresses inside the answers are read for their numbers only, so a mirror need not rewrite them.
    """

    name: SourceName = "pokeapi"

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        """Nothing is opened before it is read."""
        self._base_url = settings.pokeapi_url.rstrip("/") + "/"
        self._cache = DiskCache(settings.source_cache / "pokeapi", self._base_url)
        self._limits = limits or Limits()

    async def enrich(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """What it says of species, Pokémon, types, moves and evolutions. Raises SourceFailed."""
        async with self._opened() as fetcher:
            progress = _Progress(on_progress, total=_expected(snapshot))
            species = await self._species(fetcher, snapshot, progress)
            pokemon = await self._pokemon(fetcher, snapshot, species, progress)
            chains = await progress.all(
                "evolutions",
                (
                    fetcher.get(f"evolution-chain/{number}/", ChainShape)
                    for number in sorted(
                        {one.evolution_chain.number for one in species if one.evolution_chain is not None}
                    )
                ),
            )
            types = await progress.all(
                "types", (fetcher.get(f"type/{row.id}/", TypeShape) for row in snapshot.types)
            )
            numbers = parsing.lets_go_moves(pokemon) | {row.id for row in snapshot.moves}
            left_out = {row.id for row in snapshot.left_out}
            moves = await progress.all(
                "moves",
                (fetcher.get(f"move/{number}/", MoveShape) for number in sorted(numbers - left_out)),
            )
        return tuple(
            _Findings(snapshot, self._base_url).of(species, pokemon, chains, types, moves),
        )

    async def learnsets(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """What it says of learnsets; a Mega's are those of its base form. Raises SourceFailed."""
        rules = SlugRules([*(row.slug for row in snapshot.pokemon), *(row.slug for row in snapshot.moves)])
        async with self._opened() as fetcher:
            progress = _Progress(on_progress, total=len(snapshot.species) + len(snapshot.pokemon))
            species = await self._species(fetcher, snapshot, progress)
            pokemon = await self._pokemon(fetcher, snapshot, species, progress)
        megas = {row.id for row in snapshot.pokemon if row.form == "mega"}
        return tuple(
            finding
            for shape in pokemon
            if shape.id not in megas
            for finding in parsing.learnset_findings(shape, rules, f"{self._base_url}pokemon/{shape.id}/")
        )

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Fetcher]:
        try:
            client = httpx.AsyncClient(
                base_url=self._base_url,
                headers={"user-agent": USER_AGENT},
                follow_redirects=True,
                timeout=self._limits.request_s,
            )
        except httpx.InvalidURL as error:
            raise SourceFailed(f"PDX_POKEAPI_URL {self._base_url!r}: {error}") from error
        async with client:
            try:
                yield Fetcher(client, self._cache, self._limits)
            except ExceptionGroup as group:
                raise _first(group) from group

    async def _species(
        self, fetcher: Fetcher, snapshot: Snapshot, progress: "_Progress"
    ) -> Sequence[SpeciesShape]:
        return await progress.all(
            "species",
            (fetcher.get(f"pokemon-species/{row.number}/", SpeciesShape) for row in snapshot.species),
        )

    async def _pokemon(
        self,
        fetcher: Fetcher,
        snapshot: Snapshot,
        species: Iterable[SpeciesShape],
        progress: "_Progress",
    ) -> Sequence[PokemonShape]:
        """Forms of other games are varieties of the same species; they are not fetched."""
        rules = SlugRules(row.slug for row in snapshot.pokemon)
        wanted = {row.slug for row in snapshot.pokemon}
        numbers = sorted(
            variety.pokemon.number
            for one in species
            for variety in one.varieties
            if rules.canonical(variety.pokemon.name) in wanted
        )
        return await progress.all(
            "Pokémon", (fetcher.get(f"pokemon/{number}/", PokemonShape) for number in numbers)
        )


class _Findings:
    def __init__(self, snapshot: Snapshot, base_url: str) -> None:
        self._snapshot = snapshot
        self._base_url = base_url
        self._pokemon = SlugRules(row.slug for row in snapshot.pokemon)
        self._moves = SlugRules(row.slug for row in snapshot.moves)

    def of(
        self,
        species: Sequence[SpeciesShape],
        pokemon: Sequence[PokemonShape],
        chains: Sequence[ChainShape],
        types: Sequence[TypeShape],
        moves: Sequence[MoveShape],
    ) -> Iterable[Finding]:
        rows: dict[str, PokemonRow] = {row.slug: row for row in self._snapshot.pokemon}
        sprites = {self._pokemon.canonical(one.name): one.sprites.front_default for one in pokemon}
        base_sprites = {
            one.id: sprites.get(rows[self._pokemon.canonical(one.name)].species) for one in pokemon
        }
        names = [row.slug for row in self._snapshot.types]
        inside = {row.slug for row in self._snapshot.species}
        return chain(
            *(
                parsing.species_findings(one, self._pokemon, self._at("pokemon-species", one.id))
                for one in species
            ),
            *(
                parsing.pokemon_findings(
                    one, base_sprites[one.id], self._pokemon, self._at("pokemon", one.id)
                )
                for one in pokemon
            ),
            (
                Finding(entity="pokemon", slug=slug, field="listed", value="no", origin=self._base_url)
                for slug in rows
                if slug not in sprites
            ),
            *(
                parsing.evolution_findings(one, inside, self._pokemon, self._at("evolution-chain", one.id))
                for one in chains
            ),
            *(parsing.type_findings(one, names, self._at("type", one.id)) for one in types),
            *(parsing.move_findings(one, self._moves, self._at("move", one.id)) for one in moves),
        )

    def _at(self, resource: str, number: int) -> str:
        return f"{self._base_url}{resource}/{number}/"


class _Progress:
    def __init__(self, on_progress: OnProgress, total: int) -> None:
        self._on_progress = on_progress
        self._total = total
        self._done = 0

    async def all(self, what: str, work: Iterable[Awaitable[Fetched]]) -> Sequence[Fetched]:
        """Await all at once, in order; the first failure ends the others."""
        return await gather_all(self._one(what, awaitable) for awaitable in work)

    async def _one(self, what: str, awaitable: Awaitable[Fetched]) -> Fetched:
        result = await awaitable
        self._done += 1
        self._total = max(self._total, self._done)
        self._on_progress(self._done, self._total, what)
        return result


def _expected(snapshot: Snapshot) -> int:
    chains = len(snapshot.species) - len(
        {row.to_slug for row in snapshot.evolutions} & {row.slug for row in snapshot.species}
    )
    return len(snapshot.species) + len(snapshot.pokemon) + chains + len(snapshot.types) + len(snapshot.moves)


def _first(group: BaseExceptionGroup[Exception]) -> Exception:
    found = group.exceptions[0]
    if isinstance(found, BaseExceptionGroup):
        return _first(found)
    if isinstance(found, OSError):
        return SourceFailed(f"PDX_SOURCE_CACHE: what was fetched cannot be kept: {found}")
    return found
