"""The rows of a report are those that were counted: what the counter refused is no row."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import msgspec
import pytest

from contracts.serving import PredictionMade
from services.drift_report import window_rows
from services.drift_report.window_rows import read_rows
from shared.drift.binning import Binning, Observed
from shared.drift.counting import Event
from shared.drift.documents import Window
from shared.drift.exact import rows_of
from shared.drift.shelved import Shelved
from shared.settings import Settings
from tests.support.drift import a_reference, observed_rows, stored_windows
from tests.support.drift_family import FAMILY, DriftingFamily, prediction

NOW_MS = 1_000_000_000_000
CELL_MS = 60_000


def a_window() -> Window:
    made = stored_windows(1)[0].window
    return msgspec.structs.replace(
        made, family=FAMILY, model_version="v1", start_ms=NOW_MS, end_ms=NOW_MS + CELL_MS
    )


async def test_a_row_whose_features_have_another_length_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    good = observed_rows(3, seed=7)
    short = Observed(good[0].features[:-4], good[0].scores, good[0].categories)
    log = [prediction(row, "v1") for row in (good[0], short, good[1], good[2])]

    async def no_offsets(*_: Any) -> dict[int, int]:
        return {}

    async def from_log(
        _settings: Settings, begins: Mapping[int, int], ends: Mapping[int, int]
    ) -> AsyncIterator[tuple[int, PredictionMade, Event]]:
        for offset, made in enumerate(log):
            event = Event(offset, NOW_MS + offset, made.request_id, made.family, made.model_version, None)
            yield 0, made, event

    monkeypatch.setattr(window_rows, "offsets_at", no_offsets)
    monkeypatch.setattr(window_rows, "_events", from_log)
    reference = a_reference()
    release = Shelved(DriftingFamily(), "0" * 64, Binning(reference))
    offsets = [{"partition": 0, "first_offset": 0, "last_offset": len(log) - 1}]
    settings = Settings(drift_report_rows=1_000)
    read = await read_rows(settings, release, a_window(), offsets, CELL_MS)
    assert read.observed == good
    assert read.counted == len(good)
    assert set(read.chances) == {log[0].request_id, log[2].request_id, log[3].request_id}
    assert len(rows_of(reference, read.observed)) == len(good)
