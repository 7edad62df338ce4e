"""When a consumer has given up too many records to go on: a topic is not emptied into the bin. Pure."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import repeat

from aiokafka import TopicPartition

from shared.delivery.dead_letters import Burial
from shared.delivery.door import Record
from shared.delivery.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one record. `burial`: it was given up, and that is why. `is_shed`: never begun.

    `waits_for`: it is not done, and why.
    """

    record: Record
    outgoing: Sequence[Outgoing] = ()
    burial: Burial | None = None
    is_shed: bool = False
    waits_for: str | None = None

    @property
    def partition(self) -> TopicPartition:
        """Where the record lay."""
        return TopicPartition(self.record.topic, self.record.partition)

    @property
    def is_letter(self) -> bool:
        """Whether it counts towards the limit."""
        return self.burial is not None and self.burial.counts


@dataclass(frozen=True, slots=True)
class LetterLimit:
    """Dead letters that one partition may have: in a row, and as a share of its last records.

    The share is judged once so many records were seen. `consecutive` 0 and `ratio` 1 are no limit.
    """

    window_records: int
    ratio: float
    consecutive: int


@dataclass(frozen=True, slots=True)
class LimitReached:
    """The first dead letter of a partition that would be one too many, and which limit says so."""

    burial: Burial
    text: str

    @property
    def partition(self) -> TopicPartition:
        """The one that goes no further."""
        return TopicPartition(self.burial.record.topic, self.burial.record.partition)

    @property
    def may_pass(self) -> bool:
        """Whether it ends by itself, once what is away has come back."""
        return self.burial.reason == "transient"


@dataclass(slots=True)
class _Counted:
    recent: deque[bool]
    letters: int = 0
    in_a_row: int = 0

    def copy(self) -> "_Counted":
        return _Counted(deque(self.recent, self.recent.maxlen), self.letters, self.in_a_row)

    def add(self, is_letter: bool, times: int = 1) -> None:
        self.in_a_row = self.in_a_row + times if is_letter else 0
        if not self.letters and not is_letter:
            self.recent.extend(repeat(False, min(times, self.recent.maxlen or times)))
            return
        for _ in range(times):
            if len(self.recent) == self.recent.maxlen:
                self.letters -= self.recent[0]
            self.recent.append(is_letter)
            self.letters += is_letter


@dataclass(slots=True)
class LetterCounter:
    """What the partitions of one consumer gave up lately."""

    limit: LetterLimit
    _counted: dict[TopicPartition, _Counted] = field(default_factory=dict)

    def admit(self, outcomes: Sequence[Outcome]) -> tuple[Sequence[Outcome], Sequence[LimitReached]]:
        """The outcomes that the limit lets through, and what ended them; nothing is counted yet.

        Of a partition that reaches the limit all outcomes before that record pass: its offsets stay
        a prefix. When it may pass by itself, the letters right before it wait as well.
        """
        if all(outcome.burial is None for outcome in outcomes):
            return outcomes, ()
        trial: dict[TopicPartition, _Counted] = {}
        ended: dict[TopicPartition, LimitReached] = {}
        admitted = []
        for outcome in outcomes:
            partition = outcome.partition
            if partition in ended:
                continue
            if partition not in trial:
                trial[partition] = self._of(partition).copy()
            trial[partition].add(outcome.is_letter)
            text = self._excess(trial[partition]) if outcome.is_letter else None
            if text is not None and outcome.burial is not None:
                ended[partition] = LimitReached(outcome.burial, text)
            else:
                admitted.append(outcome)
        held = {partition for partition, reached in ended.items() if reached.may_pass}
        return _without_last_letters(admitted, held), tuple(ended.values())

    def count(self, outcomes: Iterable[Outcome]) -> None:
        """These are done."""
        for outcome in outcomes:
            self._of(outcome.partition).add(outcome.is_letter)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These are not ours any more."""
        for partition in partitions:
            self._counted.pop(partition, None)

    def _of(self, partition: TopicPartition) -> _Counted:
        found = self._counted.get(partition)
        if found is None:
            found = self._counted[partition] = _Counted(deque(maxlen=self.limit.window_records))
        return found

    def _excess(self, counted: _Counted) -> str | None:
        limit = self.limit
        if limit.consecutive and counted.in_a_row > limit.consecutive:
            return f"{limit.consecutive} records in a row"
        if (
            len(counted.recent) == limit.window_records
            and counted.letters > limit.ratio * limit.window_records
        ):
            return f"more than {limit.ratio:.0%} of the last {limit.window_records} records"
        return None


def _without_last_letters(outcomes: Sequence[Outcome], partitions: set[TopicPartition]) -> list[Outcome]:
    """Without the transient letters that these partitions end with."""
    still_ending = set(partitions)
    kept = []
    for outcome in reversed(outcomes):
        if outcome.partition in still_ending:
            if outcome.burial is not None and outcome.burial.reason == "transient":
                continue
            still_ending.discard(outcome.partition)
        kept.append(outcome)
    return kept[::-1]
