"""The process that makes a report outlives neither who wants it nor its own time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from shared.drift.report_task import ReportTask
from shared.settings import Settings
from tests.support.drift import stored_windows
from tests.support.releases import a_release

pytestmark = pytest.mark.timeout(120)
ROOT = Path(__file__).parents[4]
WANTS_A_REPORT = """
import asyncio
from services.drift.report_worker import run_report
asyncio.run(run_report(None, 600, "tests.support.endless_report_job"))
"""
BUSY = """
from services.drift_report import job
async def busy(*_):
    while True:
        pass
job.make_report = busy
job.main({"battle": None})
"""


def test_it_ends_when_who_wants_the_report_is_killed(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    wanting = subprocess.Popen(
        [sys.executable, "-c", WANTS_A_REPORT], cwd=ROOT, env=os.environ | {"ALIVE": str(alive)}
    )
    try:
        with alive.open() as told:
            assert told.readline() == "begun\n"
            wanting.kill()
            wanting.wait()
            assert told.read() == ""  # its end: the job held the other side
    finally:
        wanting.kill()
        wanting.wait()


def test_it_ends_by_itself_after_the_time_that_a_report_may_take() -> None:
    stored = stored_windows(1)[0]
    task = ReportTask(
        settings=Settings(drift_report_seconds=0.5).model_dump_json(),
        window=stored.window,
        sha256=stored.sha256,
        document={},
        offsets=[],
        release=a_release(family="battle", version="v1"),
        cell_ms=60_000,
    )
    ended = subprocess.run(
        [sys.executable, "-c", BUSY, str(os.getpid())],
        input=msgspec.msgpack.encode(task),
        capture_output=True,
        check=False,
        cwd=ROOT,
        timeout=110,  # what it imports takes long on a busy machine
    )
    assert ended.returncode == -signal.SIGALRM, ended.stderr.decode()
