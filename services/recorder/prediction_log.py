"""The prediction log in PostgreSQL: insert and select only, one row per request id."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from contracts.serving import PredictionMade
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import Prediction
from shared.delivery.door import Record


class PredictionLog:
    """Writes to a database that is open while the service runs."""

    def __init__(self, database: Database) -> None:
        """Nothing is written before `record`."""
        self._database = database

    async def record(self, batch: Sequence[tuple[Record, PredictionMade]]) -> set[int]:
        """Insert what is new, in one transaction; the first prediction of a request id counts.

        Returns the indices whose request id is kept with another body. Raises TransientFailure.
        """
        first: dict[str, tuple[Record, PredictionMade]] = {}
        for record, made in batch:
            first.setdefault(made.request_id, (record, made))
        rows = [_row(record, made) for record, made in first.values()]
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                statement = insert(Prediction).on_conflict_do_nothing(index_elements=["request_id"])
                await connection.execute(statement, rows)
                kept = await connection.execute(
                    select(Prediction.request_id, Prediction.body_hash).where(
                        Prediction.request_id.in_(list(first))
                    )
                )
                hashes = {row.request_id: row.body_hash for row in kept}
        return {index for index, (_, made) in enumerate(batch) if hashes[made.request_id] != made.body_hash}


def _row(record: Record, made: PredictionMade) -> dict[str, object]:
    return {
        "request_id": made.request_id,
        "family": made.family,
        "request": msgspec.json.decode(made.request),
        "body_hash": made.body_hash,
        "model_version": made.model_version,
        "feature_set": made.feature_set,
        "pokedex_hash": made.pokedex_hash,
        "answer": msgspec.json.decode(made.answer),
        "features": made.features,
        "late": made.late,
        "requester": made.requester or None,
        "source_partition": record.partition,
        "source_offset": record.offset,
        "made_at": datetime.fromtimestamp(record.timestamp / 1000, UTC),
    }
