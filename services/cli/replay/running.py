"""Runs a replay: a plan and checkpoints in a folder, worker processes, a bar; then its windows."""

import asyncio
import fcntl
import hashlib
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.models import ModelReleased
from services.cli.asking import await_broker
from services.cli.progress import row_bar
from services.cli.replay.bounds import Bound, Plan
from services.cli.replay.cells import Checkpoint, PartitionFiles
from services.cli.replay.counting import ERROR_FILE, PLAN_FILE, read_plan, shelve, work, write_plan
from services.cli.replay.planning import make_plan
from services.cli.replay.sources import open_source
from services.cli.replay.windows import Made, made_windows
from shared.drift.counting import Release
from shared.drift.documents import WindowsHash
from shared.drift.shelved import Shelved, thresholds_of
from shared.drift.spans import Definition
from shared.drift.windows import Scoring
from shared.errors import Misconfigured, PredictionDexError
from shared.families import Family, families
from shared.model_reader import ModelReader
from shared.settings import Settings

LOOK_SECONDS: Final = 0.2
READ_SECONDS: Final = 15.0
LOCK_FILE: Final = "lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A replay as it was asked for. `key` names it: what is interrupted is found again by it."""

    source: str
    begin: Bound | None
    end: Bound | None
    definition: Definition
    reference: str | None

    @property
    def key(self) -> str:
        """16 hex digits."""
        return hashlib.sha256(msgspec.json.encode(self, order="sorted")).hexdigest()[:16]


@dataclass(slots=True)
class Outcome:
    """What a replay gave. `records` were read by this run, in `seconds`; the rest is of all runs."""

    records: int = 0
    seconds: float = 0.0
    is_resumed: bool = False
    planned_at_ms: int = 0
    windows: int = 0
    events: int = 0
    duplicates: int = 0
    levels: dict[Release, dict[str, int]] = field(default_factory=dict)
    partial: list[dict[str, Any]] = field(default_factory=list)
    windows_sha256: str = ""

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.records / self.seconds if self.seconds else 0.0

    def add(self, made: Made, whole: WindowsHash) -> None:
        """One more window, in order of release and time."""
        window = made.window
        if made.partial is not None:
            self.partial.append(
                {
                    "family": window.family,
                    "model_version": window.model_version,
                    "start_ms": window.start_ms,
                    "end_ms": window.end_ms,
                    "events": window.events,
                    "reason": made.partial,
                }
            )
            return
        whole.add(window)
        self.windows += 1
        self.events += window.events
        self.duplicates += window.duplicates
        levels = self.levels.setdefault((window.family, window.model_version), {})
        levels[window.level] = levels.get(window.level, 0) + 1


def replay(
    asked: Asked, *, workers: int, batch: int, is_fresh: bool, on_window: Callable[[Made], None]
) -> Outcome:
    """Make the windows, resuming what was interrupted. Blocks; Ctrl-C leaves the checkpoints.

    `on_window` gets each window in order of release and time, the partial ones too.
    """
    settings = Settings()
    with _folder(settings, asked, is_fresh) as folder:
        is_resumed = (folder / PLAN_FILE).exists()
        if not is_resumed:
            write_plan(folder, asyncio.run(plan(asked, settings)))
        read = read_plan(folder)
        outcome = Outcome(is_resumed=is_resumed, planned_at_ms=read.planned_at_ms)
        shelve(read, settings, families())  # what cannot be counted is said before it is begun
        began, before = time.monotonic(), _records(folder, read)
        _count(folder, read, workers, batch)
        outcome.seconds = time.monotonic() - began
        outcome.records = _records(folder, read) - before
        finish(folder, settings, families(), outcome, on_window)
        shutil.rmtree(folder)
    return outcome


async def plan(asked: Asked, settings: Settings) -> Plan:
    """What is to be read. Raises NotRunning, or Misconfigured for what is not there."""
    releases = await read_releases(settings)
    reference = None
    if asked.reference is not None:
        reference = next((one for one in releases if one.version == asked.reference), None)
        if reference is None:
            raise Misconfigured(f"--reference {asked.reference}: no release has that version.")
    async with open_source(asked.source, settings) as source:
        return await make_plan(
            source, asked.source, asked.definition, asked.begin, asked.end, releases, reference
        )


async def read_releases(settings: Settings) -> Sequence[ModelReleased]:
    """All that are on the bus. Raises NotRunning."""
    await await_broker(settings)
    reader = ModelReader(settings)
    await reader.start()
    try:
        await reader.wait_caught_up(READ_SECONDS)
    finally:
        await reader.stop()
    return [release for _, release in sorted(reader.releases.items())]


def finish(
    folder: Path,
    settings: Settings,
    known: Mapping[str, Family],
    outcome: Outcome,
    on_window: Callable[[Made], None],
) -> None:
    """Make the windows of what is counted."""
    read = read_plan(folder)
    files = [PartitionFiles(folder, part.partition) for part in read.parts]
    reached = {
        part.partition: (one.checkpoint() or Checkpoint(covered_offset=0)).running_maximum_ms
        for part, one in zip(read.parts, files, strict=True)
    }
    scorings = {
        release: Scoring(read.definition, *release, found.reference, thresholds_of(settings))
        for release, found in shelve(read, settings, known).items()
        if isinstance(found, Shelved)
    }
    whole = WindowsHash()
    whole_to_ms = read.whole_to_ms(reached, round(settings.drift_grace_seconds * 1_000))
    for made in made_windows(read, files, scorings, whole_to_ms):
        outcome.add(made, whole)
        on_window(made)
    outcome.windows_sha256 = whole.hexdigest()


@contextmanager
def _folder(settings: Settings, asked: Asked, is_fresh: bool) -> Iterator[Path]:
    """The folder of this replay, ours alone."""
    folder = settings.data_dir / "replays" / asked.key
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK_FILE, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PredictionDexError("The same replay is running already.") from None
        if is_fresh:
            for file in folder.iterdir():
                if file.name != LOCK_FILE:
                    file.unlink()
        yield folder


def _records(folder: Path, read: Plan) -> int:
    """Read so far, by all runs."""
    found = (PartitionFiles(folder, part.partition).checkpoint() for part in read.parts)
    return sum(one.records for one in found if one is not None)


def _count(folder: Path, read: Plan, workers: int, batch: int) -> None:
    """Count all partitions in worker processes. Raises PredictionDexError with what ended one."""
    context: SpawnContext = multiprocessing.get_context("spawn")
    shares = [[part.partition for part in read.parts][number::workers] for number in range(workers)]
    processes: list[BaseProcess] = [
        context.Process(target=work, args=(str(folder), share, batch, os.getpid()), daemon=True)
        for share in shares
        if share
    ]
    for process in processes:
        process.start()
    try:
        with row_bar("replay", read.records) as show:
            while alive := [process for process in processes if process.is_alive()]:
                alive[0].join(LOOK_SECONDS)
                show(_records(folder, read))
                if any(process.exitcode for process in processes):
                    break
    finally:
        for process in processes:
            process.terminate()
            process.join()
    told = sorted(folder.glob(f"{ERROR_FILE}.*"))
    for file in told:
        text = file.read_text()
        file.unlink()
        raise PredictionDexError(text)
    if any(process.exitcode for process in processes):
        raise PredictionDexError(
            "A worker of the replay ended before its time; the same command goes on where it was."
        )
