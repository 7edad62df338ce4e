"""Preparing parts side by side, without making who presses Ctrl-C wait for them."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from typing import Final

import psutil

END_SECONDS: Final = 1.0
POLL_SECONDS: Final = 0.05


def run_together(tasks: Iterable[Callable[[], None]]) -> None:
    """Run all at once; when all have ended, raise what the first of them raised, if one did.

    A KeyboardInterrupt kills the processes that they have started: making a database takes seconds, and
    a download has no process that could be ended, so it is left behind in its daemon thread.
    """
    runs: list[Future[None]] = []
    others = _children()
    try:
        for task in tasks:
            runs.append(Future())
            _start(task, runs[-1])
        wait(runs)
    except KeyboardInterrupt:
        _end_children(runs, others)
        raise
    for run in runs:
        run.result()


def _start(task: Callable[[], None], run: Future[None]) -> None:
    def work() -> None:
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised again by `result`
            run.set_exception(error)
        else:
            run.set_result(None)

    threading.Thread(target=work, daemon=True).start()


def _end_children(runs: list[Future[None]], others: frozenset[psutil.Process]) -> None:
    # a task may start its next process when one has ended
    deadline = time.monotonic() + END_SECONDS
    while wait(runs, timeout=POLL_SECONDS).not_done and time.monotonic() < deadline:
        for child in _children() - others:
            with contextlib.suppress(psutil.Error):
                child.kill()


def _children() -> frozenset[psutil.Process]:
    return frozenset(psutil.Process().children(recursive=True))
