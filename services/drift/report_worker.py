"""Starts the process that makes a report, and waits for it without holding anything up."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Final

import msgspec

from shared.drift.report_task import Outcome, ReportFailed, ReportTask
from shared.logs import get_logger

JOB: Final = "services.drift_report.job"
_ENVIRONMENT: Final = {
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ARROW_NUM_THREADS"), "1"),
    "DO_NOT_TRACK": "1",  # Evidently counts its users over the network unless told not to
}
_log = get_logger(__name__)


async def run_report(task: ReportTask, timeout_s: float, job: str = JOB) -> Outcome:
    """What came of it; the process is gone afterwards, also after a cancellation."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        job,
        str(os.getpid()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | _ENVIRONMENT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout_s):
            answer, said = await process.communicate(msgspec.msgpack.encode(task))
    except TimeoutError:
        return ReportFailed(
            reason=f"not made within the {timeout_s:g} s of PDX_DRIFT_REPORT_SECONDS: raise it, or lower "
            "PDX_DRIFT_REPORT_ROWS"
        )
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    try:
        outcome: Outcome = msgspec.json.decode(answer, type=Outcome)
    except msgspec.DecodeError:
        last = said.decode("utf-8", "replace").strip().splitlines()[-20:]
        _log.warning("the report process ended without an answer", code=process.returncode, said=last)
        words = last[-1] if last else "it said nothing"
        return ReportFailed(
            reason=f"its process ended with code {process.returncode}: {words}", may_succeed=True
        )
    return outcome
