"""Labels of the dataset as Parquet files: a block is written whole or not at all, and read again."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from services.training.dataset import DatasetSize, Labels, Part
from shared.battle.compiled import sources_hash
from shared.battle.matchups import MatchUps

COLUMNS = ("form_a", "move_a", "level_a", "form_b", "move_b", "level_b")


def dataset_key(pokedex_hash: str, size: DatasetSize, seed: int) -> str:
    """Names a dataset: Pokédex, battle sources, sizes and seed. Equal keys hold equal labels."""
    words = f"{pokedex_hash} {sources_hash()} {size} {seed}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


class ParquetShelf:
    """One folder a dataset, one file a block."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made."""
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob("*.partial"):
            left.unlink(missing_ok=True)

    def load(self, part: Part, block: int, matchups: MatchUps) -> Labels:
        """See `Shelf`. A file that cannot be read, or holds other match-ups, counts as absent."""
        path = self._path(part, block)
        try:
            table = pq.read_table(path)
        except (OSError, pa.ArrowInvalid):
            return None
        stored = np.stack([table[name].to_numpy() for name in COLUMNS])
        if not np.array_equal(stored, np.stack(matchups.columns())):
            return None
        win_rate: NDArray[np.float64] = table["win_rate"].to_numpy()
        return win_rate

    def save(self, part: Part, block: int, matchups: MatchUps, win_rate: NDArray[np.float64]) -> None:
        """See `Shelf`."""
        columns = dict(zip(COLUMNS, matchups.columns(), strict=True))
        path = self._path(part, block)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        pq.write_table(pa.table({**columns, "win_rate": win_rate}), partial)
        partial.replace(path)

    def _path(self, part: Part, block: int) -> Path:
        return self._folder / f"{part}-{block:05d}.parquet"
