"""The drift reference of a release: histograms that windows are counted by, and a sample for reports.

Made from the test part: of duels in which both sides play their best move, as the decisive row of an
answer is of such a duel; of all when there are too few.
"""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from contracts.models import Calibration
from services.training.dataset import SCENARIOS, Rows
from services.training.drift_files import HISTOGRAMS_FILE, SAMPLE_FILE
from shared.battle.features import FEATURE_NAMES
from shared.battle.observing import observe_duels
from shared.battle.tables import BattleTables
from shared.drift.reference import encode_reference, make_reference

LEAST_ROWS: Final = 500
MOST_SAMPLED: Final = 5_000


def write_reference(
    folder: Path,
    tables: BattleTables,
    rows: Rows,
    predicted: NDArray[np.float64],
    calibration: Calibration,
) -> None:
    """Leave both files in `folder`. `predicted`: (rows,) chances of `a`, as requests are answered."""
    decisive = np.flatnonzero(rows.scenario == SCENARIOS.index("best_move"))
    chosen = decisive if len(decisive) >= LEAST_ROWS else np.arange(len(rows))
    duels, features = rows.matchups.take(chosen), rows.features[chosen]
    forms = np.array(list(tables.form_index))
    scores, categories = observe_duels(
        predicted[chosen], forms[duels.form_a].tolist(), forms[duels.form_b].tolist(), calibration
    )
    reference = make_reference(features, FEATURE_NAMES, scores, categories)
    (folder / HISTOGRAMS_FILE).write_bytes(encode_reference(reference))
    columns = {name: features[:, position] for position, name in enumerate(FEATURE_NAMES)}
    table = pa.table({**columns, **scores, **categories, "outcome": rows.win_rate[chosen]})
    pq.write_table(table.slice(0, MOST_SAMPLED), folder / SAMPLE_FILE)
