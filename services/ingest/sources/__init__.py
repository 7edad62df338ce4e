"""The sources of Pokédex data behind one port."""

from contracts.pokedex import SourceName
from services.ingest.sources.packaged import SnapshotSource
from services.ingest.sources.pokeapi import PokeApiSource
from services.ingest.sources.pokepedia import PokepediaSource
from services.ingest.sources.port import Source
from shared.settings import Settings


def open_source(name: SourceName, settings: Settings) -> Source:
    """The source called `name`. Nothing is fetched or started before it is read."""
    match name:
        case "snapshot":
            return SnapshotSource()
        case "pokeapi":
            return PokeApiSource(settings)
        case "pokepedia":
            return PokepediaSource(settings)
