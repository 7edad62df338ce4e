"""What happens in one battle, event by event, for those who want to read it."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]


class Event(StrEnum):
    """Of one side: what it does, or what happens to it. `amount` is explained where it has a meaning."""

    TURN = "turn"
    """A turn begins; amount: its number."""
    USES = "uses"
    STRUGGLES = "struggles"
    RECHARGES = "recharges"
    SLEEPS = "sleeps"
    WAKES = "wakes"
    IS_FROZEN = "is frozen"
    THAWS = "thaws"
    FLINCHES = "flinches"
    HURTS_ITSELF = "hurts itself"
    """Amount: hit points."""
    IS_PARALYSED = "is paralysed"
    CLEARS_UP = "clears up"
    PREPARES = "prepares"
    BIDES = "bides"
    FAILS = "fails"
    MISSES = "misses"
    CRASHES = "crashes"
    """Amount: hit points."""
    IS_HIT = "is hit"
    """Amount: hit points."""
    IS_HIT_HARD = "is hit hard"
    """By a critical hit; amount: hit points."""
    DRAINS = "drains"
    """Amount: hit points gained."""
    RECOILS = "recoils"
    """Amount: hit points."""
    SEED_HURTS = "seed hurts"
    """At the end of the turn, as the next three; amount: hit points."""
    POISON_HURTS = "poison hurts"
    BURN_HURTS = "burn hurts"
    TRAP_HURTS = "trap hurts"
    BURNED = "burned"
    POISONED = "poisoned"
    PARALYSED = "paralysed"
    FROZEN = "frozen"
    ASLEEP = "asleep"
    CONFUSED = "confused"
    RISES = "rises"
    """Stages; amount: the column of the stat."""
    FALLS = "falls"
    """As `RISES`."""
    FAINTS = "faints"
    """To strike: otherwise hit points of 0 say so."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event. `hp`: hit points of its side afterwards."""

    event: Event
    side: str
    amount: int
    hp: int


@dataclass(slots=True)
class Story:
    """The events of a duel of one lane, in order."""

    told: list[Told] = field(default_factory=list)

    def note(self, event: Event, seats: Integers, hp: Integers, amounts: Integers | int = 0) -> None:
        """`event` happened to `seats`; `hp` is by seat, `amounts` by given seat."""
        for seat, amount in zip(seats, np.broadcast_to(amounts, seats.shape), strict=True):
            self.told.append(Told(event, "ab"[int(seat)], int(amount), int(hp[seat])))
