"""Which match-ups are played, and the classes that their moves belong to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from contracts.pokedex import MoveRecord
from shared.battle.matchups import MatchUps
from shared.battle.simulator import simulate
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

LEVEL: Final = 50
CANDIDATES: Final = 16
"""Opponents that are weighed for one move; the most contested duel is played."""
WEIGHING_BATTLES: Final = 24

PLAIN: Final = "plain hit"
CLASSES: Final[dict[str, tuple[str, ...]]] = {
    "two to five hits, two hits": ("multi_hit",),
    "often critical": ("crit_ratio", "always_crit"),
    "fixed or level damage": ("fixed_damage", "level_damage", "psywave", "half_hp_damage"),
    "one-hit KO": ("ohko",),
    "power by weight": ("weight_based",),
    "Foul Play": ("foul_play",),
    "Facade": ("facade",),
    "Rage": ("rage",),
    "charges a turn": ("charge",),
    "out of reach": ("semi_invulnerable", "hits_semi_invulnerable"),
    "recharges": ("recharge",),
    "locked, then confused": ("locked",),
    "Counter, Mirror Coat": ("counter",),
    "Bide": ("bide",),
    "Dream Eater": ("dream_eater",),
    "Sucker Punch": ("sucker_punch",),
    "Fake Out": ("fake_out",),
    "recoil": ("recoil",),
    "crash": ("crash",),
    "drain, Leech Seed": ("drain", "leech_seed"),
    "faints to strike": ("self_ko",),
    "screens": ("reflect", "light_screen", "breaks_screens"),
    "partial trap": ("partial_trap",),
    "resets stages": ("clears_target_stages", "clears_all_stages"),
    "burn": ("burn_chance",),
    "paralysis": ("paralysis_chance",),
    "poison": ("poison_chance",),
    "freeze, Tri Attack": ("freeze_chance", "tri_attack_chance"),
    "confusion": ("confusion_chance",),
    "flinch": ("flinch_chance",),
    "stage changes": ("target_stage_chance", "self_stage_chance", "charge_defense"),
    "without effect in a duel": (
        "forces_switch",
        "switches_user",
        "breaks_protect",
        "thaws_target",
        "cures_user",
    ),
}
"""Class → the effect words that put a move into it; a move without any of them is a plain hit."""


def classes_of(move: MoveRecord) -> tuple[str, ...]:
    """The classes of a damaging move, at least one."""
    found = tuple(name for name, words in CLASSES.items() if any(word in move.effects for word in words))
    return found or (PLAIN,)


class Field:
    """The forms with their damaging moves, as indices of `tables`; draws match-ups."""

    def __init__(self, pokedex: Pokedex, tables: BattleTables) -> None:
        self.tables = tables
        self.moves = [move for move in pokedex.moves if move.category != "status"]
        self.classes = {tables.move_index[move.slug]: classes_of(move) for move in self.moves}
        self.known: Mapping[int, Sequence[int]] = {
            form: [tables.move_index[move] for move in pokedex.damaging_moves(slug)]
            for slug, form in tables.form_index.items()
        }
        self.fighters = [form for form, moves in self.known.items() if moves]
        self.learners = {
            move: [form for form in self.fighters if move in self.known[form]] for move in self.classes
        }

    def random(self, count: int, rng: np.random.Generator) -> MatchUps:
        """Two forms and one damaging move of each, uniformly, level 50."""
        rows = []
        for _ in range(count):
            a, b = (int(rng.choice(self.fighters)) for _ in range(2))
            rows.append((a, self._any_move(a, rng), LEVEL, b, self._any_move(b, rng), LEVEL))
        return _matchups(rows)

    def covering(self, per_move: int, per_class: int, rng: np.random.Generator) -> MatchUps:
        """Every move and class so often, every form that can fight at least once; contested if possible."""
        uses: Counter[int] = Counter()
        rows = []
        for move in self._moves_to_play(per_move, per_class):
            user = self._least_used(self.learners[move], uses, rng)
            candidates = [self._opponent(user, move, uses, rng) for _ in range(CANDIDATES)]
            rates = simulate(self.tables, _matchups(candidates), WEIGHING_BATTLES, seed=0).win_rate
            chosen = candidates[int(np.argmin(np.abs(rates - 0.5)))]
            uses.update((chosen[0], chosen[3]))
            rows.append(chosen)
        for form in self.fighters:
            if not uses[form]:
                rows.append(self._opponent(form, self._any_move(form, rng), uses, rng))
        return _matchups(rows)

    def _moves_to_play(self, per_move: int, per_class: int) -> list[int]:
        chosen = list(self.classes) * per_move
        for name in (PLAIN, *CLASSES):
            members = [move for move, names in self.classes.items() if name in names]
            missing = per_class - per_move * len(members)
            chosen += [members[place % len(members)] for place in range(missing)]
        return chosen

    def hits(self, per_form: int, rng: np.random.Generator) -> MatchUps:
        """(form, move) of `a`, at most `per_form` moves a form, against every form in turn at any level.

        Damaging moves that none of these has follow, each by one of its learners.
        """
        rows = [
            (form, int(move))
            for form, moves in self.known.items()
            for move in rng.permutation(np.array(moves or self.known[self.fighters[0]]))[:per_form]
        ]
        drawn = {move for _, move in rows}
        rows += [(self.learners[move][0], move) for move in self.classes if move not in drawn]
        opponents = rng.permutation(np.resize(list(self.known), len(rows)))
        levels = rng.integers(1, 101, (len(rows), 2))
        anything = self.known[self.fighters[0]][0]
        return _matchups(
            [
                (form, move, int(level_a), int(opponent), anything, int(level_b))
                for (form, move), opponent, (level_a, level_b) in zip(rows, opponents, levels, strict=True)
            ]
        )

    def _opponent(
        self, user: int, move: int, uses: Counter[int], rng: np.random.Generator
    ) -> tuple[int, int, int, int, int, int]:
        opponent = self._least_used([int(form) for form in rng.choice(self.fighters, 3)], uses, rng)
        level = int(rng.choice(np.array([LEVEL, LEVEL, rng.integers(1, 101)])))
        other = int(np.clip(level + rng.integers(-8, 9), 1, 100))
        return user, move, level, opponent, self._any_move(opponent, rng), other

    def _least_used(self, forms: Sequence[int], uses: Counter[int], rng: np.random.Generator) -> int:
        least = min(uses[form] for form in forms)
        return int(rng.choice(np.array([form for form in forms if uses[form] == least])))

    def _any_move(self, form: int, rng: np.random.Generator) -> int:
        return int(rng.choice(np.array(self.known[form])))


def _matchups(rows: Sequence[tuple[int, ...]]) -> MatchUps:
    return MatchUps(*np.array(rows, dtype=np.int64).T)
