"""Cells of windows and the offsets they cover, in one PostgreSQL transaction that compares and sets."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import Row, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import PREDICTIONS_MADE
from services.drift.brief import be_brief
from services.drift.outbox import put
from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import DriftCell, DriftOffset
from shared.delivery import Delivered, Outgoing
from shared.delivery.door import open_record
from shared.drift.binning import Binning
from shared.drift.counting import Advance, Counted, Event, PartitionState, Release, fold
from shared.drift.partial import CellKey, Partial, pack, unpack
from shared.drift.spans import Definition
from shared.errors import TransientFailure
from shared.logs import get_logger
from shared.scanning import scan
from shared.settings import Settings

TOPIC = PREDICTIONS_MADE.name
_log = get_logger(__name__)


class WindowStore:
    """The states of our partitions; reads and writes a database that is open while the service runs."""

    def __init__(self, settings: Settings, database: Database, definition: Definition) -> None:
        """`definition`: what a window is."""
        self._settings = settings
        self._database = database
        self._definition = definition
        self._states: dict[int, PartitionState] = {}
        self._covered: dict[int, int] = {}
        """Where counting stands, also in partitions of which no batch came since they are ours."""

    async def covered_offsets(self, partitions: frozenset[TopicPartition]) -> Mapping[TopicPartition, int]:
        """Where counting goes on: 0 for what no row covers, though the group may have been further once.

        Raises TransientFailure.

        Reads no log: a member sends no heartbeat while it is assigned, and one that reads a long horizon
        here would be thrown out of its group, join again and read it again. `count` does.
        """
        stored = await self._stored()
        for partition in partitions:
            number = partition.partition
            self._covered[number] = stored[number].covered_offset if number in stored else 0
            state = self._states.get(number)
            if state is not None and state.covered_offset != self._covered[number]:
                del self._states[number]
        return {partition: self._covered[partition.partition] for partition in partitions}

    async def count(
        self,
        events: Mapping[int, Sequence[Event]],
        binnings: Mapping[Release, Binning | None],
        letters: Mapping[int, Sequence[tuple[int, Outgoing]]],
    ) -> Mapping[int, Mapping[Release, Counted]]:
        """Add the events of each partition number; returns those that count. Raises TransientFailure.

        Reads the horizon of duplicates again, unless nobody else counted since this process did.
        `letters` (offset and record) leave through the outbox. The covered offset is compared and set:
        a process that woke up late and counts what another counted meanwhile changes nothing and tries
        again from what it finds. One whose database was put back counts nothing behind the hole.
        """
        unknown = [partition for partition in events if partition not in self._states]
        if unknown:
            await self._look_up(unknown)
        done: list[tuple[int, PartitionState, Advance]] = []
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                await be_brief(connection)
                for partition in sorted(events):
                    state = self._states.get(partition)
                    if state is None:
                        raise TransientFailure(
                            f"{TOPIC}-{partition} was given to this process anew meanwhile"
                        )
                    advance = fold(state, events[partition], self._definition.cell_ms, binnings)
                    if advance.covered_offset == state.covered_offset:
                        continue
                    await self._cover(connection, partition, state, advance)
                    await self._add_partials(connection, partition, advance.partials)
                    new = [one for at, one in letters.get(partition, ()) if at >= state.covered_offset]
                    await put(connection, new)
                    done.append((partition, state, advance))
        for partition, state, advance in done:
            advance.apply(state)
            self._covered[partition] = state.covered_offset
        return {partition: advance.counted for partition, _, advance in done}

    async def mark_read_to_end(self, partitions: frozenset[TopicPartition], now_ms: int) -> None:
        """Remember that all that these held at `now_ms` is counted. Raises TransientFailure.

        Each statement commits itself: a process that is frozen here holds no row that its successor counts.
        """
        with transient_when_passing():
            async with self._database.engine.connect() as pooled:
                connection = await pooled.execution_options(isolation_level="AUTOCOMMIT")
                for partition in sorted(partitions):
                    covered = self._covered.get(partition.partition, 0)
                    if not covered:
                        await connection.execute(_first_row(partition.partition))
                    await connection.execute(
                        update(DriftOffset)
                        .where(*_of(partition.partition), DriftOffset.covered_offset == covered)
                        .values(caught_up_ms=func.greatest(DriftOffset.caught_up_ms, now_ms))
                    )

    async def _stored(self) -> dict[int, Row[Any]]:
        with transient_when_passing():
            async with self._database.engine.connect() as connection:
                found = await connection.execute(
                    select(DriftOffset.__table__).where(DriftOffset.topic == TOPIC)
                )
                return {row.partition: row for row in found}

    async def _look_up(self, partitions: Iterable[int]) -> None:
        """Take the states as stored, with the request ids of their horizons. Raises TransientFailure."""
        stored = await self._stored()
        found = {number: _state_of(stored.get(number)) for number in partitions}
        for number, state in found.items():
            if state.covered_offset < self._covered.get(number, 0):
                raise _put_back(number, state.covered_offset, self._covered[number])
        starts = {number: state.refill_offset for number, state in found.items()}
        ends = {
            number: state.covered_offset
            for number, state in found.items()
            if starts[number] < state.covered_offset
        }
        read: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
        if ends:
            try:
                async for record in scan(self._settings, TOPIC, starts, ends):
                    opened = open_record(PREDICTIONS_MADE, record)
                    if isinstance(opened, Delivered):
                        read[record.partition].append((record.offset, record.timestamp, opened.key))
            except KafkaError as error:
                raise TransientFailure(f"the horizon of {TOPIC} cannot be read: {error!r}") from error
        for number, state in found.items():
            state.refill(read[number])
            self._states[number] = state
            self._covered[number] = state.covered_offset
            _log.info(
                "counting goes on", partition=number, offset=state.covered_offset, horizon=len(read[number])
            )

    async def _cover(
        self, connection: AsyncConnection, partition: int, state: PartitionState, advance: Advance
    ) -> None:
        values = {
            "covered_offset": advance.covered_offset,
            "running_max_ms": advance.running_maximum_ms,
            "bucket_offsets": {str(bucket): first for bucket, first in advance.bucket_offsets.items()},
        }
        if not state.covered_offset:
            await connection.execute(_first_row(partition))
        changed = await connection.execute(
            update(DriftOffset)
            .where(*_of(partition), DriftOffset.covered_offset == state.covered_offset)
            .values(**values)
        )
        if changed.rowcount == 1:
            return
        found = await connection.scalar(select(DriftOffset.covered_offset).where(*_of(partition)))
        if found is not None and found > state.covered_offset:
            self._states.pop(partition, None)
            raise TransientFailure(f"{TOPIC}-{partition} was counted by another process meanwhile")
        raise _put_back(partition, found or 0, state.covered_offset)

    async def _add_partials(
        self, connection: AsyncConnection, partition: int, partials: Mapping[CellKey, Partial]
    ) -> None:
        """Merge with what the cells hold: only who has just set the partition's offset does."""
        keys = sorted((key.family, key.model_version, key.start_ms) for key in partials)
        if not keys:
            return
        held = await connection.execute(
            select(DriftCell.__table__).where(
                DriftCell.definition == self._definition.name,
                DriftCell.partition == partition,
                tuple_(DriftCell.family, DriftCell.model_version, DriftCell.start_ms).in_(keys),
            )
        )
        merged = dict(partials)
        for row in held:
            key = CellKey(row.family, row.model_version, row.start_ms)
            merged[key] = partial_of(row).merge(partials[key])
        statement = insert(DriftCell)
        new = statement.excluded
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["definition", "family", "model_version", "start_ms", "partition"],
                set_={
                    "events": new.events,
                    "duplicates": new.duplicates,
                    "first_offset": new.first_offset,
                    "last_offset": new.last_offset,
                    "counts": new.counts,
                    "is_dirty": True,
                },
            ),
            [self._row(partition, CellKey(*key), merged[CellKey(*key)]) for key in keys],
        )

    def _row(self, partition: int, key: CellKey, partial: Partial) -> dict[str, Any]:
        return {
            "definition": self._definition.name,
            "family": key.family,
            "model_version": key.model_version,
            "start_ms": key.start_ms,
            "partition": partition,
            "events": partial.events,
            "duplicates": partial.duplicates,
            "first_offset": partial.first_offset,
            "last_offset": partial.last_offset,
            "counts": pack(partial.counts),
            "is_dirty": True,
        }


def partial_of(row: Any) -> Partial:
    """A stored cell."""
    return Partial(row.events, row.duplicates, row.first_offset, row.last_offset, unpack(row.counts))


def _put_back(partition: int, found: int, here: int) -> TransientFailure:
    return TransientFailure(
        f"{TOPIC}-{partition} is covered up to {found} in the database, {here} here: "
        "the database was put back; `./dex restart drift` counts on from it"
    )


def _state_of(row: Row[Any] | None) -> PartitionState:
    """As stored, without the request ids of its horizon."""
    if row is None:
        return PartitionState()
    buckets = {int(bucket): offset for bucket, offset in row.bucket_offsets.items()}
    return PartitionState(row.covered_offset, row.running_max_ms, buckets)


def _first_row(partition: int) -> Insert:
    row = {"topic": TOPIC, "partition": partition, "covered_offset": 0, "running_max_ms": 0}
    return insert(DriftOffset).values(**row).on_conflict_do_nothing(index_elements=["topic", "partition"])


def _of(partition: int) -> tuple[Any, Any]:
    return DriftOffset.topic == TOPIC, DriftOffset.partition == partition
