"""When who asks what: a pure function of mode, seed, rate and duration. No clock here."""

import heapq
import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.cli.traffic.calls import KINDS, Call, Caller, Kind

PEAK_CALLS: Final = 50
PEAK_PAUSE_S: Final = (120.0, 300.0)
FIRST_PEAK_S: Final = 5.0


class Mode(StrEnum):
    """How visitors behave."""

    REALISTIC = "realistic"
    BURST = "burst"
    SPIKE = "spike"
    DRIFT = "drift"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """`shares` are per cent; a visitor waits `pause_s` (least, most) between two calls.

    `rate` (calls a second) and `duration_s` are what a mode does unless it is told otherwise.
    """

    shares: Mapping[Kind, int]
    pause_s: tuple[float, float]
    rate: float
    duration_s: int

    @property
    def mean_pause_s(self) -> float:
        """Seconds from one call of a visitor to its next, on average."""
        return sum(self.pause_s) / 2


_CALM: Final[Mapping[Kind, int]] = {"prediction": 60, "read": 30, "bad": 10}
_CALM_PAUSE_S: Final = (0.5, 3.0)
PROFILES: Final[Mapping[Mode, Profile]] = {
    Mode.REALISTIC: Profile(shares=_CALM, pause_s=_CALM_PAUSE_S, rate=10, duration_s=60),
    Mode.BURST: Profile(
        shares={"prediction": 80, "read": 15, "bad": 5}, pause_s=(0.1, 0.1), rate=100, duration_s=60
    ),
    Mode.SPIKE: Profile(shares=_CALM, pause_s=_CALM_PAUSE_S, rate=1, duration_s=600),
    Mode.DRIFT: Profile(shares=_CALM, pause_s=_CALM_PAUSE_S, rate=20, duration_s=600),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be sent. `shift_after_s`: from then on battles are shifted; None: never."""

    mode: Mode
    seed: int
    rate: float
    duration_s: float
    is_clean: bool = False
    shift_after_s: float | None = None

    @property
    def shares(self) -> dict[Kind, float]:
        """The share of each kind that is drawn, 0 to 1, of all calls."""
        shares = PROFILES[self.mode].shares
        kept: dict[Kind, float] = {
            kind: shares[kind] for kind in KINDS if not (self.is_clean and kind == "bad")
        }
        return {kind: share / sum(kept.values()) for kind, share in kept.items()}

    @property
    def visitors(self) -> int:
        """How many visitors come to about that rate with the pauses of the mode."""
        return max(1, round(self.rate * PROFILES[self.mode].mean_pause_s))

    def is_shifted_at(self, at_s: float) -> bool:
        """Whether a call due then is after the shift."""
        return self.shift_after_s is not None and at_s >= self.shift_after_s


@dataclass(frozen=True, slots=True)
class Due:
    """A call, and when it is to be sent: seconds after the start."""

    at_s: float
    is_shifted: bool
    call: Call


def schedule(plan: Plan, caller: Caller) -> Iterator[Due]:
    """All calls in the order of their times, drawn as they are taken. Equal arguments, equal calls."""
    arrivals = [_visits(plan, visitor) for visitor in range(plan.visitors)]
    if plan.mode is Mode.SPIKE:
        arrivals.append(_peaks(plan))
    kinds, weights = zip(*plan.shares.items(), strict=True)
    for at_s, rng in heapq.merge(*arrivals, key=lambda arrival: arrival[0]):
        kind: Kind = rng.choices(kinds, weights)[0]
        is_shifted = plan.is_shifted_at(at_s)
        yield Due(at_s, is_shifted, caller.draw(kind, rng, is_shifted=is_shifted))


Arrival = tuple[float, random.Random]


def _visits(plan: Plan, visitor: int) -> Iterator[Arrival]:
    rng = random.Random(f"{plan.seed}/{visitor}")
    profile = PROFILES[plan.mode]
    at_s = rng.uniform(0, profile.mean_pause_s)
    while at_s < plan.duration_s:
        yield at_s, rng
        at_s += rng.uniform(*profile.pause_s)


def _peaks(plan: Plan) -> Iterator[Arrival]:
    rng = random.Random(f"{plan.seed}/peaks")
    at_s = FIRST_PEAK_S
    while at_s < plan.duration_s:
        yield from itertools.repeat((at_s, rng), PEAK_CALLS)
        at_s += rng.uniform(*PEAK_PAUSE_S)
