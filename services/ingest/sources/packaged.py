"""The source that adds nothing: the snapshot says it all, offline."""

from contracts.pokedex import SourceName
from services.ingest.snapshot import Snapshot
from services.ingest.sources.port import Finding, OnProgress


class SnapshotSource:
    """No findings beside the snapshot that every run loads."""

    name: SourceName = "snapshot"

    async def enrich(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """Nothing."""
        return ()

    async def learnsets(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        """Nothing."""
        return ()
