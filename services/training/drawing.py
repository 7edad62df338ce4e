"""Which duels a part of the dataset is made of: drawn by a seed, no match-up twice.

A match-up and its mirror count as two. Parts share none: pairs of forms belong to one part, and the
unseen parts hold what is in no other.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from services.training.candidates import HELD_OUT_SEED, Candidates
from services.training.dataset import PARTS, SCENARIOS, Part
from shared.battle.draws import stream_keys
from shared.battle.levels import EVEN_LEVEL, EVEN_LEVEL_SHARE, NEAR_LEVEL_SHARE, NEAR_LEVEL_SPREAD
from shared.battle.matchups import MatchUps

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
SCENARIO_SHARES: Final = (0.4, 0.3, 0.3)
PART_SHARES: Final = (0.8, 0.1, 0.1)
"""Of the pairs of forms: training, validation, test."""

_EVEN, _NEAR, _ANYWHERE = range(3)
_KIND_SHARES: Final = (EVEN_LEVEL_SHARE, NEAR_LEVEL_SHARE, 1 - EVEN_LEVEL_SHARE - NEAR_LEVEL_SHARE)
"""Kinds of level: both even, one near the other, both drawn over all."""
_LEAST_NEW: Final = 0.05
"""Where fewer of the duels drawn are new, a scenario has no more to give at such levels."""
_MOST_IN_VAIN: Final = 2_000
"""Duels drawn in a row of which none is new."""
_LEVEL_BITS: Final = 7
_INDEX_BITS: Final = 12


def part_of_pair(form_a: Integers, form_b: Integers) -> Integers:
    """Index into `PARTS` of each unordered pair of forms: a pair and its mirror share one.

    The same in every dataset, whatever its own seed: a champion that was trained on another one is
    judged on pairs that it has not seen either. (Releases of before 22 November 2026 were trained on other
    pairs, among them most of these.)
    """
    low, high = np.minimum(form_a, form_b), np.maximum(form_a, form_b)
    share = stream_keys(HELD_OUT_SEED, low, high).astype(np.float64) / 2.0**64
    return np.searchsorted(np.cumsum(PART_SHARES)[:-1], share, side="right").astype(np.int64)


def draw_matchups(candidates: Candidates, part: Part, count: int, seed: int) -> tuple[MatchUps, Integers]:
    """`count` match-ups of `part`, none of them twice, and the scenario of each.

    Pairs of forms belong to one of the first three parts; an unseen move is played by such a pair of
    the test part. The shares of the scenarios hold. Both best moves at the even level are one match-up
    an ordered pair: where those are used up, other kinds of level take their places. Raises ValueError
    when the Pokédex has too few match-ups.
    """
    lots = _Lots(candidates, part, seed)
    scenario, kind = lots.scenarios(count), lots.kinds(count)
    columns = np.zeros((6, count), dtype=np.int64)
    missing, seen, in_vain = np.arange(count), np.zeros(0, dtype=np.int64), 0
    while len(missing):
        drawn = lots.duels(scenario[missing], kind[missing])
        keys = matchup_keys(drawn)
        is_new = _is_first(keys) & ~np.isin(keys, seen)
        seen = np.concatenate([seen, keys[is_new]])
        columns[:, missing[is_new]] = np.stack(drawn.columns())[:, is_new]
        in_vain = 0 if is_new.any() else in_vain + len(missing)
        if in_vain > _MOST_IN_VAIN:
            raise ValueError(
                f"this Pokédex has about {len(seen):,} match-ups for the part {part}, fewer than the "
                f"{count:,} asked for: ask for a smaller size, or ingest the whole Pokédex"
            )
        left = missing[~is_new]
        kind[left] = lots.other_kinds(scenario[missing], kind[missing], is_new)[~is_new]
        missing = left
    return MatchUps(*columns), scenario


def draw_stream(candidates: Candidates, part: Part, count: int, seed: int) -> tuple[MatchUps, Integers]:
    """As `draw_matchups`, but each drawn for itself, as callers ask: a match-up may come again."""
    lots = _Lots(candidates, part, seed)
    scenario, kind = lots.scenarios(count), lots.kinds(count)
    return lots.duels(scenario, kind), scenario


def matchup_keys(matchups: MatchUps) -> Integers:
    """(n,) one number a match-up: equal ones have equal keys, and only they."""
    keys = np.zeros(len(matchups), dtype=np.int64)
    for column, bits in zip(matchups.columns(), (_INDEX_BITS, _INDEX_BITS, _LEVEL_BITS) * 2, strict=True):
        keys = keys << bits | column
    return keys


def count_distinct(matchups: MatchUps) -> tuple[int, int]:
    """How many different match-ups there are, and how many when a mirror is no other match-up."""
    keys, mirrored = matchup_keys(matchups), matchup_keys(matchups.swapped())
    return len(np.unique(keys)), len(np.unique(np.minimum(keys, mirrored)))


class _Lots:
    """Everything that is drawn for one part, by one generator."""

    def __init__(self, candidates: Candidates, part: Part, seed: int) -> None:
        self._candidates = candidates
        self._part = part
        self._generator = np.random.default_rng([seed, PARTS.index(part)])
        self._pairs = _pairs_of(candidates, part)
        if not self._pairs.shape[1]:
            raise ValueError(
                f"this Pokédex has so few Pokémon that no pair of them falls to the part {part}: "
                "ingest the whole Pokédex"
            )

    def scenarios(self, count: int) -> Integers:
        return self._generator.choice(len(SCENARIOS), size=count, p=SCENARIO_SHARES)

    def kinds(self, count: int) -> Integers:
        return self._generator.choice(len(_KIND_SHARES), size=count, p=_KIND_SHARES)

    def other_kinds(self, scenario: Integers, kind: Integers, is_new: Flags) -> Integers:
        """The kinds of level, another one where a scenario has given hardly anything new at its own."""
        cell = scenario * len(_KIND_SHARES) + kind
        new, asked = np.bincount(cell, is_new), np.bincount(cell)
        is_spent = (new < _LEAST_NEW * asked)[cell]
        share_near = NEAR_LEVEL_SHARE / (1 - EVEN_LEVEL_SHARE)
        other = np.where(self._generator.random(len(kind)) < share_near, _NEAR, _ANYWHERE)
        return np.where(is_spent, np.where(kind == _EVEN, other, _ANYWHERE), kind)

    def duels(self, scenario: Integers, kind: Integers) -> MatchUps:
        """One duel for each row of both."""
        candidates, generator, count = self._candidates, self._generator, len(scenario)
        form_a, form_b = self._pairs[:, generator.integers(0, self._pairs.shape[1], count)]
        random_a = candidates.random_moves(form_a, generator)
        random_b = candidates.random_moves(form_b, generator)
        plays_best = scenario == SCENARIOS.index("best_move")
        answers_randomly = scenario == SCENARIOS.index("random_move")
        swap = generator.random(count) < 0.5
        best_a = plays_best | (answers_randomly & ~swap)
        best_b = plays_best | (answers_randomly & swap)
        level_a, level_b = self._levels(kind)
        move_a = np.where(best_a, candidates.best[form_a, form_b], random_a)
        move_b = np.where(best_b, candidates.best[form_b, form_a], random_b)
        if self._part == "unseen_move":
            move_a = candidates.random_moves(form_a, generator, unseen=True)
        matchups = MatchUps(form_a, move_a, level_a, form_b, move_b, level_b)
        if self._part in ("unseen_pokemon", "unseen_move"):
            mirrored = matchups.swapped()
            sides = zip(matchups.columns(), mirrored.columns(), strict=True)
            matchups = MatchUps(*(np.where(swap, other, own) for own, other in sides))
        return matchups

    def _levels(self, kind: Integers) -> tuple[Integers, Integers]:
        generator, count = self._generator, len(kind)
        level_a = generator.integers(1, 101, count)
        anywhere = generator.integers(1, 101, count)
        apart = np.rint(generator.normal(0, NEAR_LEVEL_SPREAD, count)).astype(np.int64)
        level_b = np.where(kind == _NEAR, np.clip(level_a + apart, 1, 100), anywhere)
        even = kind == _EVEN
        return np.where(even, EVEN_LEVEL, level_a), np.where(even, EVEN_LEVEL, level_b)


def _pairs_of(candidates: Candidates, part: Part) -> Integers:
    """(2, n) all ordered pairs of forms of a part."""
    if part == "unseen_pokemon":
        return _each_with_each(candidates.unseen_forms, candidates.all_forms)
    first = candidates.unseen_move_users if part == "unseen_move" else candidates.forms
    pairs = _each_with_each(first, candidates.forms)
    wanted = PARTS.index("test" if part == "unseen_move" else part)
    return pairs[:, part_of_pair(pairs[0], pairs[1]) == wanted]


def _each_with_each(first: Integers, second: Integers) -> Integers:
    return np.stack([np.repeat(first, len(second)), np.tile(second, len(first))])


def _is_first(keys: Integers) -> Flags:
    """Whether no equal key stands before it."""
    is_first = np.zeros(len(keys), dtype=bool)
    is_first[np.unique(keys, return_index=True)[1]] = True
    return is_first
