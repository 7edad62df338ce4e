"""Window partials and the offsets they cover, in one PostgreSQL transaction that compares and sets."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import PREDICTIONS_MADE
from services.drift.domain import Event, PartitionState, fold
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import DriftOffset, DriftWindow
from shared.errors import TransientFailure


class WindowStore:
    """Reads and writes a database that is open while the service runs."""

    def __init__(self, database: Database, window_seconds: int) -> None:
        """`window_seconds`: the width of a window in record time."""
        self._database = database
        self._width_ms = window_seconds * 1_000

    async def covered_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where counting goes on; partitions never counted before are left out."""
        with transient_when_passing():
            async with self._database.engine.connect() as connection:
                rows = await connection.execute(
                    select(DriftOffset.topic, DriftOffset.partition, DriftOffset.covered_offset)
                )
                known = {TopicPartition(row.topic, row.partition): row.covered_offset for row in rows}
        return {partition: known[partition] for partition in partitions if partition in known}

    async def count(self, events: Mapping[int, Sequence[Event]]) -> None:
        """Add the events of each partition number. Raises TransientFailure.

        The covered offset is compared and set: a process that woke up late and counts what another
        counted meanwhile changes nothing and tries again from what it finds.
        """
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                for partition in sorted(events):
                    await self._count_partition(connection, partition, events[partition])

    async def _count_partition(
        self, connection: AsyncConnection, partition: int, events: Sequence[Event]
    ) -> None:
        topic = PREDICTIONS_MADE.name
        await connection.execute(
            insert(DriftOffset)
            .values(topic=topic, partition=partition, covered_offset=0, running_max_ms=0)
            .on_conflict_do_nothing(index_elements=["topic", "partition"])
        )
        found = await connection.execute(
            select(DriftOffset.covered_offset, DriftOffset.running_max_ms).where(
                DriftOffset.topic == topic, DriftOffset.partition == partition
            )
        )
        covered, running_maximum = found.one()
        state = fold(covered, running_maximum, events, self._width_ms)
        if state.covered_offset == covered:
            return
        changed = await connection.execute(
            update(DriftOffset)
            .where(
                DriftOffset.topic == topic,
                DriftOffset.partition == partition,
                DriftOffset.covered_offset == covered,
            )
            .values(covered_offset=state.covered_offset, running_max_ms=state.running_maximum_ms)
        )
        if changed.rowcount != 1:
            raise TransientFailure(f"{topic}-{partition} was counted by another process meanwhile")
        await self._add_partials(connection, partition, state)

    async def _add_partials(self, connection: AsyncConnection, partition: int, state: PartitionState) -> None:
        rows = [
            {
                "family": key.family,
                "model_version": key.model_version,
                "partition": partition,
                "window_start_ms": key.start_ms,
                "window_ms": self._width_ms,
                "events": partial.events,
                "first_offset": partial.first_offset,
                "last_offset": partial.last_offset,
                "revision": 1,
            }
            for key, partial in state.partials.items()
        ]
        statement = insert(DriftWindow)
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["family", "model_version", "partition", "window_start_ms"],
                set_={
                    "events": DriftWindow.events + statement.excluded.events,
                    "last_offset": statement.excluded.last_offset,
                    "revision": DriftWindow.revision + 1,
                },
            ),
            rows,
        )
