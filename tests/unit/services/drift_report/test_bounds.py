"""A report may not take the machine from those who answer."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
GREEDY = """
import os
from services.drift_report.bounds import bound_memory, step_back
step_back()
bound_memory(512)
try:
    bytearray(1024 * 1024 * 1024)
except MemoryError:
    print("refused at priority", os.nice(0))
"""


def test_more_memory_than_allowed_is_refused_at_the_lowest_priority() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GREEDY], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "refused at priority 19"
