"""The peer's way to a prediction: a pandas frame of one duel, one-hot columns, two scalers, a forest."""

from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import xgboost
from sklearn.preprocessing import StandardScaler

from contracts.battle import ResolvedBattle
from contracts.pokedex import MoveRecord, PokemonRecord, TypeRecord
from shared.pokedex import Pokedex

STATS: Final = ("hp", "attack", "defense", "special_attack", "special_defense", "speed")
CATEGORIES: Final = ("a_type_1", "a_type_2", "b_type_1", "b_type_2", "move_a_type", "move_b_type")
STAB: Final = 1.5


@dataclass(slots=True)
class Pipeline:
    """What the peer pickles: columns in order, scalers for stats and for the derived, the forest."""

    columns: list[str]
    stat_columns: list[str]
    derived_columns: list[str]
    stat_scaler: StandardScaler
    derived_scaler: StandardScaler
    model: xgboost.XGBClassifier


class Duels:
    """Frames of duels from a Pokédex."""

    def __init__(self, pokedex: Pokedex) -> None:
        self._pokemon = {one.slug: one for one in pokedex.pokemon}
        self._moves = {one.slug: one for one in pokedex.moves}
        self._types: dict[str, TypeRecord] = {one.slug: one for one in pokedex.types}

    def frame(self, a: str, move_a: str, b: str, move_b: str) -> pd.DataFrame:
        """One row: stats, types, moves, and what follows from them."""
        first, second = self._pokemon[a], self._pokemon[b]
        own, reply = self._moves[move_a], self._moves[move_b]
        row: dict[str, Any] = {}
        for side, one in (("a", first), ("b", second)):
            row |= {f"{side}_{name}": getattr(one.base_stats, name) for name in STATS}
            row[f"{side}_type_1"] = one.types[0]
            row[f"{side}_type_2"] = one.types[1] if len(one.types) > 1 else "none"
        for name in STATS:
            row[f"difference_{name}"] = row[f"a_{name}"] - row[f"b_{name}"]
        for side, move, user, target in (("a", own, first, second), ("b", reply, second, first)):
            row[f"move_{side}_type"] = move.type
            row[f"move_{side}_power"] = move.power or 0
            row[f"move_{side}_accuracy"] = move.accuracy or 100
            row[f"move_{side}_pp"] = move.pp
            row[f"move_{side}_priority"] = move.priority
            row |= self._derived(side, move, user, target)
        row["a_moves_first"] = int((own.priority, row["a_speed"]) > (reply.priority, row["b_speed"]))
        row["damage_difference"] = row["derived_a_damage"] - row["derived_b_damage"]
        return pd.DataFrame([row])

    def best_reply(self, user: str, target: str, moves: tuple[str, ...]) -> str:
        """The one reply that the peer weighs: the most damage."""
        one, other = self._pokemon[user], self._pokemon[target]
        return max(
            moves, key=lambda slug: self._derived("b", self._moves[slug], one, other)["derived_b_damage"]
        )

    def _derived(
        self, side: str, move: MoveRecord, user: PokemonRecord, target: PokemonRecord
    ) -> dict[str, float]:
        stab = STAB if move.type in user.types else 1.0
        multiplier = 1.0
        for type_ in target.types:
            multiplier *= self._types[move.type].effectiveness.get(type_, 1.0)
        is_physical = move.category == "physical"
        attack = user.base_stats.attack if is_physical else user.base_stats.special_attack
        defense = target.base_stats.defense if is_physical else target.base_stats.special_defense
        power = (move.power or 0) * (move.accuracy or 100) / 100
        damage = power * stab * multiplier * attack / defense
        return {
            f"derived_{side}_stab": stab,
            f"derived_{side}_multiplier": multiplier,
            f"derived_{side}_damage": damage,
            f"derived_{side}_turns": target.base_stats.hp / max(damage, 1.0),
        }


def encoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Categories as one-hot columns."""
    return pd.get_dummies(frame, columns=list(CATEGORIES), dtype=float)


def fit(duels: Duels, battles: list[ResolvedBattle], won: list[bool], trees: int) -> Pipeline:
    """A pipeline on these battles; how well it predicts is not what is compared."""
    frames = [duels.frame(one.a.pokemon, one.a.moves[0], one.b.pokemon, one.b.moves[0]) for one in battles]
    whole = encoded(pd.concat(frames, ignore_index=True))
    derived = [name for name in whole.columns if name.startswith("derived_")]
    stats = [name for name in whole.columns if name.endswith(STATS)]
    stat_scaler, derived_scaler = StandardScaler().fit(whole[stats]), StandardScaler().fit(whole[derived])
    pipeline = Pipeline(
        list(whole.columns),
        stats,
        derived,
        stat_scaler,
        derived_scaler,
        xgboost.XGBClassifier(n_estimators=trees, max_depth=8, n_jobs=1),
    )
    pipeline.model.fit(scaled(pipeline, whole), won)
    return pipeline


def scaled(pipeline: Pipeline, frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of the training, scaled."""
    ready = frame.reindex(columns=pipeline.columns, fill_value=0.0).astype(float)
    ready[pipeline.stat_columns] = pipeline.stat_scaler.transform(ready[pipeline.stat_columns])
    ready[pipeline.derived_columns] = pipeline.derived_scaler.transform(ready[pipeline.derived_columns])
    return ready
