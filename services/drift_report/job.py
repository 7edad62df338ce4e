"""The process that makes one drift report: `python -m services.drift_report.job PARENT`.

Reads a `ReportTask` (MessagePack) from stdin, writes one `Outcome` (JSON) to stdout. Evidently, pandas
and SciPy's tests are imported here, so that the service itself stays small; memory and time are bounded
by the operating system, the priority is the lowest, and without PARENT, who started it, it ends.
"""

import asyncio
import io
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow.parquet as pq
from aiokafka.errors import KafkaError
from sqlalchemy import select

from services.drift_report.bounds import bound_memory, bound_time, step_back
from services.drift_report.evidently_page import evidently_report
from services.drift_report.window_rows import WindowRows, read_rows
from shared.artefacts import ArtefactStore
from shared.database import create_engine
from shared.database.failures import transient_when_passing
from shared.database.tables import Outcome as OutcomeRow
from shared.drift.binning import Binning
from shared.drift.exact import ExactScore, Rows, rows_of, score_exactly
from shared.drift.performance import Performance, grouped, performance
from shared.drift.reference import decode_reference
from shared.drift.report_task import Outcome, ReportFailed, ReportMade, ReportTask
from shared.drift.shelved import Shelved
from shared.errors import ModelRejected, TransientFailure
from shared.families import Family, families
from shared.parent_process import end_with
from shared.settings import Settings

IDS_AT_ONCE: Final = 5_000


async def make_report(task: ReportTask, settings: Settings, family: Family) -> ReportMade:
    """Read the rows again, score them exactly, store page and numbers.

    Raises ValueError when there is nothing to report on, ModelRejected, TransientFailure, KafkaError.
    """
    store = ArtefactStore(settings.artifacts)
    binning, then = _reference(store, task)
    release = Shelved(family, task.window.reference, binning)
    read = await read_rows(settings, release, task.window, task.offsets, task.cell_ms)
    if not read.observed:
        raise ValueError("the log holds none of the window's predictions any more")
    now = rows_of(binning.reference, read.observed)
    exact = score_exactly(now, then)
    truths = await _truths(settings, family, list(read.chances))
    achieved = performance(grouped(read.chances, truths))
    page, numbers = evidently_report(now, then, settings.drift_alarm_share)
    document = _document(task, read, exact, achieved, numbers)
    return ReportMade(
        html_sha256=store.put(page).sha256,
        json_sha256=store.put(msgspec.json.encode(document, enc_hook=_plain)).sha256,
        rows=len(read.observed),
        differs=tuple(document["differs"]),
    )


def _reference(store: ArtefactStore, task: ReportTask) -> tuple[Binning, Rows]:
    """The histograms, and the sample of rows behind them."""
    stored = task.release.drift_reference
    if stored is None:
        raise ValueError("the release has no drift reference: train it again to get one")
    reference = decode_reference(store.get(stored.uri, stored.sha256))
    sample = pq.read_table(io.BytesIO(store.get(stored.sample_uri, stored.sample_sha256)))
    numbers = [column.name for column in (*reference.features, *reference.scores)]
    return Binning(reference), Rows(
        {name: sample[name].to_numpy().astype(np.float64) for name in numbers},
        {column.name: sample[column.name].to_pylist() for column in reference.categories},
    )


async def _truths(settings: Settings, family: Family, request_ids: Sequence[str]) -> dict[str, float]:
    """By request id what came of it; of several reports the first, when it says something."""
    engine = create_engine(settings)
    truths: dict[str, float] = {}
    try:
        with transient_when_passing():
            async with engine.connect() as connection:
                for begin in range(0, len(request_ids), IDS_AT_ONCE):
                    some = request_ids[begin : begin + IDS_AT_ONCE]
                    found = await connection.execute(
                        select(OutcomeRow.request_id, OutcomeRow.outcome)
                        .where(OutcomeRow.request_id.in_(some))
                        .order_by(OutcomeRow.reported_at, OutcomeRow.source_offset)
                    )
                    for row in found:
                        truth = family.truths.get(row.outcome)
                        if truth is not None:
                            truths.setdefault(row.request_id, truth)
    finally:
        await engine.dispose()
    return truths


def _document(
    task: ReportTask,
    read: WindowRows,
    exact: Sequence[ExactScore],
    achieved: Performance | None,
    numbers: Mapping[str, Any],
) -> dict[str, Any]:
    called = {column.name for column in task.window.columns if column.drifts}
    drifting = [column.name for column in exact if column.drifts]
    return {
        "window": task.document,
        "predictions_left": read.counted,
        "rows": len(read.observed),
        "columns": exact,
        "drifting": drifting,
        "share_drifting": len(drifting) / len(exact),
        "differs": sorted(called ^ set(drifting)),
        "performance": achieved,
        "evidently": numbers,
    }


def _plain(value: Any) -> Any:
    """Numbers of NumPy as Python's own, anything else by its name."""
    return value.item() if isinstance(value, np.generic) else str(value)


def run(content: bytes, known: Mapping[str, Family]) -> Outcome:
    """The whole job, bounded. `known`: the families that a window may be of."""
    task = msgspec.msgpack.decode(content, type=ReportTask)
    settings = Settings.model_validate_json(task.settings)
    # the service's own deadline began earlier, and says why; this one is for when nobody waits
    bound_time(settings.drift_report_seconds)
    bound_memory(settings.drift_report_memory_mb)
    try:
        return asyncio.run(make_report(task, settings, known[task.window.family]))
    except MemoryError:
        return ReportFailed(
            reason=f"it needs more memory than the {settings.drift_report_memory_mb} MB of "
            "PDX_DRIFT_REPORT_MEMORY_MB: raise it, or lower PDX_DRIFT_REPORT_ROWS"
        )
    except (ModelRejected, ValueError) as error:
        return ReportFailed(reason=str(error))
    except (TransientFailure, KafkaError, OSError) as error:
        return ReportFailed(reason=str(error) or repr(error), may_succeed=True)


def main(known: Mapping[str, Family]) -> None:
    """Entry point of the process."""
    end_with(int(sys.argv[1]))
    step_back()
    # what a library prints must not mix with the outcome
    answer, sys.stdout = sys.stdout, sys.stderr
    outcome = run(sys.stdin.buffer.read(), known)
    answer.buffer.write(msgspec.json.encode(outcome))
    answer.buffer.flush()


if __name__ == "__main__":
    main(families())
