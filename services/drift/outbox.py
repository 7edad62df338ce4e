"""Records that leave with what was stored: written in its transaction, sent after it, then deleted."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.failures import transient_when_passing
from shared.database.pool import Database
from shared.database.tables import DriftOutbox
from shared.delivery.outgoing import Outgoing, send_all
from shared.errors import ProducerBroken, TransientFailure
from shared.service_app import ServiceBuilder

AT_ONCE: Final = 200
LOCK: Final = 7_110_002
"""One process sends at a time, so that order is kept."""
_decoder = msgspec.msgpack.Decoder(Outgoing)


async def put(connection: AsyncConnection, records: Sequence[Outgoing]) -> None:
    """Write `records` in the transaction of `connection`."""
    if records:
        rows = [{"record": msgspec.msgpack.encode(record)} for record in records]
        await connection.execute(insert(DriftOutbox), rows)


class Outbox:
    """Sends what lies in the outbox, at least once: readers know a window by id and revision."""

    def __init__(self, database: Database, service: ServiceBuilder) -> None:
        """Both are open while the service runs."""
        self._database = database
        self._service = service

    async def send(self) -> int:
        """Send all there is, or nothing while another process does. Raises TransientFailure."""
        sent = 0
        while batch := await self._send_some():
            sent += batch
        return sent

    async def _send_some(self) -> int:
        with transient_when_passing():
            async with self._database.engine.begin() as connection:
                locked = await connection.scalar(text(f"SELECT pg_try_advisory_xact_lock({LOCK})"))
                if not locked:
                    return 0
                found = await connection.execute(
                    select(DriftOutbox.number, DriftOutbox.record).order_by(DriftOutbox.number).limit(AT_ONCE)
                )
                rows = found.all()
                if rows:
                    await self._deliver([_decoder.decode(row.record) for row in rows])
                    numbers = [row.number for row in rows]
                    await connection.execute(delete(DriftOutbox).where(DriftOutbox.number.in_(numbers)))
                return len(rows)

    async def _deliver(self, records: Sequence[Outgoing]) -> None:
        try:
            await send_all(self._service.producer, records)
        except ProducerBroken as error:
            await self._service.renew_producer()
            raise TransientFailure(str(error)) from error
