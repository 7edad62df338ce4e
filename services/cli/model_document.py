"""The parts of README.md that a running stack gives: the champion's figures, and answers of it."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from contracts.models import ModelReleased, TrainingStep
from services.cli.parts import with_part
from shared.battle.bars import judge
from shared.errors import PredictionDexError

FILE: Final = "README.md"
RECORD_FILE: Final = "training.json"
EXAMPLES: Final[tuple[tuple[tuple[str, ...], int], ...]] = (
    (("predict", "pikachu:thunderbolt", "squirtle:water-gun"), 10),
    (("best-move", "pikachu", "squirtle"), 8),
)
"""Commands, and how many lines of each answer are shown."""
Run = Callable[[Sequence[str]], str]


class Kept(msgspec.Struct, frozen=True):
    """What is read of the record that a training keeps beside its model."""

    steps: tuple[TrainingStep, ...] = ()


def read_steps(folder: Path) -> tuple[TrainingStep, ...]:
    """What the training cost by step; empty when it was not kept."""
    try:
        return msgspec.json.decode((folder / RECORD_FILE).read_bytes(), type=Kept).steps
    except (OSError, msgspec.DecodeError):
        return ()


def update(root: Path, release: ModelReleased, steps: Sequence[TrainingStep], run: Run | None = None) -> bool:
    """Write both parts; whether the file has changed. Raises PredictionDexError when a command fails."""
    path = root / FILE
    before = path.read_text("utf-8")
    text = with_part(FILE, before, "model", figures(release, steps, os.cpu_count() or 1))
    text = with_part(FILE, text, "answers", examples(run or run_dex))
    path.write_text(text, "utf-8")
    return text != before


def figures(release: ModelReleased, steps: Sequence[TrainingStep], cores: int) -> str:
    """Every bar with the champion's figure, and what the training cost."""
    metrics = release.metrics
    rows, tested, battles, trees = (
        int(metrics.get(name, 0)) for name in ("train_rows", "rows", "battles_per_row", "trees")
    )
    said = f"Model `{release.version}`: {trees:,} trees on {rows:,} match-ups, {release.size_bytes:,} bytes"
    if steps:
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
