"""The dataset of one job: drawn, played or taken from its shelf, hashed, described by its card."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.training.candidates import Candidates
from services.training.card import card_json, card_markdown, make_card
from services.training.dataset import (
    PARTS,
    Block,
    DatasetSize,
    Part,
    Play,
    Played,
    Rows,
    Shelf,
    hash_rows,
)
from services.training.drawing import draw_matchups
from services.training.playing import player
from services.training.reports import CARD_FILES, Built, Job
from services.training.shelf import Names, ParquetShelf, dataset_key
from services.training.watch import Watch
from shared.battle.features import feature_rows
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

BATTLES_AT_ONCE: Final = 120_000
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
    """All parts, what names their content, and the module that trains on them.

    `trained_on`: match-ups of the training part that the module takes. `folder`: where they are kept.
    """

    parts: dict[Part, Rows]
    dataset_hash: str
    match_ups: int
    trained_on: int
    recipe: Any
    folder: str = ""
    earlier_hash: str = ""

    def built(self, watch: Watch) -> Built:
        """What is told when no model was asked for."""
        return Built(
            dataset_hash=self.dataset_hash,
            match_ups=self.match_ups,
            steps=watch.steps,
            folder=self.folder,
            earlier_hash=self.earlier_hash,
        )


def build_dataset(job: Job, pokedex: Pokedex, tables: BattleTables, folder: Path, watch: Watch) -> Dataset:
    """Build every part and leave the card in `folder`. Equal jobs, equal hashes.

    The libraries of the training take seconds to load, which pass while the duels are played.
    """
    candidates = Candidates.of(tables, pokedex)
    shelf = None
    if job.dataset_folder:
        place = Path(job.dataset_folder) / dataset_key(pokedex.pokedex_hash, job.size, job.seed)
        shelf = ParquetShelf(place, Names.of(tables, job.seed), is_fresh=job.fresh)
    watch("compiling the features", 0.0)
    feature_rows(tables, *np.zeros((6, 1), dtype=np.int64))  # once, before the players start
    parts: dict[Part, Rows] = {}
    with (
        ThreadPoolExecutor(1) as loader,
        player(tables, job.records, job.n_jobs) as play,
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
    trained_on = len(recipe.informative(parts["train"])[0])
    card = make_card(
        parts,
        tables=tables,
        candidates=candidates,
        size=job.size,
        seed=job.seed,
        dataset_hash=dataset_hash,
        trained_on=trained_on,
        steps=watch.steps,
    )
    as_json, as_text = CARD_FILES
    (folder / as_json).write_bytes(card_json(card))
    (folder / as_text).write_text(card_markdown(card))
    made = Dataset(parts, dataset_hash, card["match_ups"], trained_on, recipe)
    if shelf is None:
        return made
    earlier = shelf.built_before()
    shelf.keep_card(folder)
    return replace(made, folder=str(shelf.folder), earlier_hash=earlier)


def build_part(
    candidates: Candidates,
    part: Part,
    size: DatasetSize,
    seed: int,
    play: Play,
    on_progress: Callable[[float], None],
    shelf: Shelf | None = None,
) -> Rows:
    """Draw one part and have it played, or taken from the shelf. `on_progress` is told the fraction done."""
    matchups, scenario = draw_matchups(candidates, part, size.rows(part), seed)
    battles = size.battles(part)
    step = max(1, BATTLES_AT_ONCE // battles)
    spans = [slice(start, start + step) for start in range(0, len(matchups), step)]
    blocks = [Block(matchups.take(span), scenario[span], battles) for span in spans]
    known = [shelf.load(part, number, block) if shelf else None for number, block in enumerate(blocks)]
    played: list[Played] = []
    for number, one in enumerate(play([block.matchups for block in blocks], battles, seed, known)):
        played.append(one)
        if shelf and known[number] is None:
            shelf.save(part, number, blocks[number], one.win_rate)
        on_progress(len(played) / len(blocks))
    return Rows(
        matchups=matchups,
        scenario=scenario,
        features=np.concatenate([one.features for one in played]),
        swapped=np.concatenate([one.swapped for one in played]),
        win_rate=np.concatenate([one.win_rate for one in played]),
        battles=battles,
    )


def spanned(watch: Watch, step: str, start: float, end: float) -> Callable[..., None]:
    """Reports a step by its own fraction, 0 to 1, as its share of the whole."""

    def tell(done: float, detail: str = "") -> None:
        watch(step, start + done * (end - start), detail)

    return tell
