"""What was run: a results file that only grows, and its summary by row."""

import functools
import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from services.embedded.layout import CHECKOUT
from tests.faults.running import Row

DEFAULT_OUT: Final = CHECKOUT / ".faults" / "results.jsonl"
REAL_FORM: Final = "real"
WRITTEN: Final = ("README.md", "docs/FAULTS.md")
"""What the command writes itself; a checkout that differs in nothing else is the commit that ran."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One repetition. `form`: `short` or `real`; `commit` is of the checkout that ran it."""

    id: int
    repetition: int
    seed: int
    form: str
    commit: str
    requests: int = 0
    lost: int = 0
    duplicated: int = 0
    redelivered: int = 0
    recovery_s: float = 0.0
    seconds: float = 0.0
    met: bool = False
    wrong: tuple[str, ...] = ()
    not_run: str = ""
    measured: dict[str, float] = {}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What `dex faults --json` prints, one a row. `met` is None for a row that this machine cannot run.

    A repetition that failed and was run again is one repetition and two attempts; it stays failed, and
    what it lost is counted. `measured`: least and most of each figure that it was judged by.
    """

    id: int
    repetitions: int
    requests: int
    lost: int
    duplicated: int
    worst_recovery_s: float
    met: bool | None
    attempts: int
    failed: int
    redelivered: int
    not_run: str = ""
    measured: dict[str, tuple[float, float]] = {}


class Results:
    """The file of results. A run that was interrupted goes on where it was."""

    def __init__(self, file: Path) -> None:
        """Read what is there."""
        self.file = file
        self.all: list[Result] = []
        if file.exists():
            decoder = msgspec.json.Decoder(Result)
            self.all = [decoder.decode(line) for line in file.read_bytes().splitlines()]

    def add(self, result: Result) -> None:
        """Append `result`; it is on disk when this returns."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as stream:
            stream.write(msgspec.json.encode(result) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        self.all.append(result)

    def has(self, row: Row, repetition: int, seed: int, form: str) -> bool:
        """Whether this repetition was run already, and met."""
        return any(
            (one.id, one.repetition, one.seed, one.form, one.commit)
            == (row.number, repetition, seed, form, commit())
            and one.met
            for one in self.all
        )

    def of(self, form: str) -> list[Result]:
        """Every attempt of this commit in that form."""
        return [one for one in self.all if (one.form, one.commit) == (form, commit())]


def summarise(rows: Iterable[Row], results: Sequence[Result]) -> list[Summary]:
    """One summary for each row that has a result."""
    summaries = []
    for row in rows:
        own = [one for one in results if one.id == row.number]
        if not own:
            continue
        run = _attempts(own)
        summaries.append(
            Summary(
                id=row.number,
                repetitions=_repetitions(run),
                attempts=len(run),
                failed=sum(not one.met for one in run),
                requests=sum(one.requests for one in run),
                lost=sum(one.lost for one in run),
                duplicated=sum(one.duplicated for one in run),
                redelivered=sum(one.redelivered for one in run),
                worst_recovery_s=round(max((one.recovery_s for one in run), default=0.0), 1),
                met=all(one.met for one in run) if run else None,
                not_run=own[-1].not_run if not run else "",
                measured=_ranges(run),
            )
        )
    return summaries


def missing(rows: Iterable[Row], results: Sequence[Result]) -> list[str]:
    """Rows that were not run as often as they promise, in words; a row that this machine lacks is none."""
    lacking = []
    for row in rows:
        own = [one for one in results if one.id == row.number]
        done = _repetitions(_attempts(own))
        if done < row.repetitions and not (own and own[-1].not_run):
            lacking.append(f"row {row.number}: {done} of {row.repetitions} repetitions")
    return lacking


def _attempts(results: Sequence[Result]) -> list[Result]:
    return [one for one in results if not one.not_run]


def _repetitions(attempts: Sequence[Result]) -> int:
    return len({(one.seed, one.repetition) for one in attempts})


def _ranges(results: Sequence[Result]) -> dict[str, tuple[float, float]]:
    found: dict[str, list[float]] = {}
    for result in results:
        for what, value in result.measured.items():
            found.setdefault(what, []).append(value)
    return {what: (min(values), max(values)) for what, values in found.items()}


@functools.cache
def commit() -> str:
    """The commit of the checkout as the run found it."""
    return describe_commit(CHECKOUT)


def describe_commit(root: Path) -> str:
    """The commit of a checkout, with `-dirty` when tracked files differ from it; `unknown` outside of one."""
    described = _git(root, "describe", "--always", "--abbrev=12", "--exclude=*")
    others = (f":(exclude){file}" for file in WRITTEN)
    is_dirty = described and _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", *others)
    return f"{described}-dirty" if is_dirty else described or "unknown"


def _git(root: Path, *arguments: str) -> str:
    if not root.is_dir():
        return ""
    outcome = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return outcome.stdout.strip()
