"""Predictions of the held-out parts as one Parquet file: what every figure and every bar is drawn from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from services.training.dataset import PARTS, SCENARIOS, Part, Rows
from services.training.evaluation import Judged
from services.training.move_classes import CLASSES, class_of_moves
from shared.battle.tables import BattleTables

Floats = NDArray[np.float64]

FILE_NAME: Final = "predictions.parquet"


def store(
    path: Path, tables: BattleTables, parts: Mapping[Part, Rows], predicted: Mapping[Part, Floats]
) -> None:
    """Write one row a duel: part, scenario, both sides by name, move classes, win rate, battles, p."""
    forms, moves = np.array(list(tables.form_index)), np.array(list(tables.move_index))
    classes = np.array(CLASSES)[class_of_moves(tables.moves)]
    written = []
    for part, p in predicted.items():
        rows = parts[part]
        duels = rows.matchups
        written.append(
            pa.table(
                {
                    "part": np.full(len(rows), part),
                    "scenario": np.array(SCENARIOS)[rows.scenario],
                    "form_a": forms[duels.form_a],
                    "move_a": moves[duels.move_a],
                    "class_a": classes[duels.move_a],
                    "level_a": duels.level_a,
                    "form_b": forms[duels.form_b],
                    "move_b": moves[duels.move_b],
                    "class_b": classes[duels.move_b],
                    "level_b": duels.level_b,
                    "win_rate": rows.win_rate,
                    "battles": np.full(len(rows), rows.battles),
                    "race": rows.features[:, rows.race_column].astype(np.float64),
                    "p": p,
                }
            )
        )
    pq.write_table(pa.concat_tables(written), path)


def load(path: Path) -> dict[Part, Judged]:
    """The stored predictions, by part. Raises OSError when the file is not there."""
    table = pq.read_table(path).to_pydict()
    part_of = np.array(table["part"])
    columns = {name: np.array(values) for name, values in table.items()}
    loaded: dict[Part, Judged] = {}
    for part in PARTS:
        chosen = part_of == part
        if chosen.any():
            own = {name: values[chosen] for name, values in columns.items()}
            loaded[part] = Judged(
                predicted=own["p"],
                win_rate=own["win_rate"],
                race=own["race"],
                battles=int(own["battles"][0]),
                scenario=own["scenario"],
                sides=(own["class_a"], own["class_b"]),
                forms=(own["form_a"], own["form_b"]),
            )
    return loaded
