"""The dataset on disk: Parquet files, one a block, written whole or not at all, and its card beside them."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from services.training.dataset import SCENARIOS, Block, DatasetSize, Labels, Part
from services.training.reports import CARD_FILES
from shared.battle.compiled import sources_hash
from shared.battle.tables import BattleTables

ROWS_FOLDER: Final = "rows"
METADATA_KEY: Final = b"predictiondex"
"""Of each file's schema: JSON of what made the dataset, the same in all of them."""


def dataset_key(pokedex_hash: str, size: DatasetSize, seed: int) -> str:
    """Names a dataset: Pokédex, battle sources, sizes and seed. Equal keys hold equal labels."""
    words = f"{pokedex_hash} {sources_hash()} {size} {seed}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Names:
    """Slugs of forms and moves by their index, and what made the dataset."""

    forms: Sequence[str]
    moves: Sequence[str]
    made_by: Mapping[str, Any]

    @classmethod
    def of(cls, tables: BattleTables, seed: int) -> "Names":
        """Those of the tables that a dataset is played on."""
        made_by = {"pokedex_hash": tables.pokedex_hash, "sources_hash": sources_hash(), "seed": seed}
        return cls(list(tables.form_index), list(tables.move_index), made_by)


class ParquetShelf:
    """One folder a dataset: `rows/` has one file a block, each row a match-up by name with its label.

    Columns: part, scenario, form, move and level of `a` and of `b`, battles, win rate of `a`.
    """

    def __init__(self, folder: Path, names: Names, *, is_fresh: bool = False) -> None:
        """`folder` is made. `is_fresh`: what lies there is not read, but written over."""
        self._folder = folder
        self._rows = folder / ROWS_FOLDER
        self._forms = np.array(names.forms)
        self._moves = np.array(names.moves)
        self._metadata = {METADATA_KEY: msgspec.json.encode(names.made_by)}
        self._is_fresh = is_fresh
        self._rows.mkdir(parents=True, exist_ok=True)
        for left in self._rows.glob("*.partial"):
            left.unlink(missing_ok=True)

    @property
    def folder(self) -> Path:
        """Where rows and card are."""
        return self._folder

    def load(self, part: Part, number: int, block: Block) -> Labels:
        """See `Shelf`. A file that cannot be read, or holds another block, counts as absent."""
        if self._is_fresh:
            return None
        try:
            table = pq.read_table(self._path(part, number))
        except (OSError, pa.ArrowInvalid):
            return None
        wanted = self._table(part, block)
        if not set(table.column_names) >= {*wanted.column_names, "win_rate"}:
            return None
        if not table.select(wanted.column_names).equals(wanted):
            return None
        win_rate: NDArray[np.float64] = table["win_rate"].to_numpy()
        return win_rate

    def save(self, part: Part, number: int, block: Block, win_rate: NDArray[np.float64]) -> None:
        """See `Shelf`."""
        table = self._table(part, block).append_column("win_rate", pa.array(win_rate))
        path = self._path(part, number)
        partial = path.with_suffix(f".{os.getpid()}.partial")
        pq.write_table(table.replace_schema_metadata(self._metadata), partial)
        partial.replace(path)

    def built_before(self) -> str:
        """The hash on the card of an earlier run that reached its end; empty when there is none."""
        try:
            card = msgspec.json.decode((self._folder / CARD_FILES[0]).read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.DecodeError):
            return ""
        return str(card.get("dataset_hash", ""))

    def keep_card(self, made: Path) -> None:
        """Copy the card from the folder where it was made."""
        for name in CARD_FILES:
            partial = self._folder / f"{name}.partial"
            partial.write_bytes((made / name).read_bytes())
            partial.replace(self._folder / name)

    def _table(self, part: Part, block: Block) -> pa.Table:
        duels = block.matchups
        return pa.table(
            {
                "part": np.full(len(duels), part),
                "scenario": np.array(SCENARIOS)[block.scenario],
                "form_a": self._forms[duels.form_a],
                "move_a": self._moves[duels.move_a],
                "level_a": duels.level_a,
                "form_b": self._forms[duels.form_b],
                "move_b": self._moves[duels.move_b],
                "level_b": duels.level_b,
                "battles": np.full(len(duels), block.battles),
            }
        )

    def _path(self, part: Part, number: int) -> Path:
        return self._rows / f"{part}-{number:05d}.parquet"
