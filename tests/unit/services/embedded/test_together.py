"""Preparing side by side: all run, failures are told, an interrupt ends what was started."""

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from services.embedded.together import run_together
from shared.errors import Misconfigured

LONG = ["sleep", "300"]
Endless = Callable[[], object] | None


@pytest.fixture
def interruptible() -> Iterator[None]:
    # a run in the background of a shell ignores interrupts
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_all_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=10)

    def meet() -> None:
        meeting.wait()

    run_together([meet, meet])


def test_a_failure_is_raised_when_the_others_have_ended() -> None:
    ended = threading.Event()

    def fail() -> None:
        raise Misconfigured("no database")

    def last() -> None:
        time.sleep(0.2)
        ended.set()

    with pytest.raises(Misconfigured, match="no database"):
        run_together([fail, last])
    assert ended.is_set()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("endless", [None, threading.Event().wait], ids=["processes", "a download, too"])
def test_an_interrupt_ends_what_was_started_and_waits_for_nothing(endless: Endless) -> None:
    """It comes while the last task is being started, or a little later."""
    started: list[int] = []

    def start_processes() -> None:
        for _ in range(2):
            with subprocess.Popen(LONG) as process:
                started.append(process.pid)
                if len(started) == 1:
                    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def download() -> None:
        if endless is not None:
            endless()

    with subprocess.Popen(LONG) as other, contextlib.ExitStack() as ending:
        ending.callback(other.kill)
        with pytest.raises(KeyboardInterrupt):
            run_together([start_processes, *[download] * 8])
        assert other.poll() is None, "what ran before is not ours to end"
    assert started
    assert not any(psutil.pid_exists(pid) and psutil.Process(pid).is_running() for pid in started)
