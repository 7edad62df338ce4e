"""The parts of README.md that a running stack gives: figures of its models, and answers of the champion."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.models import ModelReleased, TrainingStep
from services.cli.parts import with_part
from shared.battle.bars import judge
from shared.errors import PredictionDexError

FILE: Final = "README.md"
RECORD_FILE: Final = "training.json"
TRAINED_ON: Final = "match_ups_trained_on"
EXAMPLES: Final[tuple[tuple[tuple[str, ...], int], ...]] = (
    (("predict", "pikachu:thunderbolt", "squirtle:water-gun"), 10),
    (("best-move", "pikachu", "squirtle"), 8),
)
"""Commands, and how many lines of each answer are shown."""
Run = Callable[[Sequence[str]], str]


class Kept(msgspec.Struct, frozen=True):
    """What is read of the record that a training keeps beside its model."""

    steps: tuple[TrainingStep, ...] = ()
    parameters: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Told:
    """A release, what its training kept, and by which words it is told of."""

    release: ModelReleased
    kept: Kept
    name: str = "Model"


def models_to_tell(releases: Iterable[ModelReleased], champion: str | None, trainings: Path) -> list[Told]:
    """The champion, then the newest release of fewer match-ups: that of a first start. `trainings`: records.

    Raises PredictionDexError when there is no champion.
    """
    by_version = {release.version: release for release in releases}
    if champion not in by_version:
        raise PredictionDexError("There is no champion to tell of: train one with `./dex train`.")
    best = by_version[champion]
    told = [Told(best, read_kept(trainings / best.version))]
    smaller = [one for one in by_version.values() if _train_rows(one) < _train_rows(best)]
    if smaller:
        first = max(smaller, key=lambda one: one.released_at_ms)
        told.append(Told(first, read_kept(trainings / first.version), "The first start's model"))
    return told


def read_kept(folder: Path) -> Kept:
    """What a training kept of how its model was made; nothing when there is no record."""
    try:
        return msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=Kept)
    except (OSError, msgspec.DecodeError):
        return Kept()


def update(root: Path, told: Sequence[Told], run: Run | None = None) -> bool:
    """Write both parts; whether the file has changed. Raises PredictionDexError when a command fails."""
    path = root / FILE
    before = path.read_text("utf-8")
    cores = os.cpu_count() or 1
    text = with_part(FILE, before, "model", "\n\n".join(figures(one, cores) for one in told))
    text = with_part(FILE, text, "answers", examples(run or run_dex))
    path.write_text(text, "utf-8")
    return text != before


def figures(told: Told, cores: int) -> str:
    """Every bar with the figure of a release, and what the training cost."""
    release, metrics = told.release, told.release.metrics
    tested, battles, trees = (int(metrics.get(name, 0)) for name in ("rows", "battles_per_row", "trees"))
    said = (
        f"{told.name} `{release.version}`: {trees:,} trees on {_trained_on(told)} match-ups,"
        f" {release.size_bytes:,} bytes"
    )
    if told.kept.steps:
        steps = told.kept.steps
        seconds, peak = sum(one.seconds for one in steps), max(one.peak_memory_mb for one in steps)
        said += f",\nmade in {seconds:.0f} s on {cores} cores with {peak:,.0f} MB at the peak"
    lines = [
        f"{said}.",
        f"Judged on {tested:,} held-out duels of {battles:,} battles each, and on as many with Pokémon, or",
        "with moves, that it never saw:",
        "",
        "| bar | model | bound | |",
        "|---|---|---|---|",
    ]
    for one in judge(metrics):
        value = "–" if one.value is None else f"{one.value:.4g}"
        sign = "≥" if one.bar.is_least else "≤"
        # a stroke would end the cell
        words = one.bar.words.replace("|", "\\|")
        lines.append(f"| {words} | {value} | {sign} {one.bound:.4g} | {'met' if one.is_met else 'missed'} |")
    return "\n".join(lines)


def _trained_on(told: Told) -> str:
    """Of duels that are decided beforehand one in five is trained on, and counts for five."""
    rows = _train_rows(told.release)
    used = told.kept.parameters.get(TRAINED_ON)
    return f"{rows:,}" if used is None else f"{used:,} of {rows:,}"


def _train_rows(release: ModelReleased) -> int:
    return int(release.metrics.get("train_rows", 0))


def examples(run: Run) -> str:
    """The commands of `EXAMPLES` with what they answer."""
    shown = []
    for command, most in EXAMPLES:
        lines = [line.rstrip() for line in run(command).rstrip().splitlines()]
        cut = ["…"] if len(lines) > most else []
        shown.append("\n".join([f"$ ./dex {' '.join(command)}", *lines[:most], *cut]))
    return "```console\n" + "\n\n".join(shown) + "\n```"


def run_dex(command: Sequence[str]) -> str:
    """What a command prints to a pipe. Raises PredictionDexError when it fails."""
    done = subprocess.run(  # noqa: S603 - a program of ours, no shell
        [sys.executable, "-m", "services", *command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise PredictionDexError(f"`./dex {' '.join(command)}` ended with {done.returncode}: {done.stderr}")
    return done.stdout
