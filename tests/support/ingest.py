"""Stand-ins for what a run of ingest writes to: a database, topics, a source that says what it is told."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from contracts.pokedex import IngestStep, PokedexIngested, PokedexRefreshCompleted, SourceName
from services.ingest.completion import Order
from services.ingest.domain import Changes, Records
from services.ingest.pokedex_topics import Folded, PokedexTopics
from services.ingest.rows import TableRows
from services.ingest.run_log import RunLog
from services.ingest.snapshot import Snapshot
from services.ingest.sources.port import Finding, OnProgress, SourceFailed
from services.ingest.store import PokedexStore
from shared.errors import TransientFailure

EMPTY = Records(pokemon={}, moves={}, types={})


class FakeStore(PokedexStore):
    """Keeps the tables it was given; `away` times it is not there."""

    def __init__(self, away: int = 0, vocabulary_problems: tuple[str, ...] = ()) -> None:
        self.away = away
        self.tries = 0
        self.tables: dict[str, int] | None = None
        self.is_held = False
        self._vocabulary_problems = vocabulary_problems

    async def check_vocabularies(self) -> tuple[str, ...]:
        return self._vocabulary_problems

    @asynccontextmanager
    async def exclusively(self) -> AsyncIterator[None]:
        assert not self.is_held, "it would wait for itself"
        self.is_held = True
        try:
            yield
        finally:
            self.is_held = False

    async def replace(self, tables: Sequence[TableRows]) -> None:
        assert self.is_held, "another ingest may write meanwhile"
        self.tries += 1
        if self.tries <= self.away:
            raise TransientFailure("the database is away")
        self.tables = {one.table.__tablename__: len(one.rows) for one in tables}


class FakeRunLog(RunLog):
    def __init__(self) -> None:
        self.begun: list[Order] = []
        self.ended: list[PokedexRefreshCompleted] = []

    async def begin(self, order: Order) -> None:
        self.begun.append(order)

    async def end(self, completed: PokedexRefreshCompleted) -> None:
        self.ended.append(completed)


class FakeTopics(PokedexTopics):
    """Topics that fold what is published."""

    def __init__(self, records: Records = EMPTY, ingested: PokedexIngested | None = None) -> None:
        self.folded = Folded(records, ingested)
        self.published: list[Changes] = []
        self.announced: list[PokedexIngested] = []

    async def read_folded(self) -> Folded:
        return self.folded

    async def publish_changes(self, changes: Changes) -> None:
        self.published.append(changes)

    async def announce(self, ingested: PokedexIngested) -> None:
        self.announced.append(ingested)


class ToldSource:
    """Says what it is told, after `gate` is set; fails where it is told to."""

    name: SourceName = "pokeapi"

    def __init__(
        self,
        findings: tuple[Finding, ...] = (),
        learnsets: tuple[Finding, ...] = (),
        fails_at: IngestStep | None = None,
    ) -> None:
        self.gate = asyncio.Event()
        self.gate.set()
        self._findings = findings
        self._learnsets = learnsets
        self._fails_at = fails_at

    async def enrich(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        on_progress(1, 2, "half")
        await self.gate.wait()
        return self._told("enrich", self._findings)

    async def learnsets(self, snapshot: Snapshot, on_progress: OnProgress) -> tuple[Finding, ...]:
        return self._told("learnsets", self._learnsets)

    def _told(self, step: IngestStep, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        if self._fails_at == step:
            raise SourceFailed(f"the source is away during {step}")
        return findings


def rewrite(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text once in a file of a snapshot and keep the manifest in step with it."""
    path = folder / name
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["files"][name]["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
