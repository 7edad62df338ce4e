"""A process that makes a drift report and is never done; holds the FIFO of `ALIVE` open while it lives."""

import os
import time
from collections.abc import Mapping

from services.drift_report import job
from shared.drift.report_task import Outcome
from shared.families import Family


def endless(content: bytes, known: Mapping[str, Family]) -> Outcome:
    """Says that it has begun."""
    with open(os.environ["ALIVE"], "w") as alive:
        alive.write("begun\n")
        alive.flush()
        time.sleep(600)
    raise AssertionError("nobody ended it")


if __name__ == "__main__":
    job.run = endless
    job.main({})
