"""When a requester refuses a call at once, because those before it take its time. Pure (ADR 0026)."""

from collections import deque
from typing import Final

from contracts.serving import OVERLOADED, Refused
from shared.errors import Overloaded

MAXIMUM_PENDING: Final = 4_096
PATIENT_PENDING: Final = 256
"""So many calls may wait whatever the rate: a cold start has none yet."""
RATE_SPANS_SECONDS: Final = (1.0, 5.0)
"""Answers of a batch come together, and a slow one's lie further apart than the first of these."""


class AnswerRate:
    """How many answers come a second: the best of some spans until now. Pure; times never go back."""

    def __init__(self) -> None:
        """None seen yet."""
        # beyond so many in the longer span the shorter one knows better
        self._spans = {seconds: deque[float](maxlen=MAXIMUM_PENDING) for seconds in RATE_SPANS_SECONDS}

    def saw(self, now_s: float) -> None:
        """One answer came at `now_s`."""
        for times in self._spans.values():
            times.append(now_s)

    def per_second(self, now_s: float) -> float:
        """0.0 when none came within the longest span: then nothing is known."""
        for seconds, times in self._spans.items():
            while times and times[0] < now_s - seconds:
                times.popleft()
        return max(len(times) / seconds for seconds, times in self._spans.items())


def overload_of(pending: int, answers_per_second: float, timeout_s: float) -> Overloaded | None:
    """Why a call is refused at once: those before it take more than a quarter of its time; None when not.

    A rate that is measured over bursts errs by a factor of two: what is taken is still answered in half its
    time, and nobody waits for a service's own refusal, which comes when a record has its turn.
    """
    wait_s = pending / answers_per_second if answers_per_second > 0 else 0.0
    retry_after_s = wait_s - timeout_s / 4
    if pending >= MAXIMUM_PENDING:
        return Overloaded(f"{pending} calls are pending, the most this requester holds", retry_after_s)
    if pending > PATIENT_PENDING and retry_after_s > 0:
        return Overloaded(
            f"{pending} calls are pending at {answers_per_second:.0f} answers a second", retry_after_s
        )
    return None


def is_overload(refused: Refused) -> bool:
    """Whether a service refused before any work; older builds say only when to come back."""
    return refused.cause == OVERLOADED or (not refused.cause and refused.retry_after_s is not None)
