"""The events on the bus: read whole, appended to. For commands; services send theirs with their results."""

from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from contracts.audit import AuditEvent
from contracts.channels import AUDIT_EVENTS
from shared.bus import decode
from shared.delivery.outgoing import message, send_all
from shared.errors import PoisonMessage
from shared.logs import get_logger
from shared.scanning import scan
from shared.settings import Settings

_log = get_logger(__name__)


class AuditLog:
    """All deeds, in one order for everybody: the channel has one partition."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer) -> None:
        """`producer` runs."""
        self._settings = settings
        self._producer = producer
        self._next_offset = 0

    async def read(self) -> list[AuditEvent]:
        """What was appended since the last call, in order; all events at the first. Raises KafkaError."""
        events = []
        async for record in scan(self._settings, AUDIT_EVENTS.name, {0: self._next_offset}):
            self._next_offset = record.offset + 1
            try:
                events.append(decode(AUDIT_EVENTS, record.value or b""))
            except PoisonMessage as error:
                _log.error("event skipped", offset=record.offset, error=str(error))
        return events

    async def append(self, events: Sequence[AuditEvent]) -> None:
        """Write the events; all are acknowledged on return. Raises TransientFailure."""
        await send_all(self._producer, [message(AUDIT_EVENTS, event, key=event.subject) for event in events])
