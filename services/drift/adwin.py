"""River's ADWIN on single signals: the opinion that needs no window and no reference. Pure."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Final

from river.drift import ADWIN

from shared.drift.counting import Counted
from shared.drift.shelved import Shelved

RECENT: Final = 32
"""So many values make the mean after a change: ADWIN looks for one as often."""
UNSEEN: Final = "unseen_category"
"""1 for a prediction with a category that the reference has not, else 0."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Where a mean changed. `position`: of the value at which it was seen, among those looked at.

    `after`: the mean of the `recent` last values, this one included; `before`: of those before them.
    """

    position: int
    before: float
    after: float
    recent: int


class Detector:
    """One signal. At a change it forgets all that it saw, and begins anew."""

    def __init__(self, delta: float) -> None:
        """`delta`: confidence, in (0, 1); false alarms are rarer the smaller it is."""
        self._adwin = ADWIN(delta=delta)
        self._seen = 0
        self._total = 0.0
        self._last: deque[float] = deque(maxlen=RECENT)

    def look(self, values: Sequence[float]) -> list[Shift]:
        """The next values, of order 1; one that is not finite would spoil the mean, and is left out."""
        found = []
        adwin = self._adwin
        for position, value in enumerate(values):
            if not isfinite(value):
                continue
            self._seen += 1
            self._total += value
            self._last.append(value)
            adwin.update(value)
            if adwin.drift_detected:
                found.append(self._shift(position))
                self._seen, self._total = 0, 0.0
                self._last.clear()
        return found

    def _shift(self, position: int) -> Shift:
        """Of our own counting: what ADWIN keeps at a change reaches far back before it."""
        recent = min(len(self._last), self._seen // 2)
        total = sum(list(self._last)[-recent:])
        return Shift(position, (self._total - total) / (self._seen - recent), total / recent, recent)


class ReleaseSignals:
    """The signals of one release: what its family looks at in an answer, and whether that was ever seen."""

    def __init__(self, shelved: Shelved, delta: float) -> None:
        """Without a reference nothing is unseen."""
        self._scores = {name: Detector(delta) for name in shelved.family.observed_scores}
        self._binning = shelved.binning
        self._unseen = Detector(delta)

    def look(self, counted: Counted) -> Iterator[tuple[str, Shift]]:
        """The changes that its next predictions show, with the name of the signal."""
        for column, (name, detector) in enumerate(self._scores.items()):
            for shift in detector.look([one.scores[column] for one in counted.observed]):
                yield name, shift
        if self._binning is not None:
            knows = self._binning.knows
            unseen = [0.0 if knows(one.categories) else 1.0 for one in counted.observed]
            for shift in self._unseen.look(unseen):
                yield UNSEEN, shift
