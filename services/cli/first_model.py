"""The first start trains a model: asked for on the bus, followed on the bus."""

import re
import secrets
import time
from collections.abc import Callable
from typing import Final

from contracts.channels import TRAINING_COMPLETED, TRAINING_PROGRESSED, TRAINING_REQUESTED
from contracts.models import TrainingCompleted, TrainingProgressed, TrainingRequested
from services.cli.bus_watch import AWAY_SECONDS
from services.cli.console import Steps
from services.cli.following import Seen, Work, ask_and_follow, progress_display
from services.embedded.processes import PartFailed
from shared.families import families
from shared.model_reader import ModelReader
from shared.settings import Settings

FAMILY: Final = "battle"
READ_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 240.0
"""Longest time without a word from training."""
RESTART_SECONDS: Final = 60.0
"""A start waits longer for a broker that fell: it is started again, on a machine that is busy."""

_TRIAL: Final = re.compile(r"trial \d+ of \d+")


async def ensure_first_model(settings: Settings, steps: Steps, check: Callable[[], None]) -> None:
    """Return at once when the family has a champion; else have one trained and wait for it.

    `check` is called again and again and may raise to end the wait. Raises PartFailed.
    """
    if await has_champion(settings):
        return
    begin = time.monotonic()
    completed = await train(
        settings,
        TrainingRequested(family=FAMILY, trigger="first-start", size="first"),
        check,
        away_s=RESTART_SECONDS,
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
    settings: Settings,
    request: TrainingRequested,
    check: Callable[[], None] = lambda: None,
    on_asked: Callable[[str], None] = lambda _: None,
    away_s: float = AWAY_SECONDS,
) -> TrainingCompleted:
    """Ask for a training and show its progress until it is completed; `on_asked` is told its id.

    Raises SilentService when training falls silent, and NotRunning when the bus goes away.
    """
    key = f"{request.trigger}-{secrets.token_hex(6)}"
    completed = await ask_and_follow(
        settings,
        TRAINING,
        request,
        key,
        show=progress_display(),
        check=check,
        on_asked=lambda: on_asked(key),
        away_s=away_s,
    )
    assert isinstance(completed, TrainingCompleted)
    return completed


def seen_training(progressed: TrainingProgressed) -> Seen:
    """A trial of a search is a part of its own: the rounds within it are not."""
    trial = _TRIAL.match(progressed.detail)
    return Seen(progressed.step, progressed.fraction, progressed.detail, trial[0] if trial else "")


TRAINING: Final = Work(
    service="training",
    requested=TRAINING_REQUESTED,
    progressed=TRAINING_PROGRESSED,
    completed=TRAINING_COMPLETED,
    see=seen_training,
    silence_s=SILENCE_SECONDS,
)
