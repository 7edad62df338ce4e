"""Counts partitions of a log into files of cells, from checkpoint to checkpoint."""

import asyncio
import gc
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from aiokafka.errors import KafkaError

from services.cli.quiet import quiet_logs
from services.cli.replay.bounds import Part, Plan
from services.cli.replay.cells import Checkpoint, PartitionFiles, StoredCell, write_cells
from services.cli.replay.sources import Found, Source, check_kept, open_source
from shared.artefacts import ArtefactStore
from shared.drift.binning import Binning
from shared.drift.counting import Event, PartitionState, Release, fold
from shared.drift.partial import CellKey, Partial
from shared.drift.shelved import Shelved, observe, verify_and_shelve
from shared.errors import Misconfigured, PredictionDexError
from shared.families import Family, families
from shared.parent_process import end_with
from shared.settings import Settings

CHECKPOINT_SECONDS: Final = 1.0
COLLECTED_AFTER: Final = 100_000
"""Objects more than before, of which a batch makes some tens of thousands and leaves none."""
PLAN_FILE: Final = "plan.json"
ERROR_FILE: Final = "error"


class PartitionCounter:
    """One partition of a plan. Memory: the ids of the horizon, and the cells that are open."""

    def __init__(
        self,
        plan: Plan,
        part: Part,
        shelved: Mapping[Release, Shelved | str],
        files: PartitionFiles,
        cells: BinaryIO,
    ) -> None:
        """Goes on at the last checkpoint, if there is one; `refill` before `take`. `cells`: open, ours."""
        self._plan = plan
        self._shelved = shelved
        self._binnings: dict[Release, Binning | None] = {
            release: None if isinstance(found, str) else found.binning for release, found in shelved.items()
        }
        self._files = files
        found = files.checkpoint() or Checkpoint(covered_offset=part.start)
        self.state = PartitionState(
            found.covered_offset, found.running_maximum_ms, dict(found.bucket_offsets)
        )
        self._records = found.records
        self._open: dict[CellKey, Partial] = {cell.key: cell.partial for cell in found.open}
        self.is_done = found.is_done
        # what a crash left behind the checkpoint is counted again
        self._cells = cells
        cells.truncate(found.size_bytes)
        cells.seek(found.size_bytes)

    def refill(self, read: Sequence[Found]) -> None:
        """The next records between `state.refill_offset` and the covered one: their ids are kept alone."""
        self.state.refill((one.offset, one.timestamp_ms, one.request_id) for one in read)

    def take(self, batch: Sequence[Found]) -> None:
        """The next records, in order of offsets."""
        advance = fold(self.state, self._events(batch), self._plan.definition.cell_ms, self._binnings)
        advance.apply(self.state)
        self._records += len(batch)
        for key, partial in advance.partials.items():
            held = self._open.get(key)
            self._open[key] = partial if held is None else held.merge(partial)
        # record time never goes back: nothing falls into a cell that it is past
        self._write(self.state.running_maximum_ms - self._plan.definition.cell_ms)

    def finish(self, end: int) -> None:
        """All up to `end` was taken."""
        self.state.covered_offset = max(self.state.covered_offset, end)
        self.is_done = True
        self._write(self._plan.to_ms)
        self.save()

    def save(self) -> None:
        """Make a checkpoint."""
        self._cells.flush()
        os.fsync(self._cells.fileno())
        self._files.save(
            Checkpoint(
                covered_offset=self.state.covered_offset,
                running_maximum_ms=self.state.running_maximum_ms,
                bucket_offsets=self.state.bucket_offsets,
                records=self._records,
                size_bytes=self._cells.tell(),
                open=tuple(StoredCell.of(key, partial) for key, partial in self._open.items()),
                is_done=self.is_done,
            )
        )

    def _events(self, batch: Sequence[Found]) -> list[Event]:
        events = []
        clock_ms = self.state.running_maximum_ms
        for offset, timestamp_ms, request_id, made in batch:
            clock_ms = max(clock_ms, timestamp_ms)
            observed = None
            if clock_ms >= self._plan.from_ms:
                release = self._shelved.get((made.family, made.model_version), "not on the bus")
                looked = observe(made, release)
                observed = None if isinstance(looked, str) else looked
            events.append(Event(offset, timestamp_ms, request_id, made.family, made.model_version, observed))
        return events

    def _write(self, latest_start_ms: int) -> None:
        ended = sorted(
            (key for key in self._open if key.start_ms <= latest_start_ms), key=lambda key: key.start_ms
        )
        write_cells(self._cells, [StoredCell.of(key, self._open.pop(key)) for key in ended])


def shelve(plan: Plan, settings: Settings, known: Mapping[str, Family]) -> dict[Release, Shelved | str]:
    """The releases of a plan; with its reference, those of that family are compared with it instead.

    Raises TransientFailure when a reference cannot be read, Misconfigured when it is of other columns.
    """
    store = ArtefactStore(settings.artifacts)

    def one(family: str, release: msgspec.Struct) -> Shelved | str:
        return verify_and_shelve(release, known.get(family), store, settings.verify_key_file)  # type: ignore[arg-type]

    found = {(release.family, release.version): one(release.family, release) for release in plan.releases}
    if plan.reference is None:
        return found
    family, version = plan.reference.family, plan.reference.version
    other = one(family, plan.reference)
    if isinstance(other, str) or other.reference is None:
        raise Misconfigured(f"--reference {version}: {other if isinstance(other, str) else 'it has none'}.")
    for release in plan.releases:
        if release.family == family:
            if release.feature_names != plan.reference.feature_names:
                raise Misconfigured(
                    f"--reference {version}: release {release.version} has other columns, and cannot be "
                    "compared with it."
                )
            if isinstance(found[family, release.version], Shelved):
                found[family, release.version] = other
    return found


@contextmanager
def open_counter(
    plan: Plan, part: Part, shelved: Mapping[Release, Shelved | str], folder: Path
) -> Iterator[PartitionCounter]:
    """The counter of a partition; what comes after its last checkpoint is given up."""
    files = PartitionFiles(folder, part.partition)
    with files.opened() as cells:
        yield PartitionCounter(plan, part, shelved, files, cells)


async def count_partition(source: Source, counter: PartitionCounter, part: Part, batch: int) -> None:
    """Read what is left of a partition. Raises PredictionDexError when it is deleted."""
    state = counter.state
    if counter.is_done:
        return
    again = state.refill_offset
    if again < part.end:
        check_kept(part.partition, again, (await source.extents())[part.partition], part.end)
    if again < state.covered_offset:
        async for found in source.read(part.partition, again, state.covered_offset, batch):
            counter.refill(found)
    saved_at = time.monotonic()
    with _rare_garbage():
        async for found in source.read(part.partition, state.covered_offset, part.end, batch):
            counter.take(found)
            if time.monotonic() - saved_at >= CHECKPOINT_SECONDS:
                counter.save()
                saved_at = time.monotonic()
    counter.finish(part.end)


async def count(
    folder: Path, settings: Settings, known: Mapping[str, Family], partitions: Sequence[int], batch: int
) -> None:
    """Count these partitions of the plan in `folder`, one after the other."""
    plan = read_plan(folder)
    shelved = shelve(plan, settings, known)
    async with open_source(plan.source, settings) as source:
        for part in plan.parts:
            if part.partition in partitions:
                with open_counter(plan, part, shelved, folder) as counter:
                    await count_partition(source, counter, part, batch)


@contextmanager
def _rare_garbage() -> Iterator[None]:
    """What a record is made of has no cycles: to look for them among thousands takes a fifth of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def write_plan(folder: Path, made: Plan) -> None:
    """Keep the plan; a crash leaves it whole or not at all."""
    partial = folder / f"{PLAN_FILE}.partial"
    partial.write_bytes(msgspec.json.encode(made))
    partial.replace(folder / PLAN_FILE)


def read_plan(folder: Path) -> Plan:
    """The plan that was written before anything was counted."""
    return msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)


def work(folder: str, partitions: Sequence[int], batch: int, parent: int) -> None:
    """The whole of a worker process. What ends it is said in a file; the parent handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)
    quiet_logs()
    try:
        asyncio.run(count(Path(folder), Settings(), families(), partitions, batch))
    except (PredictionDexError, KafkaError, OSError) as error:
        (Path(folder) / f"{ERROR_FILE}.{partitions[0]}").write_text(str(error))
        raise SystemExit(1) from None
