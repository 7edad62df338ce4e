"""The first start trains a model: asked for on the bus, followed on the bus."""

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import Any, Final

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from contracts.channels import TRAINING_COMPLETED, TRAINING_PROGRESSED, TRAINING_REQUESTED, Channel
from contracts.models import TrainingCompleted, TrainingProgressed, TrainingRequested
from services.cli.console import Steps, is_terminal, output
from services.embedded.processes import PartFailed
from shared.bus import create_producer, publish
from shared.compacted import CompactedReader
from shared.families import families
from shared.model_reader import ModelReader
from shared.settings import Settings

FAMILY: Final = "battle"
READ_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 240.0
"""Longest time without a word from training."""
POLL_SECONDS: Final = 0.2
PLAIN_STEP: Final = 0.1


async def ensure_first_model(settings: Settings, steps: Steps, check: Callable[[], None]) -> None:
    """Return at once when the family has a champion; else have one trained and wait for it.

    `check` is called again and again and may raise to end the wait. Raises PartFailed.
    """
    if await has_champion(settings):
        return
    begin = time.monotonic()
    completed = await train(
        settings, TrainingRequested(family=FAMILY, trigger="first-start", size="first"), check
    )
    if completed.outcome == "failed":
        raise PartFailed(
            f"The first model could not be trained: {completed.message}\nSee `./dex logs training`."
        )
    steps.done("first model", time.monotonic() - begin, completed.version or "")


async def has_champion(settings: Settings) -> bool:
    """Whether the battle family has a champion that this build can serve."""
    reader = ModelReader(settings)
    await reader.start()
    try:
        await reader.wait_caught_up(READ_SECONDS)
        champion = reader.champion(FAMILY)
        return champion is not None and champion.feature_set in families()[FAMILY].feature_sets
    finally:
        await reader.stop()


async def train(
    settings: Settings, request: TrainingRequested, check: Callable[[], None]
) -> TrainingCompleted:
    """Ask for a training and show its progress until it is completed.

    Raises PartFailed when training falls silent.
    """
    training_id = f"{request.trigger}-{secrets.token_hex(6)}"
    follower = _Follower(training_id)
    reader = CompactedReader(
        settings, (TRAINING_PROGRESSED, TRAINING_COMPLETED), follower.take, on_caught_up=lambda: None
    )
    producer = create_producer(settings)
    await reader.start()
    try:
        await producer.start()
        try:
            await publish(producer, TRAINING_REQUESTED, request, key=training_id)
        finally:
            await producer.stop()
        with _display() as show:
            while follower.completed is None:
                check()
                if time.monotonic() - follower.heard_at > SILENCE_SECONDS:
                    raise PartFailed(
                        f"training said nothing for {SILENCE_SECONDS:g} s: see `./dex logs training`"
                    )
                show(follower.progressed)
                await asyncio.sleep(POLL_SECONDS)
        return follower.completed
    finally:
        await reader.stop()


class _Follower:
    def __init__(self, training_id: str) -> None:
        self._training_id = training_id
        self.progressed: TrainingProgressed | None = None
        self.completed: TrainingCompleted | None = None
        self.heard_at = time.monotonic()

    def take(self, _: Channel, key: str, message: Any) -> None:
        # another training may stand before ours in the queue: its progress is shown meanwhile
        self.heard_at = time.monotonic()
        if isinstance(message, TrainingProgressed):
            self.progressed = message
        elif isinstance(message, TrainingCompleted) and key == self._training_id:
            self.completed = message


def _display() -> "_Bar | _Lines":
    return _Bar() if is_terminal() else _Lines()


class _Bar:
    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("  training    "),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}"),
            console=output(),
            transient=True,
        )
        self._task = self._progress.add_task("waiting for the training service", total=1.0)

    def __enter__(self) -> Callable[[TrainingProgressed | None], None]:
        self._progress.start()
        return self._show

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _show(self, progressed: TrainingProgressed | None) -> None:
        if progressed is not None:
            text = f"{progressed.step} {progressed.detail}".strip()
            self._progress.update(self._task, completed=progressed.fraction, description=text)


class _Lines:
    """For logs and pipes: a line at each new step and each tenth."""

    def __init__(self) -> None:
        self._console = output()
        self._last: tuple[str, int] = ("", -1)

    def __enter__(self) -> Callable[[TrainingProgressed | None], None]:
        return self._show

    def __exit__(self, *_: object) -> None:
        return None

    def _show(self, progressed: TrainingProgressed | None) -> None:
        if progressed is None:
            return
        state = (progressed.step, int(progressed.fraction / PLAIN_STEP))
        if state != self._last:
            self._last = state
            text = f"  training     {progressed.fraction:6.0%}  {progressed.step} {progressed.detail}"
            self._console.print(text.rstrip(), markup=False)
