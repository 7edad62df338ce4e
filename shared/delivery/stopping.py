"""What is said when a partition stops at its limit of dead letters. Pure."""

import time

from contracts.audit import AuditEvent
from contracts.channels import AUDIT_EVENTS, Channel
from shared.audit import new_event
from shared.delivery.letter_limit import LimitReached
from shared.delivery.outgoing import Outgoing, message

_SHOWN = 300


def stopped_text(channel: Channel, service: str, reached: LimitReached) -> str:
    """Why nothing more of the partition is consumed, and what to do."""
    burial = reached.burial
    return (
        f"stopped at {burial.record.topic}-{burial.record.partition} offset {burial.record.offset}: "
        f"{reached.text} could not be worked on, the limit; nothing more is given up or lost, "
        f"other partitions go on. "
        f"The last error: {last_line(burial.error)}. Mend the cause (`./dex dlq list {channel.name}`), then "
        f"`./dex restart {service}`; PDX_DEAD_LETTER_CONSECUTIVE_LIMIT and PDX_DEAD_LETTER_RATIO_LIMIT "
        "set the limit"
    )


def held_text(reached: LimitReached) -> str:
    """Why a partition is read again and again, until what it needs is back."""
    record = reached.burial.record
    return (
        f"held at {record.topic}-{record.partition}, limit of dead letters ({reached.text}): "
        f"{last_line(reached.burial.error)}"
    )


def stopped_event(channel: Channel, service: str, instance_id: str, reached: LimitReached) -> Outgoing:
    """The same as an event, for whoever was not looking."""
    record = reached.burial.record
    event: AuditEvent = new_event(
        "consumer.stopped",
        subject=f"{record.topic}:{record.partition}:{record.offset}",
        actor=service,
        origin=instance_id,
        at_ms=int(time.time() * 1000),
        detail={
            "limit": reached.text,
            "reason": reached.burial.reason,
            "error": last_line(reached.burial.error),
        },
    )
    return message(AUDIT_EVENTS, event, key=event.subject)


def last_line(error: str) -> str:
    """The line of a trace that says what went wrong, shortened."""
    return (error.strip().splitlines() or [""])[-1][:_SHOWN]
