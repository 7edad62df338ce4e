"""How a model was made: parameters, versions, steps. Kept beside it, told in the report and to MLflow."""

import subprocess
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from contracts.models import TrainingStep

FILE_NAME: Final = "training.json"
LIBRARIES: Final = ("xgboost-cpu", "onnxmltools", "onnx", "onnxruntime", "scikit-learn", "numpy", "numba")

Parameter = str | float | int


class TrainingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`commit` is that of the checkout, empty where there is none; `versions` are those of libraries."""

    parameters: dict[str, Parameter] = {}
    versions: dict[str, str] = {}
    commit: str = ""
    steps: tuple[TrainingStep, ...] = ()


def make_record(parameters: Mapping[str, Parameter], steps: tuple[TrainingStep, ...]) -> TrainingRecord:
    """The record of a training of this process."""
    return TrainingRecord(
        parameters=dict(parameters),
        versions={library: version(library) for library in LIBRARIES},
        commit=_commit(Path(__file__).parent),
        steps=steps,
    )


def write(folder: Path, record: TrainingRecord) -> None:
    """Keep it in the folder of the training."""
    (folder / FILE_NAME).write_bytes(msgspec.json.format(msgspec.json.encode(record)))


def read(folder: Path) -> TrainingRecord:
    """What is kept in the folder; an empty record when there is none, or none that can be read."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=TrainingRecord)
    except (OSError, msgspec.DecodeError):
        return TrainingRecord()


def step_lines(steps: Iterable[TrainingStep]) -> list[str]:
    """A table of what each step cost."""
    rows = [f"| {one.name} | {one.seconds:.1f} | {one.peak_memory_mb:,.0f} |" for one in steps]
    return ["| step | seconds | peak memory, MB |", "|---|---|---|", *rows]


def _commit(folder: Path) -> str:
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - whichever git the user has
            cwd=folder, capture_output=True, text=True, timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
