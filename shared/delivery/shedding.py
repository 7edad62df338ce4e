"""What is refused before any work because its answer would come too late. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

REMEMBERED_BATCHES: Final = 8
SHARE_OF_SLACK: Final = 0.5
"""The rest is for what comes after this batch: the next service, and the way back."""
PROBE_SECONDS: Final = 1.0
"""A pace that is older says little: one record is worked on all the same, and measured."""


@dataclass(slots=True)
class Pace:
    """Seconds that a record takes, as the best of the last batches: the estimate never sheds too early.

    A batch of one carries all fixed costs; batches are large when it matters.
    """

    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED_BATCHES))
    _seen_at_s: float = -inf

    def saw(self, records: int, seconds: float, now_s: float) -> None:
        """A batch of so many records took so long from its first try to its last acknowledgement.

        `now_s` is a time that never goes back. What was wholly refused (0 records) says nothing.
        """
        if records > 0:
            self._recent.append(seconds / records)
            self._seen_at_s = now_s

    def is_old(self, now_s: float) -> bool:
        """Whether nothing was measured lately: what refuses all would refuse all for ever."""
        return now_s - self._seen_at_s > PROBE_SECONDS

    @property
    def seconds_per_record(self) -> float:
        """0.0 before the first batch."""
        return min(self._recent, default=0.0)


def hopeless(
    slacks_s: Sequence[float | None], seconds_per_record: float, *, probes: bool = False
) -> list[int]:
    """Indices of the records to refuse: the batch that is left takes at most half of each one's slack.

    `slacks_s` are the seconds until each deadline, None without one. All answers of a batch leave
    together, so that the least patient go first; what has no deadline is always worked on. `probes`:
    so is the most patient one, when nothing else would be.
    """
    left = len(slacks_s)
    refused = []
    by_patience = sorted((slack, index) for index, slack in enumerate(slacks_s) if slack is not None)
    for slack, index in by_patience:
        if slack * SHARE_OF_SLACK >= left * seconds_per_record or (probes and left == 1):
            break
        refused.append(index)
        left -= 1
    return sorted(refused)
