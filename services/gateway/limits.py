"""How often one key and one address may ask: token buckets, bounded in number."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.gateway import texts
from services.gateway.problems import ProblemError, problem
from shared.settings import Settings

MAXIMUM_BUCKETS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second in the long run, and so many at once after a rest."""

    per_second: float
    burst: int


class TokenBuckets:
    """One bucket a name. The least recently used is forgotten, hence full again, beyond the bound."""

    def __init__(
        self, rate: Rate, *, clock: Callable[[], float] = time.monotonic, maximum: int = MAXIMUM_BUCKETS
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._maximum = maximum
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, tokens: int = 1) -> float:
        """Take tokens and return 0; or take none and return the seconds until they are there.

        More than the bucket holds are there when it is full: one large request is not for ever refused.
        """
        now = self._clock()
        level = self._level(name, now)
        wanted = min(tokens, self._rate.burst)
        is_enough = level >= wanted
        # A request larger than the bucket leaves a debt, so that the rate holds in the long run.
        self._buckets[name] = (level - tokens if is_enough else level, now)
        self._buckets.move_to_end(name)
        if len(self._buckets) > self._maximum:
            self._buckets.popitem(last=False)
        return 0.0 if is_enough else (wanted - level) / self._rate.per_second

    def charge(self, name: str, tokens: int) -> float:
        """Take tokens whether all are there or not, and return 0: what is owed is waited for by the next.

        Who owes already is given none: the seconds until nothing is owed.
        """
        now = self._clock()
        level = self._level(name, now)
        self._buckets[name] = (level - tokens if level >= 0 else level, now)
        return max(-level, 0.0) / self._rate.per_second

    def _level(self, name: str, now: float) -> float:
        level, at = self._buckets.get(name, (float(self._rate.burst), now))
        return min(self._rate.burst, level + (now - at) * self._rate.per_second)


class Limits:
    """The rates of one gateway."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = TokenBuckets(Rate(settings.key_rate, settings.key_burst), clock=clock)
        self._addresses = TokenBuckets(Rate(settings.address_rate, settings.address_burst), clock=clock)

    def take_for_key(self, key_id: str) -> None:
        """Count a request of a key. Raises ProblemError (429) above its rate."""
        _refuse(self._keys.take(key_id), "key", key_id)

    def charge_key(self, key_id: str, questions: int) -> None:
        """Count the questions of a request that was counted as one: those beyond the first are owed.

        Raises ProblemError (429) when the key owes already: many requests may have come in at once.
        """
        _refuse(self._keys.charge(key_id, questions - 1), "key", key_id)

    def take_for_address(self, address: str) -> None:
        """Count a request from an address. Raises ProblemError (429) above its rate."""
        _refuse(self._addresses.take(address), "address", address)


def _refuse(seconds: float, kind: str, value: str) -> None:
    if not seconds:
        return
    wait = max(1, math.ceil(seconds))
    raise ProblemError(
        problem(
            "too-many-requests",
            texts.TOO_MANY,
            429,
            texts.RATE_EXCEEDED[kind],
            field=kind,
            value=value,
            remedy=texts.RATE_REMEDY.of(seconds=wait),
        ),
        {"Retry-After": str(wait)},
    )
