"""The sources of Pokédex data behind one port."""

from contracts.pokedex import SourceName
from services.ingest.sources.packaged import SnapshotSource
from services.ingest.sources.pokeapi import PokeApiSource
from services.ingest.sources.port import Source, SourceFailed
from shared.settings import Settings


def open_source(name: SourceName, settings: Settings) -> Source:
    """The source called `name`; nothing is fetched before it is read."""
    if name == "snapshot":
        return SnapshotSource()
    if name == "pokeapi":
        return PokeApiSource(settings)
    raise SourceFailed(f"{name}: not wired yet")
