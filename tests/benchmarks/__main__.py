"""Measure the goals against their floors and peers. `./dex bench` runs this from a checkout."""

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.embedded.layout import CHECKOUT, default_data_directory
from shared.errors import Misconfigured
from shared.logs import configure_logs
from tests.benchmarks import machine
from tests.benchmarks.goals import GOALS, Finding
from tests.benchmarks.ground import without_settings
from tests.benchmarks.plan import FULL, QUICK, Plan
from tests.benchmarks.report import said, summary, write
from tests.benchmarks.results import LEAST_ROUNDS, Circumstances, Result, Results, circumstances, served
from tests.benchmarks.scale import Scale
from tests.benchmarks.sequence import Wanted, measure, profile

FAILED: Final = 1
WRONG_USAGE: Final = 2
NOT_JUDGED: Final = 3
KEPT: Final = Path(".cache") / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep. Exit codes: 0 done, 1 a measurement failed, 2 wrong usage, 3 not judged.

    3: --write-readme on a run that is not judged, which is refused before anything is measured; with
    --strict also a goal that is not judged or not wholly measured. With --strict 1 stands for a missed
    goal too.
    """
    chosen = _parser().parse_args(arguments)
    try:
        wanted = _wanted(chosen)
        results = Results.read(chosen.kept) if chosen.kept else None
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USAGE
    if results is None:
        plan = QUICK if chosen.quick else FULL
        plan = replace(plan, rounds=chosen.rounds) if chosen.rounds else plan
        name = "quick" if chosen.quick else "full"
        under = circumstances(machine.describe(), plan=name, rounds=plan.rounds, load=machine.load())
        if chosen.profile:
            return _profile(plan, under, chosen.model_from)
        if under.unjudged:
            print(f"nothing will be judged: {under.unjudged}", file=sys.stderr)
            if chosen.write_readme:
                return NOT_JUDGED
        results = _run(wanted, plan, under, chosen.model_from)
    _print(results, as_json=chosen.json)
    if chosen.write_readme:
        try:
            write(results)
        except Misconfigured as error:
            print(f"error: {error}", file=sys.stderr)
            return NOT_JUDGED
    return exit_code(results, strict=chosen.strict)


def exit_code(results: Results, *, strict: bool) -> int:
    """See `main`."""
    if any(found.is_failed for found, _ in results.goals):
        return FAILED
    if not strict:
        return 0
    met = [one.met for one in results if isinstance(one.found, Finding)]
    if False in met:
        return FAILED
    return NOT_JUDGED if None in met else 0


def chosen_goals(text: str) -> list[str]:
    """The goals of a comma-separated list, in table order. Raises ValueError for an unknown one."""
    wanted = {one.strip().upper() for one in text.split(",") if one.strip()} or set(GOALS)
    unknown = wanted - set(GOALS)
    if unknown:
        raise ValueError(f"--goals {', '.join(sorted(unknown))}: choose from {', '.join(GOALS)}.")
    return [goal for goal in GOALS if goal in wanted]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--goals", default="", help="P1,P4,…; all by default")
    parser.add_argument(
        "--rounds", type=int, default=0, help=f"interleaved rounds; below {LEAST_ROUNDS} nothing is judged"
    )
    parser.add_argument("--quick", action="store_true", help="small counts: does it work, not how fast")
    parser.add_argument(
        "--scale", action="store_true", help="throughput by partitions and consumers, also with --goals"
    )
    parser.add_argument(
        "--profile", action="store_true", help="measure no goal: where the CPU time of a request goes"
    )
    parser.add_argument("--model-from", type=Path, help="data directory whose newest release is served")
    parser.add_argument("--kept", type=Path, help="do not measure: take a file of .cache/benchmarks")
    parser.add_argument("--json", action="store_true", help="print one object a goal")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a goal is missed")
    parser.add_argument(
        "--write-readme", action="store_true", help="put what was judged into README and docs"
    )
    return parser


def _wanted(chosen: argparse.Namespace) -> Wanted:
    goals = chosen_goals(chosen.goals)
    if chosen.kept and not chosen.kept.exists():
        raise ValueError(f"--kept {chosen.kept}: there is no such file.")
    return Wanted(goals, with_scale=chosen.scale or (not chosen.goals and not chosen.quick))


def _prepare() -> Path:
    """Forget other stacks; the data directory that this checkout's own stack has."""
    data = default_data_directory()
    configure_logs("bench", "CRITICAL", "console")
    # the bodies of `with` must run at the end of a run that is told to stop
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    without_settings()
    return data


def _profile(plan: Plan, under: Circumstances, model_from: Path | None) -> int:
    text = f"{under.words}\n\n{profile(plan, model_from, _prepare())}\n"
    file = kept_file(under).with_suffix(".md")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    print(text)
    print(f"kept: {file}", file=sys.stderr)
    return 0


def _run(wanted: Wanted, plan: Plan, under: Circumstances, model_from: Path | None) -> Results:
    data = _prepare()
    results, file = Results(), kept_file(under)

    def take(found: Finding | Scale, model: str) -> None:
        results.add(Result(found, served(under, model)))
        # what was measured is there, whatever becomes of the rest
        results.write(file)
        print(summary(Result(found, under)), file=sys.stderr)

    measure(wanted, plan, model_from, data, take)
    print(f"kept: {file}", file=sys.stderr)
    return results


def kept_file(under: Circumstances) -> Path:
    """Every run is kept, so that a change can show the figures before and after."""
    name = under.date.replace(":", "").replace("+0000", "")
    return CHECKOUT / KEPT / f"{name}-{under.commit}.json"


def _print(results: Results, *, as_json: bool) -> None:
    if not as_json:
        print(said(results))
        return
    for one in results:
        print(json.dumps(one.as_json()))


if __name__ == "__main__":
    sys.exit(main())
