"""What was run: a results file that only grows, its summary by row, and the table of the documents."""

import functools
import os
import platform
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from services.embedded.layout import CHECKOUT
from tests.faults.running import Row

DOCUMENT: Final = CHECKOUT / "docs" / "FAULTS.md"
DEFAULT_OUT: Final = CHECKOUT / ".faults" / "results.jsonl"


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
    recovery_s: float = 0.0
    seconds: float = 0.0
    met: bool = False
    wrong: tuple[str, ...] = ()
    not_run: str = ""
    measured: dict[str, float] = {}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What `dex faults --json` prints, one a row. `met` is None for a row that this machine cannot run.

    `measured`: least and most of each figure that its repetitions were judged by.
    """

    id: int
    repetitions: int
    requests: int
    lost: int
    duplicated: int
    worst_recovery_s: float
    met: bool | None
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
        """Those of this commit in that form; the last of each repetition counts."""
        last = {
            (one.id, one.repetition): one for one in self.all if (one.form, one.commit) == (form, commit())
        }
        return list(last.values())


def summarise(rows: Iterable[Row], results: Sequence[Result]) -> list[Summary]:
    """One summary for each row that has a result."""
    summaries = []
    for row in rows:
        own = [one for one in results if one.id == row.number]
        if not own:
            continue
        run = [one for one in own if not one.not_run]
        summaries.append(
            Summary(
                id=row.number,
                repetitions=len(run),
                requests=sum(one.requests for one in run),
                lost=sum(one.lost for one in run),
                duplicated=sum(one.duplicated for one in run),
                worst_recovery_s=round(max((one.recovery_s for one in run), default=0.0), 1),
                met=all(one.met for one in run) if run else None,
                not_run=own[-1].not_run if not run else "",
                measured=_ranges(run),
            )
        )
    return summaries


def _ranges(results: Sequence[Result]) -> dict[str, tuple[float, float]]:
    found: dict[str, list[float]] = {}
    for result in results:
        for what, value in result.measured.items():
            found.setdefault(what, []).append(value)
    return {what: (min(values), max(values)) for what, values in found.items()}


def markdown(rows: Sequence[Row], summaries: Sequence[Summary], form: str) -> str:
    """docs/FAULTS.md."""
    by_id = {row.number: row for row in rows}
    lines = [
        "# Faults",
        "",
        "Written by `./dex faults --write-docs`; every figure is measured. Each row breaks a running broker,",
        "database and services of the request path in the stated way, under load. A ledger, a process of its",
        "own with an fsynced file, notes every accepted request and every answer, reads the topics and the",
        "prediction log by itself, and is judged after: one answer a request, one row a prediction, nothing",
        "silent, no record lost or out of order between topics, the same answer to the same question, well",
        "again in time.",
        "Windows of drift are compared with those that the log gives in memory, byte by byte.",
        "",
        f"Commit `{commit()}`, {form} form, {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}.",
        "",
        "| # | fault | expected | repetitions | requests | lost | duplicated | worst recovery | met |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for one in summaries:
        row = by_id[one.id]
        met = {True: "yes", False: "**no**", None: f"not run: {one.not_run}"}[one.met]
        lines.append(
            f"| {one.id} | {row.title} | {row.expected} | {one.repetitions} | {one.requests:,} "
            f"| {one.lost} | {one.duplicated} | {one.worst_recovery_s:g} s | {met} |"
        )
    figures = [
        f"| {one.id} | {what} | {least:g} | {most:g} |"
        for one in summaries
        for what, (least, most) in one.measured.items()
    ]
    if figures:
        lines += ["", "Figures that rows were judged by, over all repetitions:", ""]
        lines += ["| # | figure | least | most |", "| --- | --- | --- | --- |", *figures]
    return "\n".join(lines) + "\n"


@functools.cache
def commit() -> str:
    """The commit of the checkout as the run found it, with `-dirty` when files differ from it.

    `unknown` outside of a checkout.
    """
    outcome = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stdout.strip() or "unknown"
