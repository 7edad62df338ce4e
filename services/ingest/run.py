"""One run of ingest: six steps, one after the other, up to the first that fails."""

import time
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources.abc import Traversable
from typing import TypeVar

import msgspec
from sqlalchemy.exc import IntegrityError

from contracts.pokedex import (
    Disagreement,
    IngestStep,
    IngestStepTime,
    MoveLeftOut,
    PokedexIngested,
    PokedexRefreshCompleted,
)
from services.ingest.completion import Order, StepFailed, complete, fail
from services.ingest.consistency import check_rows
from services.ingest.domain import Records, build_records, diff, says_the_same
from services.ingest.figures import compute_figures
from services.ingest.names import normalise_names
from services.ingest.pokedex_topics import PokedexTopics
from services.ingest.quality import check_quality
from services.ingest.rows import TableRows, table_rows
from services.ingest.run_log import RunLog
from services.ingest.snapshot import MalformedSnapshot, Snapshot, load_snapshot
from services.ingest.sources.port import Finding, Source, SourceFailed
from services.ingest.sources.reconcile import reconcile
from services.ingest.store import PokedexStore
from shared.errors import TransientFailure
from shared.logs import get_logger

OnStep = Callable[[IngestStep, int, int, str], None]
"""The step, pieces done, pieces in all, what is being done."""
Result = TypeVar("Result")
PUBLISH_PIECES = 3
_log = get_logger(__name__)


class IngestRun:
    """What one order needs, and what became of it so far. Called once."""

    def __init__(
        self,
        order: Order,
        source: Source,
        folder: Traversable,
        *,
        store: PokedexStore,
        run_log: RunLog,
        topics: PokedexTopics,
        on_step: OnStep,
    ) -> None:
        """`folder` has the snapshot that every source starts from."""
        self._order = order
        self._source = source
        self._folder = folder
        self._store = store
        self._run_log = run_log
        self._topics = topics
        self._on_step = on_step
        self._steps: list[IngestStepTime] = []
        self._disagreements: list[Disagreement] = []

    async def __call__(self) -> PokedexRefreshCompleted:
        """Run all steps. A step that fails is told in the result; nothing is published then.

        Raises TransientFailure when Kafka or PostgreSQL is away: the same order may be run again.
        """
        try:
            completed = await self._run()
        except StepFailed as failed:
            _log.error("ingest failed", run_id=self._order.run_id, step=failed.step, error=str(failed))
            completed = fail(self._order, self._steps, failed, self._disagreements)
        await self._run_log.end(completed)
        return completed

    async def _run(self) -> PokedexRefreshCompleted:
        await self._step("initialise", self._initialise())
        snapshot = await self._step("load", self._load())
        snapshot = await self._step("enrich", self._enrich(snapshot))
        snapshot = await self._step("learnsets", self._learnsets(snapshot))
        snapshot, records = await self._step("post-process", self._post_process(snapshot))
        return await self._publish_all(snapshot, records)

    async def _step(self, step: IngestStep, work: Awaitable[Result]) -> Result:
        """Await `work`, time it, and give what may go wrong in it the step's name."""
        begin = time.monotonic()
        self._on_step(step, 0, 1, "")
        try:
            return await work
        except MalformedSnapshot as error:
            raise StepFailed(step, error.problems) from error
        except (SourceFailed, ValueError) as error:
            raise StepFailed(step, (str(error),)) from error
        except IntegrityError as error:
            raise StepFailed(step, (f"PostgreSQL refuses a row: {error.orig}",)) from error
        except (StepFailed, TransientFailure):
            raise
        except Exception as error:
            # who asked waits for the end of the run: a mistake of ours ends it too, with its step
            _log.exception("ingest step broke", run_id=self._order.run_id, step=step)
            problem = f"{type(error).__name__}: {error}; the log of ingest has more (`./dex logs ingest`)"
            raise StepFailed(step, (problem,)) from error
        finally:
            self._steps.append(IngestStepTime(step, round(time.monotonic() - begin, 3)))

    async def _initialise(self) -> None:
        await self._run_log.begin(self._order)
        _refuse("initialise", await self._store.check_vocabularies())

    async def _load(self) -> Snapshot:
        snapshot = load_snapshot(self._folder)
        _refuse("load", [problem.at_line() for problem in check_rows(snapshot)])
        return snapshot

    async def _enrich(self, snapshot: Snapshot) -> Snapshot:
        findings = await self._source.enrich(snapshot, self._progress_of("enrich"))
        return self._reconciled(snapshot, findings)

    async def _learnsets(self, snapshot: Snapshot) -> Snapshot:
        findings = await self._source.learnsets(snapshot, self._progress_of("learnsets"))
        return self._reconciled(snapshot, findings)

    def _reconciled(self, snapshot: Snapshot, findings: Sequence[Finding]) -> Snapshot:
        reconciled = reconcile(snapshot, findings)
        self._disagreements += reconciled.disagreements
        return reconciled.snapshot

    async def _post_process(self, snapshot: Snapshot) -> tuple[Snapshot, Records]:
        """Names in one spelling, moves inherited by lineage, then the gate."""
        normalised = normalise_names(snapshot)
        records = build_records(normalised, self._order.run_id)
        _refuse("post-process", check_quality(normalised, records))
        return normalised, records

    async def _publish_all(self, snapshot: Snapshot, records: Records) -> PokedexRefreshCompleted:
        left_out = tuple(MoveLeftOut(row.id, row.slug, row.name_en, row.reason) for row in snapshot.left_out)
        ingested = PokedexIngested(
            run_id=self._order.run_id,
            source=self._order.source,
            counts=records.counts,
            pokedex_hash=records.pokedex_hash,
            ingested_at_ms=0,
            passed_gate=True,
            left_out=left_out,
        )
        tables = table_rows(records, left_out)
        published, removed = await self._step("publish", self._publish_alone(tables, records, ingested))
        return complete(
            self._order,
            self._steps,
            outcome="published" if published or removed else "unchanged",
            pokedex_hash=ingested.pokedex_hash,
            counts=records.counts,
            tables={one.table.__tablename__: len(one.rows) for one in tables},
            quality=compute_figures(snapshot, records),
            published=published,
            removed=removed,
            disagreements=self._disagreements,
        )

    async def _publish_alone(
        self, tables: Sequence[TableRows], records: Records, ingested: PokedexIngested
    ) -> tuple[int, int]:
        async with self._store.exclusively():
            return await self._publish(tables, records, ingested)

    async def _publish(
        self, tables: Sequence[TableRows], records: Records, ingested: PokedexIngested
    ) -> tuple[int, int]:
        """Tables, then changed records, then the announcement: a kill in between leaves the rest to do."""
        await self._store.replace(tables)
        self._on_step("publish", 1, PUBLISH_PIECES, "tables written")
        folded = await self._topics.read_folded()
        changes = diff(records, folded.records, force=self._order.force)
        await self._topics.publish_changes(changes)
        self._on_step("publish", 2, PUBLISH_PIECES, f"{changes.published} records published")
        is_changed = bool(changes.published or changes.removed)
        if is_changed or not says_the_same(folded.ingested, ingested):
            now_ms = time.time_ns() // 1_000_000
            await self._topics.announce(msgspec.structs.replace(ingested, ingested_at_ms=now_ms))
        self._on_step("publish", PUBLISH_PIECES, PUBLISH_PIECES, "announced")
        return changes.published, changes.removed

    def _progress_of(self, step: IngestStep) -> Callable[[int, int, str], None]:
        return lambda done, total, detail: self._on_step(step, done, total, detail)


def _refuse(step: IngestStep, problems: Sequence[str]) -> None:
    if problems:
        raise StepFailed(step, problems)
