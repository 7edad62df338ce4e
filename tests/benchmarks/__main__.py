"""Measure the goals against their floors and peers. `./dex bench` runs this from a checkout."""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from aiokafka.errors import KafkaError

from shared.errors import PredictionDexError
from shared.logs import configure_logs
from tests.benchmarks import (
    best_move,
    closing,
    features,
    footprint,
    forest,
    machine,
    replay,
    request_path,
    rest,
    scale,
    storage,
    trees,
)
from tests.benchmarks import simulator as simulator_goal
from tests.benchmarks.goals import GOALS, LATER, Finding
from tests.benchmarks.ground import Ground, without_settings
from tests.benchmarks.measuring import QUIET_LOAD
from tests.benchmarks.plan import FULL, QUICK, Plan
from tests.benchmarks.report import Run, said, write

FAILED: Final = 1
WRONG_USAGE: Final = 2
NOT_JUDGED: Final = 3
ON_A_BROKER: Final = frozenset({"P1", "P2", "P3", "P6", "P8", "P9", "P10", "P14"})
WITH_A_DATABASE: Final = frozenset({"P6", "P8", "P10"})
T = TypeVar("T")
KEPT: Final = Path(".cache") / "benchmarks"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, keep. Exit codes: 0 done, 1 a measurement failed, 2 wrong usage.

    With --strict also 1 for a missed goal, 3 where the machine is too noisy to judge.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--goals", default="", help="P1,P4,…; all by default")
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds, 5 or more to be judged")
    parser.add_argument("--quick", action="store_true", help="small counts: does it work, not how fast")
    parser.add_argument("--scale", action="store_true", help="throughput by partitions and consumers, too")
    parser.add_argument("--model-from", type=Path, help="data directory whose newest release is served")
    parser.add_argument("--json", action="store_true", help="print the results file")
    parser.add_argument("--strict", action="store_true", help="exit code 1 when a goal is missed")
    parser.add_argument(
        "--write-readme", action="store_true", help="put table and figures into README and docs"
    )
    chosen = parser.parse_args(arguments)
    load = machine.load()
    try:
        goals = chosen_goals(chosen.goals)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USAGE
    plan = QUICK if chosen.quick else FULL
    plan = replace(plan, rounds=chosen.rounds) if chosen.rounds else plan
    configure_logs("bench", "CRITICAL", "console")
    # the bodies of `with` must run at the end of a run that is told to stop
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    without_settings()
    begin = time.monotonic()
    findings, scaled = measure(goals, plan, chosen.model_from, with_scale=chosen.scale)
    run = Run(
        machine.describe(),
        "quick" if chosen.quick else "full",
        (load, machine.load()),
        time.monotonic() - begin,
        findings,
        scaled,
    )
    keep(run)
    print(json.dumps(run.as_json(), indent=1) if chosen.json else said(run))
    if chosen.write_readme:
        write(run)
    if any(finding.is_failed for finding in findings):
        return FAILED
    if not chosen.strict:
        return 0
    return NOT_JUDGED if run.is_noisy else int(run.is_missed)


def chosen_goals(text: str) -> list[str]:
    """The goals of a comma-separated list, in table order. Raises ValueError for an unknown one."""
    wanted = {one.strip().upper() for one in text.split(",") if one.strip()} or set(GOALS)
    unknown = wanted - set(GOALS)
    if unknown:
        raise ValueError(f"--goals {', '.join(sorted(unknown))}: choose from {', '.join(GOALS)}.")
    return [goal for goal in GOALS if goal in wanted]


def measure(
    goals: Sequence[str], plan: Plan, model_from: Path | None, *, with_scale: bool
) -> tuple[list[Finding], list[scale.Scaled]]:
    """Each goal once, in the order that starts the fewest processes."""
    found = {goal: Finding(goal, not_measured=LATER[goal]) for goal in goals if goal in LATER}
    scaled: list[scale.Scaled] = []
    if load_is_high():
        print(
            f"noisy: load above {QUIET_LOAD:g} before the start, figures will not be judged", file=sys.stderr
        )
    model = _step("model", lambda: forest.released(model_from) if model_from else forest.grow(forest.QUICK))

    def take(findings: Sequence[Finding]) -> None:
        found.update({finding.id: finding for finding in findings})

    here: dict[str, Callable[[], Sequence[Finding]]] = {
        "P4": lambda: [asyncio.run(trees.measure(model, plan))],
        "P5": lambda: [asyncio.run(features.measure(plan))],
        "P12": lambda: [simulator_goal.measure(plan)],
    }
    for goal, work in here.items():
        if goal in goals:
            take(attempt([goal], work))
    if with_scale or ON_A_BROKER.intersection(goals):
        with _ground(model.onnx) as ground:
            path = [goal for goal in ("P1", "P2", "P3") if goal in goals]
            if path:
                take(attempt(path, lambda: request_path.measure(ground, plan, path)))
            on_ground: dict[str, Callable[[], Sequence[Finding]]] = {
                "P14": lambda: [best_move.measure(ground, plan)],
                "P9": lambda: [rest.measure(ground, plan)],
                "P8": lambda: [storage.measure(ground, plan)],
                "P6": lambda: [replay.measure(ground, plan)],
                "P10": lambda: [footprint.measure(ground, plan, model.onnx)],
            }
            for goal, work in on_ground.items():
                if goal not in goals:
                    continue
                if goal in WITH_A_DATABASE and ground.postgres is None:
                    _step("database", ground.start_database)
                take(attempt([goal], work))
            if with_scale:
                scaled = _step("scale", lambda: scale.measure(ground, plan))
    if "P7" in goals:
        # last: it brings Evidently into this process
        take(attempt(["P7"], lambda: [asyncio.run(closing.measure(model, plan))]))
    return [found[goal] for goal in goals], scaled


def attempt(goals: Sequence[str], work: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    """What `work` finds; goals that could not be measured say why, and cost the others nothing."""
    try:
        return _step(", ".join(goals), work)
    except (PredictionDexError, KafkaError, OSError, TimeoutError, ExceptionGroup, ValueError) as error:
        traceback.print_exc()
        reason = f"the measurement failed: {type(error).__name__}: {str(error).splitlines()[0]}"
        return [Finding(goal, not_measured=reason, is_failed=True) for goal in goals]


def load_is_high() -> bool:
    """Whether others work on this machine."""
    return machine.load() > QUIET_LOAD


def keep(run: Run) -> None:
    """Every run is kept, so that a change can show the figures before and after."""
    from services.embedded.layout import CHECKOUT

    folder = CHECKOUT / KEPT
    folder.mkdir(parents=True, exist_ok=True)
    name = run.machine["date"].replace(":", "").replace("+0000", "")
    (folder / f"{name}-{run.machine['commit']}.json").write_text(json.dumps(run.as_json(), indent=1))


@contextmanager
def _ground(model: bytes) -> Iterator[Ground]:
    with tempfile.TemporaryDirectory(prefix="pdx-bench-") as folder, Ground(Path(folder), model) as ground:
        yield ground


def _step(name: str, work: Callable[[], T]) -> T:
    begin = time.monotonic()
    result = work()
    print(f"  {name:<12} {time.monotonic() - begin:6.1f} s", file=sys.stderr)
    return result


if __name__ == "__main__":
    sys.exit(main())
