"""What changes during many duels at once, and one side's use of its move.

A *lane* is one battle; a *seat* is one side of it, `side · lanes + lane`. State arrays are by seat.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from shared.battle import draws
from shared.battle.arena import BIDING, CHARGING, CONFUSED, LOCKED, OUT_OF_PP, PARALYSED, STAGED, Arena
from shared.battle.effects import STAGED_STATS
from shared.battle.stats import HP, SPEED, apply_stages
from shared.battle.story import Event, Story

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

SPEED_STAGE: Final = STAGED_STATS.index("speed")

UNDECIDED: Final = 0
A_WINS: Final = 1
B_WINS: Final = 2
DRAW: Final = 3

PAID: Final = CHARGING | LOCKED | BIDING
"""In the middle of a move of several turns, which cost its PP at the start."""
COUNTERS: Final = (
    "sleep",
    "confusion",
    "trap",
    "lock_left",
    "lock_life",
    "reflect",
    "light_screen",
    "bide_uses",
    "endured",
    "taken",
    "taken_special",
)
"""Turns left; damage endured while biding; the last hit taken this turn and whether it was special."""

SLOTS_PER_TURN: Final = 128
SLOTS_PER_PHASE: Final = 48
SLOT_STRIKE: Final = 0
SLOT_GATE: Final = 1
SLOT_USE: Final = 2
SLOT_HITS: Final = 4
SLOT_ORDER: Final = 2 * SLOTS_PER_PHASE
SLOT_RESIDUAL: Final = SLOT_ORDER + 1


@dataclass(slots=True, eq=False)
class Duel:
    """The state of `lanes` battles; `counters` hold an int16 by seat for each of `COUNTERS`."""

    arena: Arena
    matchup: Integers
    keys: draws.Words
    lanes: int
    hp: Integers
    pp: Integers
    conditions: Integers
    winner: Integers
    stages: NDArray[np.int8]
    counters: dict[str, NDArray[np.int16]]
    story: Story | None = None

    @classmethod
    def start(cls, arena: Arena, keys: draws.Words, battles: range) -> "Duel":
        """The battles of these numbers per match-up; `keys` has one stream key per match-up."""
        matchup = np.repeat(np.arange(arena.size), len(battles))
        lanes = len(matchup)
        number = np.tile(np.array(battles, dtype=np.uint64), arena.size)
        corners = np.concatenate([matchup, matchup + arena.size])
        counters = {name: np.zeros(2 * lanes, dtype=np.int16) for name in COUNTERS}
        return cls(
            arena=arena,
            matchup=matchup,
            keys=draws.mix(keys[matchup] ^ number),
            lanes=lanes,
            hp=arena.stats[corners, HP],
            pp=arena.moves.pp[arena.move[corners]],
            conditions=np.zeros(2 * lanes, dtype=np.int64),
            winner=np.zeros(lanes, dtype=np.int64),
            stages=np.zeros((2 * lanes, 7), dtype=np.int8),
            counters=counters,
        )

    def note(self, event: Event, seats: Integers, amounts: Integers | int = 0) -> None:
        """Tell what happened, where there is a story."""
        if self.story is not None:
            self.story.note(event, seats, self.hp, amounts)

    def corner(self, seats: Integers) -> Integers:
        """The arena's corner of each seat."""
        side = seats // self.lanes
        corner: Integers = side * self.arena.size + self.matchup[seats - side * self.lanes]
        return corner

    def other(self, seats: Integers) -> Integers:
        """The opposite seats."""
        return np.where(seats >= self.lanes, seats - self.lanes, seats + self.lanes)

    def max_hp(self, seats: Integers) -> Integers:
        """Full hit points."""
        full: Integers = self.arena.stats[self.corner(seats), HP]
        return full

    def speed(self, seats: Integers) -> Integers:
        """Speed with stages, halved by paralysis."""
        stages = self.stages[seats, SPEED_STAGE].astype(np.int64)
        speed = apply_stages(self.arena.stats[self.corner(seats), SPEED], stages)
        return np.where(self.conditions[seats] & PARALYSED != 0, speed // 2, speed)

    def lose(self, seats: Integers) -> None:
        """The battles of these seats are over; the others win."""
        side = seats // self.lanes
        self.winner[seats - side * self.lanes] = np.where(side == 0, B_WINS, A_WINS)

    def add_stages(self, seats: Integers, changes: Integers) -> None:
        """Add (n, 7) stages within −6 … 6."""
        self.stages[seats] = np.clip(self.stages[seats] + changes, -6, 6)
        self.conditions[seats] |= STAGED
        if self.story is not None:
            for row, column in zip(*np.nonzero(changes), strict=True):
                self.note(Event.RISES if changes[row, column] > 0 else Event.FALLS, seats[[row]], int(column))

    def confuse(self, seats: Integers, fields: Integers) -> None:
        """Confuse those alive and not confused yet, for 1 to 4 turns of acting."""
        open_to = (self.conditions[seats] & CONFUSED == 0) & (self.hp[seats] > 0)
        chosen = seats[open_to]
        self.counters["confusion"][chosen] = 2 + draws.choice(fields[open_to], 4)
        self.conditions[chosen] |= CONFUSED
        self.note(Event.CONFUSED, chosen)

    def end_lock(self, seats: Integers, fields: Integers) -> None:
        """A locked move ends; who saw it through is confused by fatigue."""
        self.conditions[seats] &= ~LOCKED
        tired = self.counters["lock_left"][seats] <= 1
        self.confuse(seats[tired], fields[tired])


@dataclass(slots=True, eq=False)
class Strike:
    """The uses of a move that are being played: seats of user and target, the arena row, lanes."""

    duel: Duel
    lanes: Integers
    user: Integers
    target: Integers
    row: Integers
    move: Integers
    traits: Integers
    first_slot: int

    @classmethod
    def of(cls, duel: Duel, lanes: Integers, side: Integers, turn: int, phase: int) -> "Strike":
        """Each lane's `side` uses its move, or Struggle when it is out of PP."""
        user = side * duel.lanes + lanes
        conditions = duel.conditions[user]
        corner = side * duel.arena.size + duel.matchup[lanes]
        row = np.where(uses_struggle(conditions), corner + 2 * duel.arena.size, corner)
        return cls(
            duel=duel,
            lanes=lanes,
            user=user,
            target=lanes + duel.lanes - side * duel.lanes,
            row=row,
            move=duel.arena.move[row],
            traits=duel.arena.traits[row],
            first_slot=turn * SLOTS_PER_TURN + phase * SLOTS_PER_PHASE,
        )

    def take(self, chosen: Integers | Booleans) -> "Strike":
        """Only the chosen uses."""
        return Strike(
            self.duel,
            self.lanes[chosen],
            self.user[chosen],
            self.target[chosen],
            self.row[chosen],
            self.move[chosen],
            self.traits[chosen],
            self.first_slot,
        )

    def having(self, traits: int) -> "Strike | None":
        """Only the uses with one of these traits; None when there is none."""
        chosen = np.flatnonzero(self.traits & traits)
        return self.take(chosen) if len(chosen) else None

    def flagged(self, word: str) -> Integers:
        """Positions of uses whose move carries the flag `word`."""
        return np.flatnonzero(self.duel.arena.moves.flag(word)[self.move])

    def draw(self, slot: int, chosen: Integers | None = None) -> draws.Words:
        """One word per use from this phase's `slot`."""
        lanes = self.lanes if chosen is None else self.lanes[chosen]
        return draws.draw(self.duel.keys[lanes], self.first_slot + slot)

    def __len__(self) -> int:
        return len(self.lanes)


def uses_struggle(conditions: Integers) -> Booleans:
    """Out of PP, and not in the middle of a move that was paid before."""
    struggles: Booleans = (conditions & (OUT_OF_PP | PAID)) == OUT_OF_PP
    return struggles
