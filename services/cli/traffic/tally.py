"""What came of the calls: counts, quantiles of latency in bounded memory, and the mix as it was."""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from services.cli.traffic.calls import KINDS, SHIFTED_TYPE, Ask, Kind
from services.cli.traffic.plan import Due
from shared.pokedex import Pokedex

SMALLEST_SECONDS: Final = 1e-4
STEP: Final = 1.02
"""Each bucket of latency is 2 % wider than the one before: that is how exact a quantile is."""
QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Latencies:
    """Quantiles of any number of latencies, within 2 %."""

    def __init__(self) -> None:
        self._buckets: Counter[int] = Counter()
        self.count = 0

    def add(self, seconds: float) -> None:
        bucket = math.log(max(seconds, SMALLEST_SECONDS) / SMALLEST_SECONDS) / math.log(STEP)
        self._buckets[round(bucket)] += 1
        self.count += 1

    def quantile(self, share: float) -> float | None:
        """The latency in seconds that `share` of the calls did not exceed; None without a call."""
        wanted = max(1, math.ceil(share * self.count))
        seen = 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted:
                return float(SMALLEST_SECONDS * STEP**bucket)
        return None


@dataclass(slots=True)
class KindTally:
    """Calls of one kind. `errors`: what went otherwise than it should, by reason."""

    sent: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    latencies: Latencies = field(default_factory=Latencies)

    @property
    def done(self) -> int:
        """Calls that came to an end, as they should or not."""
        return self.latencies.count + self.errors.total()


@dataclass(slots=True)
class BattleMix:
    """Who fought in the battles of one phase."""

    battles: int = 0
    level_sum: int = 0
    of_shifted_type: int = 0
    attackers: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        if not self.battles:
            return {"battles": 0}
        favourite, count = self.attackers.most_common(1)[0]
        return {
            "battles": self.battles,
            "mean_level": self.level_sum / (2 * self.battles),
            f"{SHIFTED_TYPE}_attackers": self.of_shifted_type / self.battles,
            "favourite": favourite,
            "favourite_share": count / self.battles,
        }


class Tally:
    """Everything a run counted. `held_back`: calls that were due while too many were under way."""

    def __init__(self, pokedex: Pokedex) -> None:
        """`pokedex` tells the types of attackers."""
        self._types = {record.slug: record.types for record in pokedex.pokemon}
        self.kinds: dict[Kind, KindTally] = {kind: KindTally() for kind in KINDS}
        self.before, self.after = BattleMix(), BattleMix()
        self.held_back = 0
        self.seconds = 0.0

    @property
    def sent(self) -> int:
        return sum(kind.sent for kind in self.kinds.values())

    @property
    def errors(self) -> int:
        return sum(kind.errors.total() for kind in self.kinds.values())

    def send(self, due: Due) -> None:
        """A call leaves."""
        self.kinds[due.call.kind].sent += 1
        if due.call.kind == "prediction" and isinstance(due.call, Ask):
            mix = self.after if due.is_shifted else self.before
            request = due.call.request
            mix.battles += 1
            mix.level_sum += request.a.level + request.b.level
            mix.of_shifted_type += SHIFTED_TYPE in self._types[str(request.a.pokemon)]
            mix.attackers[str(request.a.pokemon)] += 1

    def end(self, kind: Kind, seconds: float, error: str | None) -> None:
        """A call ended after `seconds`; `error`: it went otherwise than it should."""
        if error is None:
            self.kinds[kind].latencies.add(seconds)
        else:
            self.kinds[kind].errors[error] += 1

    def as_json(self) -> dict[str, Any]:
        """The figures of the run; latencies in milliseconds, shares 0 to 1."""
        return {
            "seconds": round(self.seconds, 3),
            "sent": self.sent,
            "rate": self.rate(self.sent),
            "errors": self.errors,
            "held_back": self.held_back,
            "kinds": {kind: self._kind_json(tally) for kind, tally in self.kinds.items()},
            "battles": {"before_shift": self.before.as_json(), "after_shift": self.after.as_json()},
        }

    def rate(self, count: int) -> float:
        """`count` a second, over the whole run."""
        return count / self.seconds if self.seconds else 0.0

    def share(self, kind: Kind) -> float:
        """Of all calls that were sent, how many were of that kind: the achieved mix."""
        return self.kinds[kind].sent / self.sent if self.sent else 0.0

    def _kind_json(self, tally: KindTally) -> dict[str, Any]:
        quantiles = {name: tally.latencies.quantile(share) for name, share in QUANTILES.items()}
        return {
            "sent": tally.sent,
            "share": tally.sent / self.sent if self.sent else 0.0,
            "rate": self.rate(tally.sent),
            **{f"{name}_ms": None if at is None else at * 1_000 for name, at in quantiles.items()},
            "errors": dict(tally.errors.most_common()),
        }
