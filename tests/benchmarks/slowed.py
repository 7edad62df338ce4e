"""A worker service of a set capacity: `python -m tests.benchmarks.slowed feature`.

The environment variable `BENCH_CAPACITY` says how many records a second it can do at most, so that ten
times as many can be offered by one process.
"""

import os
import sys
from importlib import import_module

from shared.service import run
from tests.support.kill_points import Inside, put_inside

CAPACITY = "BENCH_CAPACITY"

if __name__ == "__main__":
    put_inside(Inside(capacity=float(os.environ[CAPACITY])))
    run(sys.argv[1], import_module(f"services.{sys.argv[1]}.app").create_app)
