"""Window partials and the offsets they cover, in one PostgreSQL transaction that compares and sets."""

from collections.abc import Mapping, Sequence

from aiokafka import TopicPartition
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.channels import PREDICTIONS_MADE
from services.drift.domain import Event, PartitionState, fold
from shared.database import create_engine, migrate
from shared.database.failures import transient_when_passing
from shared.database.tables import DriftOffset, DriftWindow
from shared.errors import TransientFailure
from shared.settings import Settings


class WindowStore:
    """Open while the service runs."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened before `start`."""
        self._settings = settings
        self._width_ms = settings.drift_window_seconds * 1_000
        self._engine: AsyncEngine | None = None

    async def start(self) -> None:
        """Bring the schema up to date and open the pool."""
        await migrate(self._settings.database_url)
        self._engine = create_engine(self._settings)

    async def stop(self) -> None:
        """Close the pool."""
        if self._engine is not None:
            await self._engine.dispose()

    async def check(self) -> str | None:
        """The readiness check."""
        assert self._engine is not None
        async with self._engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return None

    async def covered_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where counting goes on; partitions never counted before are left out."""
        assert self._engine is not None
        with transient_when_passing():
            async with self._engine.connect() as connection:
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
        assert self._engine is not None
        with transient_when_passing():
            async with self._engine.begin() as connection:
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
