"""What drift looks at in the answer to a battle, and the same of duels that a model was judged on."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.battle import SideName, Verdict
from contracts.models import Calibration
from shared.battle.answering import verdict_of

SCORES: Final = ("win_probability", "confidence")
CATEGORIES: Final = ("pokemon_a", "pokemon_b", "winner", "verdict")

TRUTHS: Final = {"a": 1.0, "b": 0.0, "draw": 0.5}
"""Reported outcome → how far `win_probability`, which is that of `a`, came true."""


class _Looked(msgspec.Struct, frozen=True):
    """The members of a `BattleAnswer` that count; the others are passed over unread."""

    pokemon_a: str
    pokemon_b: str
    winner: SideName
    win_probability: float
    verdict: Verdict


_decoder = msgspec.json.Decoder(_Looked)


def observe_answer(answer: bytes) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Values of `SCORES` and `CATEGORIES`. Raises ValueError when the JSON is no battle's answer."""
    try:
        looked = _decoder.decode(answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"not the answer to a battle: {error}") from error
    chance = looked.win_probability
    return (chance, max(chance, 1 - chance)), (
        looked.pokemon_a,
        looked.pokemon_b,
        looked.winner,
        looked.verdict,
    )


def observe_duels(
    chances: NDArray[np.float64], forms_a: Sequence[str], forms_b: Sequence[str], calibration: Calibration
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Sequence[str]]]:
    """The columns of `SCORES` and of `CATEGORIES` for duels whose chances of `a` are given."""
    scores = dict(zip(SCORES, (chances, np.maximum(chances, 1 - chances)), strict=True))
    winners = ["a" if chance >= 0.5 else "b" for chance in chances]
    verdicts = [verdict_of(float(chance), calibration) for chance in chances]
    return scores, dict(zip(CATEGORIES, (forms_a, forms_b, winners, verdicts), strict=True))
