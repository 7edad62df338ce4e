"""What is asked of a run, and how it ends. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from contracts.pokedex import (
    Disagreement,
    IngestStep,
    IngestStepTime,
    PokedexRefreshCompleted,
    SourceName,
)

MAXIMUM_PROBLEMS: Final = 100
PROBLEM_LENGTH: Final = 500
MAXIMUM_DISAGREEMENTS: Final = 500
DISAGREEMENT_BYTES: Final = 160_000
"""Less than the channel allows, so that a completion with everything else can always be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One run: who asked for it, from which source, and whether everything is to be published anew."""

    run_id: str
    refresh_id: str
    source: SourceName = "snapshot"
    force: bool = False


class StepFailed(Exception):
    """A step cannot be done. `problems`: one sentence each, with file and line where there is one."""

    def __init__(self, step: IngestStep, problems: Sequence[str]) -> None:
        """Keep the step and all problems."""
        super().__init__(f"{step}: {'; '.join(problems[:3])}")
        self.step = step
        self.problems = tuple(problems)


def complete(order: Order, steps: Sequence[IngestStepTime], **fields: Any) -> PokedexRefreshCompleted:
    """The completion of a run that published or had nothing to publish; `disagreements` is cut to fit."""
    disagreements: Sequence[Disagreement] = fields.pop("disagreements", ())
    return PokedexRefreshCompleted(
        refresh_id=order.refresh_id,
        run_id=order.run_id,
        source=order.source,
        steps=tuple(steps),
        seconds=round(sum(one.seconds for one in steps), 3),
        disagreement_count=len(disagreements),
        disagreements=fitting(disagreements),
        **fields,
    )


def fail(
    order: Order,
    steps: Sequence[IngestStepTime],
    failed: StepFailed,
    disagreements: Sequence[Disagreement] = (),
) -> PokedexRefreshCompleted:
    """The completion of a run that stopped at a step."""
    return complete(
        order,
        steps,
        outcome="failed",
        failed_step=failed.step,
        problems=first_problems(failed.problems),
        disagreements=disagreements,
    )


def first_problems(problems: Sequence[str]) -> tuple[str, ...]:
    """The first hundred, each cut to 500 characters; the last line says how many are left out."""
    shown = [problem[:PROBLEM_LENGTH] for problem in problems[:MAXIMUM_PROBLEMS]]
    left_out = len(problems) - len(shown)
    return (*shown, f"and {left_out} more") if left_out else tuple(shown)


def fitting(disagreements: Iterable[Disagreement]) -> tuple[Disagreement, ...]:
    """As many as a completion may carry: 500, and 160 kB of JSON."""
    kept: list[Disagreement] = []
    size = 0
    for one in disagreements:
        size += len(msgspec.json.encode(one)) + 1
        if len(kept) == MAXIMUM_DISAGREEMENTS or size > DISAGREEMENT_BYTES:
            break
        kept.append(one)
    return tuple(kept)
