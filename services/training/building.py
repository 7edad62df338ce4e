"""The dataset of one job: drawn, played or taken from its shelf, hashed, described by its card."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.training.candidates import Candidates
from services.training.card import card_json, card_markdown, make_card
from services.training.dataset import PARTS, Part, Rows, build_part, hash_rows
from services.training.playing import player
from services.training.reports import Built, Job
from services.training.shelf import ParquetShelf, dataset_key
from services.training.watch import Watch
from shared.battle.features import feature_rows
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

MAXIMUM_PROCESSES: Final = 8
SPAN_END: Final = 0.6
_SPANS: Final[dict[Part, tuple[float, float]]] = {
    "train": (0.02, 0.43),
    "validation": (0.43, 0.47),
    "test": (0.47, 0.51),
    "unseen_pokemon": (0.51, 0.55),
    "unseen_move": (0.55, SPAN_END),
}
"""Shares of the whole job."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """All parts, what names their content, and the module that trains on them."""

    parts: dict[Part, Rows]
    dataset_hash: str
    match_ups: int
    recipe: Any

    def built(self, watch: Watch) -> Built:
        """What is told when no model was asked for."""
        return Built(dataset_hash=self.dataset_hash, match_ups=self.match_ups, steps=watch.steps)


def build_dataset(job: Job, pokedex: Pokedex, tables: BattleTables, folder: Path, watch: Watch) -> Dataset:
    """Build every part and leave the card in `folder`. Equal jobs, equal hashes.

    The libraries of the training take seconds to load, which pass while the duels are played.
    """
    candidates = Candidates.of(tables, pokedex)
    shelf = None
    if job.dataset_folder:
        shelf = ParquetShelf(Path(job.dataset_folder) / dataset_key(pokedex.pokedex_hash, job.size, job.seed))
    watch("compiling the features", 0.0)
    feature_rows(tables, *np.zeros((6, 1), dtype=np.int64))  # once, before the players start
    parts: dict[Part, Rows] = {}
    with (
        ThreadPoolExecutor(1) as loader,
        player(tables, job.records, min(job.n_jobs, MAXIMUM_PROCESSES)) as play,
    ):
        libraries = loader.submit(import_module, "services.training.recipe")
        for part in PARTS:
            step = f"simulating {job.size.rows(part):,} match-ups ({part})"
            tell = spanned(watch, step, *_SPANS[part])
            tell(0.0)
            parts[part] = build_part(candidates, part, job.size, job.seed, play, tell, shelf)
        watch("loading the training libraries", SPAN_END)
        recipe = libraries.result()
    dataset_hash = hash_rows(parts)
    card = make_card(
        parts,
        tables=tables,
        candidates=candidates,
        size=job.size,
        seed=job.seed,
        dataset_hash=dataset_hash,
        steps=watch.steps,
    )
    (folder / "dataset.json").write_bytes(card_json(card))
    (folder / "dataset.md").write_text(card_markdown(card))
    return Dataset(parts, dataset_hash, card["match_ups"], recipe)


def spanned(watch: Watch, step: str, start: float, end: float) -> Callable[..., None]:
    """Reports a step by its own fraction, 0 to 1, as its share of the whole."""

    def tell(done: float, detail: str = "") -> None:
        watch(step, start + done * (end - start), detail)

    return tell
