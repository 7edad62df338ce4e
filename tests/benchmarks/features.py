"""P5: feature rows of distinct battles, against the frame that the peer builds for each duel."""

import time
from collections.abc import Awaitable, Callable, Sequence

from contracts.battle import ResolvedBattle
from shared.battle.family import BattleFamily
from shared.battle.features import FEATURE_SET
from tests.benchmarks.frames import Duels, encoded
from tests.benchmarks.goals import Finding
from tests.benchmarks.measuring import Bound, alone, compare, interleave, percentile
from tests.benchmarks.plan import Plan
from tests.benchmarks.questions import Draw
from tests.support.pokedex import load_snapshot_pokedex

BATCH = 32
ROWS_A_DUEL = 2
"""A duel is scored in both orders."""


async def measure(plan: Plan) -> Finding:
    """Every battle is drawn anew, so that nothing is answered from memory."""
    pokedex, family, draw = load_snapshot_pokedex(), BattleFamily(), Draw(5)
    family.prepare(pokedex)
    duels = Duels(pokedex)

    def featurise(battles: Sequence[ResolvedBattle]) -> None:
        family.featurise(battles, FEATURE_SET, pokedex)

    def frame(battles: Sequence[ResolvedBattle]) -> None:
        for one in battles:
            encoded(duels.frame(one.a.pokemon, one.a.moves[0], one.b.pokemon, one.b.moves[0]))

    taken = await interleave(
        plan.rounds,
        {
            "one": _timed(featurise, draw, plan.battles, 1),
            "frame": _timed(frame, draw, plan.frames, 1),
            "batch": _timed(featurise, draw, plan.battles // 4, BATCH),
        },
    )
    rows = [value / (BATCH * ROWS_A_DUEL) for value in taken["batch"]]
    frames = (plan.rounds * plan.battles, plan.rounds * plan.frames)
    return Finding(
        "P5",
        [
            compare(
                "one battle, times faster than a frame",
                "µs",
                taken["one"],
                taken["frame"],
                Bound("at least", 50.0),
                samples=frames,
                inverted=True,
            ),
            alone("one battle", "µs", taken["one"], Bound("at most", 150.0), samples=frames[:1]),
            alone(f"a row, {BATCH} battles at once", "µs", rows, Bound("at most", 30.0), samples=frames[:1]),
        ],
        ["a battle of one move a side is two rows; the frame holds one of them and is not scaled yet"],
    )


def _timed(
    work: Callable[[Sequence[ResolvedBattle]], None], draw: Draw, count: int, size: int
) -> Callable[[], Awaitable[float]]:
    async def side() -> float:
        batches = [draw.resolved(size) for _ in range(count)]
        taken = []
        for batch in batches:
            begin = time.perf_counter()
            work(batch)
            taken.append(time.perf_counter() - begin)
        return percentile(taken, 50) * 1e6

    return side
