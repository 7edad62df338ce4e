"""The training job runs in a process of its own: hours of work and heavy imports never reach the bus."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec

from services.training.reports import Built, Failed, Job, Progressed, Report, Trained
from shared.logs import get_logger

TERMINATE_SECONDS: Final = 5.0
_LOG_LINES: Final = 30
_LINE_BYTES: Final = 1_048_576
_log = get_logger(__name__)

OnProgress = Callable[[Progressed], Awaitable[None]]


class TrainingFailed(Exception):
    """The job ended without a model."""


async def run_in_worker(
    job: Job, on_progress: OnProgress, module: str = "services.training.job"
) -> Trained | Built:
    """Run the job to its end. Raises TrainingFailed with its reason; a cancellation ends the process.

    `on_progress` is awaited for each report of progress, in order.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
        start_new_session=True,  # the job has workers of its own, which must end with it
    )
    assert process.stdout is not None
    assert process.stderr is not None
    ending = asyncio.create_task(_end_workers(process), name="training workers")
    try:
        _, outcome, last_words = await asyncio.gather(
            _hand_over(process, job), _follow(process.stdout, on_progress), _last_lines(process.stderr)
        )
        await ending
    finally:
        await _end(process)
        await asyncio.gather(ending, return_exceptions=True)
    code = process.returncode
    if isinstance(outcome, Trained | Built):
        return outcome
    if isinstance(outcome, Failed):
        raise TrainingFailed(outcome.reason)
    words = last_words[-1] if last_words else "it said nothing"
    raise TrainingFailed(f"the training job ended with code {code}: {words}")


async def _hand_over(process: asyncio.subprocess.Process, job: Job) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(msgspec.msgpack.encode(job))
        await process.stdin.drain()
        process.stdin.close()
        await process.stdin.wait_closed()
    except (BrokenPipeError, ConnectionResetError):
        _log.warning("the training job ended before it read its task")


async def _follow(stdout: asyncio.StreamReader, on_progress: OnProgress) -> Trained | Built | Failed | None:
    outcome: Trained | Built | Failed | None = None
    async for line in stdout:
        report: Report = msgspec.json.decode(line, type=Report)
        if isinstance(report, Progressed):
            await on_progress(report)
        else:
            outcome = report
    return outcome


async def _last_lines(stderr: asyncio.StreamReader) -> list[str]:
    lines: deque[str] = deque(maxlen=_LOG_LINES)
    async for line in stderr:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            lines.append(text)
            _log.info("training job", said=text)
    return list(lines)


async def _end_workers(process: asyncio.subprocess.Process) -> None:
    """Workers of a job that was killed hold its pipes open: they end with it, so that reading does."""
    await process.wait()
    _signal_group(process.pid, signal.SIGKILL)


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the job and its workers, politely first."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(TERMINATE_SECONDS):
            await process.wait()
    except TimeoutError:
        _log.warning("the training job did not end when told to", pid=process.pid)
    _signal_group(process.pid, signal.SIGKILL)
    await process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
