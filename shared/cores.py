"""How many cores this process may use."""

import os


def usable_cores() -> int:
    """Those that it may run on; all of the machine where the system does not say which (macOS)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
