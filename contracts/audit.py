"""What was done to the system by a person or by itself, kept for ever: who, what, when, from where."""

from typing import Literal

import msgspec


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One deed. Key: its subject.

    `action` is `<thing>.<past participle>` (`dead_letter.redriven`, `consumer.stopped`); `subject` is
    what it was done to, as it is addressed elsewhere (`battle.requested.v1.dlq:0:17`); `actor` is an
    account or a service, `origin` the host and program it came from. `detail` has what the action needs.
    """

    event_id: str
    action: str
    subject: str
    actor: str
    origin: str
    at_ms: int
    outcome: Literal["done", "failed"] = "done"
    detail: dict[str, str] = msgspec.field(default_factory=dict)
