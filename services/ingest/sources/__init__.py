"""The sources of Pokédex data behind one port."""

from contracts.pokedex import SourceName
from services.ingest.sources.packaged import SnapshotSource
from services.ingest.sources.port import Source, SourceFailed
from shared.settings import Settings


def open_source(name: SourceName, settings: Settings) -> Source:
    """The source called `name`."""
    if name == "snapshot":
        return SnapshotSource()
    raise SourceFailed(f"{name}: not wired yet")
