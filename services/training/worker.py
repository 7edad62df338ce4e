"""The training job runs in a process of its own: hours of work and heavy imports never reach the bus.

Contract of the job, `python -m services.training.job FAMILY SEED FOLDER`: it finds
`FOLDER/pokedex.json`, prints one JSON `Progress` a line, and leaves `FOLDER/model.onnx` and
`FOLDER/result.json`. When it fails, the last line of its stderr says why.
"""

import asyncio
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from contracts.models import Calibration
from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from shared.logs import get_logger

POKEDEX_FILE: Final = "pokedex.json"
MODEL_FILE: Final = "model.onnx"
RESULT_FILE: Final = "result.json"
TERMINATE_SECONDS: Final = 5.0
_LOG_LINES: Final = 30
_log = get_logger(__name__)


class PokedexFile(msgspec.Struct, frozen=True):
    """The Pokédex that is trained on."""

    pokemon: tuple[PokemonRecord, ...]
    moves: tuple[MoveRecord, ...]
    types: tuple[TypeRecord, ...]


class Progress(msgspec.Struct, frozen=True):
    """How far the job is, 0 to 1."""

    step: str
    fraction: float
    detail: str = ""


class TrainingResult(msgspec.Struct, frozen=True):
    """What the job says of the model that it leaves."""

    feature_set: str
    feature_names: tuple[str, ...]
    calibration: Calibration
    metrics: dict[str, float]
    parameters: dict[str, float | int | str]
    dataset_hash: str
    dataset_rows: int


class TrainingFailed(Exception):
    """The job ended without a model."""


async def run_job(
    family: str, seed: int, folder: Path, on_progress: Callable[[Progress], Awaitable[None]]
) -> TrainingResult:
    """Run the job to its end. Raises TrainingFailed with its last words; a cancellation ends it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.training.job",
        family,
        str(seed),
        str(folder),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        _, last_words = await asyncio.gather(
            _follow(process.stdout, on_progress), _last_lines(process.stderr)
        )
        code = await process.wait()
    finally:
        await _end(process)
    if code != 0:
        raise TrainingFailed(last_words[-1] if last_words else f"the training job ended with code {code}")
    try:
        return msgspec.json.decode((folder / RESULT_FILE).read_bytes(), type=TrainingResult)
    except (OSError, msgspec.DecodeError) as error:
        raise TrainingFailed(f"the training job left no result: {error}") from error


async def _follow(stdout: asyncio.StreamReader, on_progress: Callable[[Progress], Awaitable[None]]) -> None:
    async for line in stdout:
        try:
            progress = msgspec.json.decode(line, type=Progress)
        except msgspec.DecodeError:
            _log.info("training job", said=line.decode("utf-8", "replace").rstrip())
            continue
        await on_progress(progress)


async def _last_lines(stderr: asyncio.StreamReader) -> list[str]:
    lines: deque[str] = deque(maxlen=_LOG_LINES)
    async for line in stderr:
        text = line.decode("utf-8", "replace").rstrip()
        if text:
            lines.append(text)
            _log.info("training job", said=text)
    return list(lines)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(TERMINATE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
