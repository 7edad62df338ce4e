"""In which order goals are measured, and that one that fails costs the others nothing."""

import asyncio
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Final, Protocol

from tests.benchmarks import (
    best_move,
    closing,
    dataset,
    features,
    footprint,
    forest,
    overload,
    profiling,
    replay,
    request_path,
    rest,
    scale,
    storage,
    trees,
)
from tests.benchmarks import simulator as simulator_goal
from tests.benchmarks.goals import SCALE, Finding
from tests.benchmarks.ground import Ground
from tests.benchmarks.plan import Plan
from tests.benchmarks.scale import Scale

ON_THE_PATH: Final = ("P1", "P2", "P3")
ON_A_BROKER: Final = frozenset({*ON_THE_PATH, "P6", "P8", "P9", "P10", "P11", "P13", "P14"})
WITH_A_DATABASE: Final = frozenset({"P6", "P8", "P10"})
LONGEST_SECONDS: Final = 1_200.0
"""After that a measurement hangs."""


class Take(Protocol):
    """Is told what was found as soon as it was, and which model was served."""

    def __call__(self, found: Finding | Scale, model: str) -> None: ...


Tell = Callable[[Sequence[Finding | Scale]], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Goals in the order of the table, and whether the grid of partitions and consumers is measured."""

    goals: Sequence[str]
    with_scale: bool = False

    def of(self, some: Sequence[str] | frozenset[str]) -> list[str]:
        """Those of `some` that are wanted, in order."""
        return [goal for goal in self.goals if goal in some]


class TookTooLong(TimeoutError):
    """Ends a measurement wherever it is."""


def measure(wanted: Wanted, plan: Plan, model_from: Path | None, data: Path, take: Take) -> None:
    """Each goal once, in the order that starts the fewest processes.

    The model: the newest release of `model_from`, else of `data`, else that of a first start, trained here.
    """
    for goal, work in {
        "P5": lambda: [asyncio.run(features.measure(plan))],
        "P12": lambda: [simulator_goal.measure(plan)],
    }.items():
        if goal in wanted.goals:
            _tell(take, "", attempt([goal], work))
    rest_of: list[str] = [goal for goal in wanted.goals if goal not in ("P5", "P12")]
    rest_of += [SCALE] if wanted.with_scale else []
    if not rest_of:
        return
    models: list[forest.Forest] = []

    def find() -> Sequence[Finding]:
        models.append(forest.serving(model_from, data, quick=plan.is_quick))
        return []

    _tell(take, "", attempt(rest_of, find, name="model"))
    if not models:
        return
    (model,) = models
    if "P4" in wanted.goals:
        _tell(take, model.origin, attempt(["P4"], lambda: [asyncio.run(trees.measure(model, plan))]))
    _on_a_broker(wanted, plan, model, take)
    if "P7" in wanted.goals:
        # last: it brings Evidently into this process
        _tell(take, model.origin, attempt(["P7"], lambda: [asyncio.run(closing.measure(model, plan))]))


def profile(plan: Plan, model_from: Path | None, data: Path) -> str:
    """Where the time of the request path goes, as Markdown."""
    model = forest.serving(model_from, data, quick=plan.is_quick)
    with _ground(model) as ground:
        return f"Model served: {model.origin}.\n\n{profiling.profile(ground, plan)}"


def _on_a_broker(wanted: Wanted, plan: Plan, model: forest.Forest, take: Take) -> None:
    goals = wanted.of(ON_A_BROKER)
    if not goals and not wanted.with_scale:
        return
    done: set[str] = set()

    def tell(findings: Sequence[Finding | Scale]) -> None:
        done.update(one.id for one in findings)
        _tell(take, model.origin, findings)

    def all_of_them() -> Sequence[Finding]:
        with _ground(model) as ground:
            _on(ground, wanted, plan, model, tell)
        return []

    # the broker itself may not come up, or not end
    all_goals = [*goals, *([SCALE] if wanted.with_scale else [])]
    failed = attempt(all_goals, all_of_them, name="broker", longest=None)
    tell([one for one in failed if one.id not in done])


@contextmanager
def _ground(model: forest.Forest) -> Iterator[Ground]:
    with (
        tempfile.TemporaryDirectory(prefix="pdx-bench-") as folder,
        Ground(Path(folder), model.onnx) as ground,
    ):
        yield ground


def _on(ground: Ground, wanted: Wanted, plan: Plan, model: forest.Forest, tell: Tell) -> None:
    path = wanted.of(ON_THE_PATH)
    if path:
        tell(attempt(path, lambda: request_path.measure(ground, plan, path)))
    if wanted.with_scale:
        grids: list[Scale] = []

        def fill() -> Sequence[Finding]:
            grids.append(scale.measure(ground, plan))
            return []

        tell([*attempt([SCALE], fill), *grids])
    works: dict[str, Callable[[], Finding]] = {
        "P14": lambda: best_move.measure(ground, plan),
        "P9": lambda: rest.measure(ground, plan),
        "P11": lambda: overload.measure(ground, plan),
        "P8": lambda: storage.measure(ground, plan),
        "P6": lambda: replay.measure(ground, plan),
        "P10": lambda: footprint.measure(ground, plan, model.onnx),
        "P13": lambda: dataset.measure(ground, plan),
    }
    for goal, work in works.items():
        if goal in wanted.goals:
            tell(attempt([goal], partial(_with_database, ground, goal, work)))


def _with_database(ground: Ground, goal: str, work: Callable[[], Finding]) -> Sequence[Finding]:
    if goal in WITH_A_DATABASE and ground.postgres is None:
        ground.start_database()
    return [work()]


def attempt(
    goals: Sequence[str],
    work: Callable[[], Sequence[Finding]],
    *,
    name: str = "",
    longest: float | None = LONGEST_SECONDS,
) -> Sequence[Finding]:
    """What `work` finds; goals that could not be measured say why, and cost the others nothing.

    After `longest` seconds, if any, it is ended.
    """
    begin = time.monotonic()
    try:
        with _limited(longest):
            return work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        traceback.print_exc()
        words = (str(error).splitlines() or [""])[0]
        reason = f"{type(error).__name__}: {words}" if words else type(error).__name__
        return [Finding(goal, not_measured=reason, is_failed=True) for goal in goals]
    finally:
        print(f"  {name or ', '.join(goals):<12} {time.monotonic() - begin:6.1f} s", file=sys.stderr)


@contextmanager
def _limited(seconds: float | None) -> Iterator[None]:
    """Raises TookTooLong in what is done meanwhile.

    As Ctrl-C, which `asyncio.run` turns into a cancellation: an exception that a signal raises in an event
    loop may cost it a step of a task, for which it then waits without end.
    """
    if seconds is None:
        yield
        return
    is_late = False

    def end(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_late
        is_late = True
        signal.raise_signal(signal.SIGINT)

    # what a shell starts in the background ignores it
    interrupts = signal.signal(signal.SIGINT, signal.default_int_handler)
    before = signal.signal(signal.SIGALRM, end)
    timer = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    except KeyboardInterrupt:
        if not is_late:
            raise
        raise TookTooLong(f"not done within {seconds:g} s") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.signal(signal.SIGINT, interrupts)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def _tell(take: Take, model: str, findings: Sequence[Finding | Scale]) -> None:
    for one in findings:
        take(one, model)
