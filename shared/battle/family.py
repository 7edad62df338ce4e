"""The battle family: what `shared.families` asks of a family, for duels."""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from contracts.battle import FAMILY, BattleAnswer, BattleRequested, ResolvedBattle
from contracts.channels import BATTLE_REQUESTED, Channel
from contracts.explanation import BattleFacts
from contracts.models import Calibration
from shared.battle.answering import answer_battle
from shared.battle.explaining import explain_duel
from shared.battle.facts import facts_of
from shared.battle.features import FEATURE_SETS, feature_rows
from shared.battle.observing import CATEGORIES, SCORES, TRUTHS, observe_answer
from shared.battle.resolving import resolve_battle
from shared.battle.tables import BattleTables
from shared.families import Evidence, Refusal
from shared.pokedex import Pokedex


class BattleFamily:
    """Who wins, and which move to play. Stateless; safe to share between threads."""

    name: str = FAMILY
    request_channel: Channel = BATTLE_REQUESTED
    request_type: type[BattleRequested] = BattleRequested
    resolved_type: type[ResolvedBattle] = ResolvedBattle
    feature_sets: Mapping[str, tuple[str, ...]] = FEATURE_SETS
    observed_scores: tuple[str, ...] = SCORES
    observed_categories: tuple[str, ...] = CATEGORIES
    truths: Mapping[str, float] = TRUTHS

    def resolve(self, request: BattleRequested, pokedex: Pokedex) -> ResolvedBattle | Refusal:
        """See `resolve_battle`."""
        return resolve_battle(request, pokedex)

    def prepare(self, pokedex: Pokedex) -> None:
        """Load or compile the code of the features, and build the tables."""
        feature_rows(BattleTables.from_pokedex(pokedex), *np.zeros((6, 1), dtype=np.int64))

    def featurise(
        self, requests: Sequence[ResolvedBattle], feature_set: str, pokedex: Pokedex
    ) -> list[NDArray[np.float32]]:
        """One (2 · cells, columns) block a request: own move × opponent move, then the same swapped.

        Raises KeyError for a feature set that this build lacks, and for slugs of another Pokédex.
        """
        self.feature_sets[feature_set]
        if not requests:
            return []
        tables = BattleTables.from_pokedex(pokedex)
        rows = feature_rows(tables, *_cells(tables, requests))
        sizes = [2 * len(request.a.moves) * len(request.b.moves) for request in requests]
        return np.split(rows, np.cumsum(sizes)[:-1])

    def facts(self, request: ResolvedBattle, pokedex: Pokedex) -> bytes:
        """JSON of `BattleFacts` when the request asks to explain."""
        return msgspec.json.encode(facts_of(request, pokedex)) if request.explain else b""

    def answer(
        self, request: ResolvedBattle, scores: NDArray[np.float32], calibration: Calibration
    ) -> tuple[BattleAnswer, int]:
        """See `answer_battle`."""
        return answer_battle(request, scores, calibration)

    def observe(self, answer: bytes) -> tuple[tuple[float, ...], tuple[str, ...]]:
        """See `observe_answer`."""
        return observe_answer(answer)

    def explain(
        self, request: ResolvedBattle, answer: BattleAnswer, decisive_row: int, evidence: Evidence
    ) -> BattleAnswer:
        """See `explain_duel`: the recommended move against its best reply."""
        facts = msgspec.json.decode(evidence.facts, type=BattleFacts)
        cells = len(request.a.moves) * len(request.b.moves)
        if (len(facts.a), len(facts.b)) != (len(request.a.moves), len(request.b.moves)):
            raise ValueError(
                f"facts of {len(facts.a)} × {len(facts.b)} moves for a request of {cells} pairs of moves"
            )
        own, reply = divmod(decisive_row, len(request.b.moves))
        explanation = explain_duel(
            evidence.block[[decisive_row, cells + decisive_row]],
            facts,
            (own, reply),
            features=evidence.release.feature_names,
            reference_row=evidence.release.reference_row,
            score=evidence.score,
        )
        return msgspec.structs.replace(answer, explanation=explanation)


def _cells(tables: BattleTables, requests: Sequence[ResolvedBattle]) -> NDArray[np.int64]:
    """(6, cells of all requests) form, move and level of both sides: each request in order, then swapped.

    Lists, made an array once for the batch: most requests have a cell or two, and an array of its own
    would cost each of them more than its features.
    """
    columns: tuple[list[int], ...] = ([], [], [], [], [], [])
    for request in requests:
        moves_a = [tables.move_index[slug] for slug in request.a.moves]
        moves_b = [tables.move_index[slug] for slug in request.b.moves]
        cells = len(moves_a) * len(moves_b)
        a, b = (
            ([tables.form_index[side.pokemon]] * cells, moves, [side.level] * cells)
            for side, moves in (
                (request.a, [move for move in moves_a for _ in moves_b]),
                (request.b, moves_b * len(moves_a)),
            )
        )
        for column, first, second in zip(columns, (*a, *b), (*b, *a), strict=True):
            column += first
            column += second
    return np.array(columns, dtype=np.int64)
