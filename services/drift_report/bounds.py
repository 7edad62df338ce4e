"""What the process that makes a report may take of the machine."""

import os
import resource
import signal
from typing import Final

LOWEST_PRIORITY: Final = 19
MEGABYTE: Final = 1024 * 1024


def step_back() -> None:
    """The lowest priority: whoever answers requests goes first."""
    os.setpriority(os.PRIO_PROCESS, 0, LOWEST_PRIORITY)


def bound_memory(megabytes: int) -> None:
    """The operating system refuses address space beyond this: MemoryError, for this process alone."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = megabytes * MEGABYTE
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def bound_time(seconds: float) -> None:
    """The operating system ends this process after `seconds`, whatever it is busy with."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
