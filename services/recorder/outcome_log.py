"""Reported outcomes in PostgreSQL: insert and select only, one row per request and reporter."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert

from contracts.serving import OutcomeReported
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import Outcome
from shared.delivery.door import Record


class OutcomeLog:
    """Writes to a database that is open while the service runs."""

    def __init__(self, database: Database) -> None:
        """Nothing is written before `record`."""
        self._database = database

    async def record(self, batch: Sequence[tuple[Record, OutcomeReported]]) -> set[int]:
        """Insert what is new, in one transaction; the first report of a reporter on a request counts.

        Returns the indices that say otherwise than what is kept. Raises TransientFailure.
        """
        first: dict[tuple[str, str], tuple[Record, OutcomeReported]] = {}
        for record, report in batch:
            first.setdefault(_key(report), (record, report))
        rows = [_row(record, report) for record, report in first.values()]
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await connection.execute(insert(Outcome).on_conflict_do_nothing(), rows)
                kept = await connection.execute(
                    select(Outcome.request_id, Outcome.reporter, Outcome.outcome).where(
                        tuple_(Outcome.request_id, Outcome.reporter).in_(list(first))
                    )
                )
                outcomes = {(row.request_id, row.reporter): row.outcome for row in kept}
        return {index for index, (_, report) in enumerate(batch) if outcomes[_key(report)] != report.outcome}


def _key(report: OutcomeReported) -> tuple[str, str]:
    return (report.request_id, report.reporter)


def _row(record: Record, report: OutcomeReported) -> dict[str, object]:
    return {
        "request_id": report.request_id,
        "reporter": report.reporter,
        "outcome": report.outcome,
        "source_partition": record.partition,
        "source_offset": record.offset,
        "reported_at": datetime.fromtimestamp(record.timestamp / 1000, UTC),
    }
