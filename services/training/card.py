"""The dataset card: counts, balance, parameters, hashes, time and memory; JSON, and Markdown from it."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from contracts.models import TrainingStep
from services.training.candidates import HELD_OUT_SEED, Candidates
from services.training.dataset import SCENARIOS, DatasetSize, Part, Rows
from services.training.drawing import count_distinct
from services.training.record import step_lines
from shared.battle.compiled import sources_hash
from shared.battle.matchups import MatchUps
from shared.battle.tables import BattleTables


def make_card(
    parts: Mapping[Part, Rows],
    *,
    tables: BattleTables,
    candidates: Candidates,
    size: DatasetSize,
    seed: int,
    dataset_hash: str,
    trained_on: int,
    steps: Sequence[TrainingStep],
) -> dict[str, Any]:
    """Everything that says what the dataset is and how it was made.

    `trained_on`: match-ups of the training part that the recipe takes.
    """
    forms, moves = np.array(list(tables.form_index)), np.array(list(tables.move_index))
    unseen = np.unique(np.concatenate([*candidates.unseen_moves, np.zeros(0, dtype=np.int64)]))
    columns = zip(*(rows.matchups.columns() for rows in parts.values()), strict=True)
    distinct, without_mirrors = count_distinct(MatchUps(*(np.concatenate(column) for column in columns)))
    return {
        "dataset_hash": dataset_hash,
        "pokedex_hash": tables.pokedex_hash,
        "sources_hash": sources_hash(),
        "seed": seed,
        "held_out_seed": HELD_OUT_SEED,
        "unseen_pokemon": forms[candidates.unseen_forms].tolist(),
        "unseen_moves": moves[unseen].tolist(),
        "train_battles": size.train_battles,
        "judging_battles": size.judging_battles,
        "match_ups": sum(len(rows) for rows in parts.values()),
        "distinct_match_ups": distinct,
        "distinct_without_mirrors": without_mirrors,
        "train_match_ups_used": trained_on,
        "parts": {part: _describe(rows) for part, rows in parts.items()},
        "steps": msgspec.to_builtins(steps),
    }


def _describe(rows: Rows) -> dict[str, Any]:
    even = (rows.matchups.level_a == 50) & (rows.matchups.level_b == 50)
    contested = (rows.win_rate >= 0.1) & (rows.win_rate <= 0.9)
    distinct, without_mirrors = count_distinct(rows.matchups)
    return {
        "match_ups": len(rows),
        "distinct": distinct,
        "distinct_without_mirrors": without_mirrors,
        "battles_a_match_up": rows.battles,
        "share_won_by_a": round(float((rows.win_rate > 0.5).mean()), 4),
        "share_contested": round(float(contested.mean()), 4),
        "share_at_level_50": round(float(even.mean()), 4),
        "scenarios": {
            name: int((rows.scenario == position).sum()) for position, name in enumerate(SCENARIOS)
        },
    }


def card_json(card: Mapping[str, Any]) -> bytes:
    """The card as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(card))


def card_markdown(card: Mapping[str, Any]) -> str:
    """The card for people."""
    plain = [name for name in card if name not in ("parts", "unseen_pokemon", "unseen_moves", "steps")]
    lines = ["# Dataset card", "", *(f"- {name}: {card[name]}" for name in plain)]
    lines += [f"- {name}: {', '.join(card[name])}" for name in ("unseen_pokemon", "unseen_moves")]
    names = list(next(iter(card["parts"].values())))
    lines += ["", f"| part | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for part, described in card["parts"].items():
        lines.append(f"| {part} | {' | '.join(str(described[name]) for name in names)} |")
    steps = msgspec.convert(card["steps"], tuple[TrainingStep, ...])
    return "\n".join([*lines, "", *step_lines(steps)]) + "\n"
