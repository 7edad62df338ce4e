"""Break the running system, row by row, and judge it by a ledger.

Exit codes: 0 done, 1 a row is not met or the documents could not be written, 2 wrong usage.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

import msgspec

from tests.faults.report import DOCUMENT, README, write
from tests.faults.results import DEFAULT_OUT, REAL_FORM, Result, Results, Summary, commit, summarise
from tests.faults.running import Row, repeat
from tests.faults.scene import REAL, SHORT, Scene
from tests.faults.table import ROWS, UnknownRow, chosen
from tests.support.planted_defects import DEFECTS


def main() -> int:
    """Run, print, append, and write where asked."""
    options = _options()
    try:
        rows = chosen(options.rows)
    except UnknownRow as error:
        print(error, file=sys.stderr)
        return 2
    if options.write_docs and (options.short or options.plant):
        print(
            "error: --write-docs publishes what holds at length: give it without --short and --plant.",
            file=sys.stderr,
        )
        return 2
    # that a broker is away is what the rows are about
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    form = "short" if options.short else REAL_FORM
    # what was run on a planted defect is no result of ours
    results = Results(options.out if not options.plant else Path(tempfile.mkdtemp()) / "planted.jsonl")
    todo = [
        (row, repetition)
        for row in rows
        for repetition in range(options.repetitions or (1 if options.short else row.repetitions))
        if not results.has(row, repetition, options.seed, form)
    ]
    if todo:
        _run_all(todo, results, options.seed, form, options.plant)
    summaries = summarise(rows, results.of(form))
    _print(summaries, as_json=options.json)
    is_written = not options.write_docs or _write(results)
    return 0 if is_written and all(one.met is not False for one in summaries) else 1


def _write(results: Results) -> bool:
    lacking = write(ROWS, results.of(REAL_FORM))
    if lacking:
        print(f"{DOCUMENT} and {README} are as they were. Missing at {commit()}:", file=sys.stderr)
        print(*lacking, sep="\n", file=sys.stderr)
    return not lacking


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rows", default="", help="numbers of rows, with commas; default all")
    parser.add_argument("--repetitions", type=int, default=0, help="default 20 for swept, 3 for fixed rows")
    parser.add_argument("--seed", type=int, default=1, help="of the instants and the battles")
    parser.add_argument("--json", action="store_true", help="print one object a row")
    parser.add_argument("--short", action="store_true", help="seconds instead of the real durations")
    parser.add_argument("--out", type=Path, default=DEFAULT_OUT, help="results file; it is appended to")
    parser.add_argument(
        "--write-docs", action="store_true", help=f"write {DOCUMENT} and {README}, once nothing is missing"
    )
    parser.add_argument("--plant", choices=sorted(DEFECTS), default="", help="a defect to be noticed")
    return parser.parse_args()


def _run_all(todo: list[tuple[Row, int]], results: Results, seed: int, form: str, planted: str) -> None:
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        scene = Scene(Path(folder), SHORT if form == "short" else REAL, planted)
        try:
            scene.start()
            for row, repetition in todo:
                result = _run_one(row, repetition, scene, seed, form)
                results.add(result)
                _say(row, result)
        finally:
            scene.stop()


def _run_one(row: Row, repetition: int, scene: Scene, seed: int, form: str) -> Result:
    about: dict[str, Any] = {
        "id": row.number,
        "repetition": repetition,
        "seed": seed,
        "form": form,
        "commit": commit(),
    }
    if lacking := row.needs():
        return Result(**about, not_run=lacking)
    own_seed = seed * 1_000_003 + row.number * 1_009 + repetition
    began = time.monotonic()
    try:
        verdict = asyncio.run(
            repeat(
                row, scene, scene.directory, seed=own_seed, repetition=repetition, is_short=form == "short"
            )
        )
    except Exception as error:  # noqa: BLE001 - a row that broke is not met, and the others go on
        wrong = (_in_a_line(error), traceback.format_exc())
        return Result(**about, seconds=time.monotonic() - began, wrong=wrong)
    return Result(
        **about,
        requests=verdict.requests,
        lost=verdict.lost,
        duplicated=verdict.duplicated,
        redelivered=verdict.redelivered,
        recovery_s=verdict.recovery_s,
        seconds=time.monotonic() - began,
        met=verdict.holds,
        wrong=tuple(verdict.wrong),
        measured=verdict.measured,
    )


def _in_a_line(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _say(row: Row, result: Result) -> None:
    state = f"not run: {result.not_run}" if result.not_run else "ok" if result.met else "NOT MET"
    print(
        f"row {row.number} ({result.repetition}): {state}, {result.requests} requests, {result.lost} lost, "
        f"{result.duplicated} duplicated, {result.redelivered} redelivered, "
        f"well after {result.recovery_s:.1f} s; {result.seconds:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    for what, value in result.measured.items():
        print(f"  {what}: {value:g}", file=sys.stderr, flush=True)
    for line in result.wrong:
        print(f"  {line}", file=sys.stderr, flush=True)


def _print(summaries: list[Summary], *, as_json: bool) -> None:
    for one in summaries:
        if as_json:
            print(msgspec.json.encode(one).decode())
        else:
            met = {True: "met", False: "NOT MET", None: f"not run: {one.not_run}"}[one.met]
            print(
                f"row {one.id}: {one.repetitions} repetitions, {one.requests} requests, {one.lost} lost, "
                f"{one.duplicated} duplicated, worst recovery {one.worst_recovery_s:g} s: {met}"
            )


if __name__ == "__main__":
    sys.exit(main())
