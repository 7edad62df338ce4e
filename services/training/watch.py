"""What each step of a training costs: seconds, and resident memory of the job and its workers.

Also a sign of life during steps that have nothing to say for long, such as one call of a library.
"""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from contracts.models import TrainingStep

SAMPLE_SECONDS: Final = 0.25
QUIET_SECONDS: Final = 20.0
"""A step that says nothing for so long is said to go on."""
LONGEST_QUIET_SECONDS: Final = 3_600.0
"""After that it counts as hung: nothing is said any more, and who follows gives up."""
MEGABYTE: Final = 1e6

Reporter = Callable[[str, float, str], None]


def memory_of_job(root: Path = Path("/proc")) -> int:
    """Bytes resident in this process and all that it started; where /proc is missing, its own peak."""
    try:
        return _resident(root, os.getpid())
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _resident(root: Path, process: int) -> int:
    folder = root / str(process)
    total = int((folder / "statm").read_text().split()[1]) * resource.getpagesize()
    for children in folder.glob("task/*/children"):
        for child in children.read_text().split():
            try:
                total += _resident(root, int(child))
            except OSError:
                continue  # it ended meanwhile
    return total


@dataclass(slots=True)
class _Cost:
    seconds: float = 0.0
    peak_bytes: int = 0


class Watch:
    """A reporter that passes reports on and keeps what the steps between them cost.

    Open it around the work; it samples on a thread of its own. A step that comes again is added up.
    """

    def __init__(
        self,
        report: Reporter,
        *,
        clock: Callable[[], float] = time.monotonic,
        memory: Callable[[], int] = memory_of_job,
    ) -> None:
        """`report` gets step, fraction of the whole and detail; it is never called twice at once."""
        self._report = report
        self._clock = clock
        self._memory = memory
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._costs: dict[str, _Cost] = {}
        self._last: tuple[str, float, str] = ("", 0.0, "")
        self._counted_at = self._told_at = self._heard_at = clock()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop to sample."""
        self._ended.set()
        self._thread.join()

    def __call__(self, step: str, fraction: float, detail: str = "") -> None:
        """Report; the step lasts until another one is reported."""
        with self._lock:
            self._count()
            self._last = (step, fraction, detail)
            self._heard_at = self._told_at = self._clock()
            self._count()
            self._report(step, fraction, detail)

    def look(self) -> None:
        """Sample once, and say that the step goes on when it was quiet for long."""
        with self._lock:
            self._count()
            now = self._clock()
            step, fraction, detail = self._last
            quiet = now - self._heard_at
            if step and now - self._told_at >= QUIET_SECONDS and quiet < LONGEST_QUIET_SECONDS:
                self._told_at = now
                self._report(step, fraction, f"{detail} ({quiet:.0f} s)".strip())

    @property
    def steps(self) -> tuple[TrainingStep, ...]:
        """Every step so far, in the order of their beginnings."""
        with self._lock:
            self._count()
            return tuple(
                TrainingStep(
                    name=name,
                    seconds=round(cost.seconds, 1),
                    peak_memory_mb=round(cost.peak_bytes / MEGABYTE),
                )
                for name, cost in self._costs.items()
            )

    def _count(self) -> None:
        now, step = self._clock(), self._last[0]
        if step:
            cost = self._costs.setdefault(step, _Cost())
            cost.seconds += now - self._counted_at
            cost.peak_bytes = max(cost.peak_bytes, self._memory())
        self._counted_at = now

    def _run(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            self.look()
