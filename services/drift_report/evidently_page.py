"""Evidently's own report of a window. Evidently takes seconds to import and 300 MB: worker process only."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from shared.drift.exact import Rows

THRESHOLD: Final = 0.1
"""Evidently's own, of both distances; said here so that another version of it changes nothing."""


def evidently_report(now: Rows, then: Rows, drift_share: float) -> tuple[bytes, Mapping[str, Any]]:
    """The report as one HTML file that needs no network, and its numbers.

    Distances, so that the size of the window does not decide: Wasserstein in standard deviations of the
    reference for numbers, Jensen-Shannon for categories. A column without a value on either side cannot
    be compared and is left out.
    """
    numbers = [name for name in then.numbers if _has_values(now, name) and _has_values(then, name)]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=list(then.words))
    ours, theirs = (
        Dataset.from_pandas(
            pd.DataFrame({name: side.numbers[name] for name in numbers} | dict(side.words)),
            data_definition=definition,
        )
        for side in (now, then)
    )
    preset = DataDriftPreset(
        drift_share=drift_share,
        num_method="wasserstein",
        cat_method="jensenshannon",
        num_threshold=THRESHOLD,
        cat_threshold=THRESHOLD,
    )
    snapshot = Report([preset]).run(current_data=ours, reference_data=theirs)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        snapshot.save_html(str(page))
        return page.read_bytes(), snapshot.dict()


def _has_values(side: Rows, name: str) -> bool:
    return bool(np.isfinite(side.numbers[name]).any())
