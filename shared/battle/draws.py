"""Random numbers by counter: what a battle draws depends on what it is, never on its neighbours.

Every draw is a pure function of (seed, match-up, battle, turn, slot), a SplitMix64 finaliser over
their mixed words. So a win rate is the same whichever batch, chunk or process computes it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX_1: Final = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2: Final = np.uint64(0x94D049BB133111EB)
_SHIFT_1: Final = np.uint64(30)
_SHIFT_2: Final = np.uint64(27)
_SHIFT_3: Final = np.uint64(31)
_FIELD_BITS: Final = 16

FULL: Final = 1 << _FIELD_BITS
"""A field is uniform over 0 … FULL − 1."""


def mix(words: Words) -> Words:
    """SplitMix64's finaliser: a bijection of 64-bit words."""
    mixed = words + _GOLDEN
    mixed ^= mixed >> _SHIFT_1
    mixed *= _MIX_1
    mixed ^= mixed >> _SHIFT_2
    mixed *= _MIX_2
    mixed ^= mixed >> _SHIFT_3
    return mixed


def stream_keys(seed: int, *parts: NDArray[np.int64]) -> Words:
    """One key per row of `parts`: equal rows under an equal seed have equal keys."""
    keys = mix(np.full(parts[0].shape, seed % 2**64, dtype=np.uint64))
    for part in parts:
        keys = mix(keys ^ part.astype(np.uint64))
    return keys


def draw(keys: Words, counter: int) -> Words:
    """The 64-bit word that belongs to `counter` in each key's stream."""
    offset = np.uint64((counter * int(_MIX_2)) % 2**64)
    return mix(keys ^ offset)


def field(words: Words, position: int) -> NDArray[np.int64]:
    """One of the four independent 16-bit fields (position 0 to 3) of drawn words."""
    return ((words >> np.uint64(position * _FIELD_BITS)) & np.uint64(FULL - 1)).astype(np.int64)


def choice(fields: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """A uniform choice out of `count` (far below FULL) from fields."""
    return (fields * count) >> _FIELD_BITS


def threshold(per_cent: NDArray[np.int64]) -> NDArray[np.int64]:
    """A field is below it with a probability of `per_cent` (clipped to 0 … 100)."""
    return np.clip(per_cent, 0, 100) * FULL // 100
