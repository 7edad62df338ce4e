"""What steps cost, and signs of life, with a clock and a memory of the test; and on real processes."""

import subprocess
import sys
from typing import Final

from contracts.models import TrainingStep
from services.training.watch import QUIET_SECONDS, Watch, memory_of_job

MEGABYTE: Final = 1_000_000


class Job:
    def __init__(self) -> None:
        self.now, self.memory = 0.0, 10 * MEGABYTE
        self.told: list[tuple[str, float, str]] = []
        self.watch = Watch(
            lambda *report: self.told.append(report), clock=lambda: self.now, memory=lambda: self.memory
        )

    def pass_time(self, seconds: float, memory_mb: int) -> None:
        self.memory = memory_mb * MEGABYTE
        self.watch.look()
        self.now += seconds


def step(name: str, seconds: float, peak_memory_mb: float) -> TrainingStep:
    return TrainingStep(name=name, seconds=seconds, peak_memory_mb=peak_memory_mb)


def test_each_step_has_its_seconds_and_its_own_peak() -> None:
    job = Job()
    job.watch("play", 0.1)
    job.pass_time(3, memory_mb=500)
    job.pass_time(1, memory_mb=20)
    job.watch("fit", 0.5)
    job.pass_time(2, memory_mb=70)
    job.watch("fit", 0.6, "round 2")
    job.pass_time(2, memory_mb=60)
    job.watch("play", 0.7)
    job.pass_time(1, memory_mb=30)
    assert job.watch.steps == (step("play", 5, 500), step("fit", 4, 70))
    assert job.told == [("play", 0.1, ""), ("fit", 0.5, ""), ("fit", 0.6, "round 2"), ("play", 0.7, "")]


def test_a_quiet_step_is_said_to_go_on_until_it_counts_as_hung() -> None:
    job = Job()
    job.watch("sort", 0.6, "all rows")
    for _ in range(10 * 3600):
        job.pass_time(1, memory_mb=1)
    said = job.told[1:]
    assert said[0] == ("sort", 0.6, f"all rows ({QUIET_SECONDS:.0f} s)")
    assert len(said) == 3600 / QUIET_SECONDS - 1, "who hangs for an hour is not covered up for"


def test_nothing_is_said_before_the_first_step_and_nothing_twice() -> None:
    job = Job()
    job.pass_time(60, memory_mb=1)
    job.watch.look()
    job.watch("fit", 0.5)
    job.watch.look()
    assert [name for name, *_ in job.told] == ["fit"]


def test_a_thread_watches_while_the_job_works() -> None:
    samples = list[int]()

    def memory() -> int:
        samples.append(1)
        return MEGABYTE

    with Watch(lambda *_: None, memory=memory) as watch:
        watch("work", 0.0)
        while len(samples) < 4:
            pass
    assert watch.steps[0].peak_memory_mb == 1


def test_the_memory_of_workers_counts() -> None:
    alone = memory_of_job()
    hold = (
        "held = bytearray(200_000_000); held[::4096] = b'x' * len(held[::4096]); print(flush=True); input()"
    )
    child = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        together = memory_of_job()
        child.communicate(b"\n")
    assert together - alone > 190 * MEGABYTE
