"""The dataset card: counts, balance, parameters, hashes, time and memory; JSON, and Markdown from it."""

import resource
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from services.training.candidates import HELD_OUT_SEED, Candidates
from services.training.dataset import SCENARIOS, DatasetSize, Part, Rows
from shared.battle.compiled import sources_hash
from shared.battle.tables import BattleTables


def make_card(
    parts: Mapping[Part, Rows],
    *,
    tables: BattleTables,
    candidates: Candidates,
    size: DatasetSize,
    seed: int,
    dataset_hash: str,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Everything that says what the dataset is and how it was made."""
    forms, moves = np.array(list(tables.form_index)), np.array(list(tables.move_index))
    unseen = np.unique(np.concatenate([*candidates.unseen_moves, np.zeros(0, dtype=np.int64)]))
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
        "parts": {part: _describe(rows) for part, rows in parts.items()},
        "seconds": {step: round(value, 1) for step, value in seconds.items()},
        "peak_memory_mb": round(peak_memory_mb()),
    }


def peak_memory_mb() -> float:
    """Of this process, and of the largest of its workers that have ended, in megabytes."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    workers = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, workers) * 1024 / 1e6


def _describe(rows: Rows) -> dict[str, Any]:
    even = (rows.matchups.level_a == 50) & (rows.matchups.level_b == 50)
    contested = (rows.win_rate >= 0.1) & (rows.win_rate <= 0.9)
    return {
        "match_ups": len(rows),
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
    plain = [name for name in card if name not in ("parts", "unseen_pokemon", "unseen_moves", "seconds")]
    lines = ["# Dataset card", "", *(f"- {name}: {card[name]}" for name in plain)]
    lines += [f"- {name}: {', '.join(card[name])}" for name in ("unseen_pokemon", "unseen_moves")]
    lines += [f"- seconds, {step}: {value}" for step, value in card["seconds"].items()]
    names = list(next(iter(card["parts"].values())))
    lines += ["", f"| part | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for part, described in card["parts"].items():
        lines.append(f"| {part} | {' | '.join(str(described[name]) for name in names)} |")
    return "\n".join(lines) + "\n"
