"""What a ledger comes to: its entries by kind, what a row may end in, and what was found."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from tests.faults.entries import (
    Accepted,
    Answered,
    Checked,
    Cut,
    Declined,
    Entry,
    Healed,
    Measured,
    Row,
    Seen,
)

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a row may end in.

    `timeouts`: calls may time out by name while the fault lasts and the time to recover runs, and may be
    refused early for that; who waits longer than both is answered. `redelivery`: work may be done again,
    and its equal results be on the topics again. `refusals`: reasons for which valid requests are refused.
    """

    timeouts: bool = False
    redelivery: bool = True
    refusals: tuple[str, ...] = ()


@dataclass(slots=True)
class Verdict:
    """`wrong` says everything that does not hold; a request counts once, whatever became of it.

    `redelivered`: records on the topics of results beside the first of their request. `measured`: the
    figures that the row was judged by, by what they are.
    """

    requests: int = 0
    redelivered: int = 0
    recovery_s: float = 0.0
    wrong: list[str] = field(default_factory=list)
    measured: dict[str, float] = field(default_factory=dict)
    _counted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    @property
    def lost(self) -> int:
        """How many requests are lost."""
        return len(self._counted["lost"])

    @property
    def duplicated(self) -> int:
        """How many requests, or questions, have more than one answer."""
        return len(self._counted["duplicated"])

    @property
    def holds(self) -> bool:
        """Whether every invariant does."""
        return not self.wrong

    def find(self, what: str, ids: Sequence[str], counts_as: Literal["", "lost", "duplicated"] = "") -> None:
        """`what` is wrong with `ids`, if there are any."""
        if not ids:
            return
        self._counted[counts_as].update(ids)
        names = ", ".join(list(Counter(ids))[:SHOWN])
        self.wrong.append(f"{what}: {len(ids)} ({names}{', …' if len(ids) > SHOWN else ''})")


class Evidence:
    """The entries by kind."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """`entries` in the order in which they were told."""
        self.accepted: dict[str, Accepted] = {}
        self.times_asked: Counter[str] = Counter()
        """Request id → how often its caller asked."""
        self.declined: list[Declined] = []
        self.answers: dict[str, list[Answered]] = defaultdict(list)
        self.seen: dict[str, list[Seen]] = defaultdict(list)
        self.cut: dict[str, int] = {}
        """Topic → records that retention took before they were read."""
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self.healed: list[Healed] = []
        self.checks: list[Checked] = []
        self.measured: dict[str, float] = {}
        for entry in entries:
            match entry:
                case Accepted():
                    self.accepted[entry.id] = entry
                    self.times_asked[entry.id] += 1
                case Declined():
                    self.declined.append(entry)
                case Answered():
                    self.answers[entry.id].append(entry)
                case Seen():
                    self.seen[entry.topic].append(entry)
                case Cut():
                    self.cut[entry.topic] = max(entry.records, self.cut.get(entry.topic, 0))
                case Row():
                    self.rows[entry.id].append(entry)
                case Healed():
                    self.healed.append(entry)
                case Checked():
                    self.checks.append(entry)
                case Measured():
                    self.measured[entry.what] = entry.value

    def by_id(self, topic: str) -> dict[str, list[Seen]]:
        """The records of a topic by request id, each in the order of its partition."""
        found: dict[str, list[Seen]] = defaultdict(list)
        for one in self.seen[topic]:
            found[one.id].append(one)
        return found
