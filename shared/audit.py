"""Events of deeds: made here, so that all have an id and say who."""

import getpass
import socket
import uuid
from collections.abc import Mapping
from typing import Literal

from contracts.audit import AuditEvent


def new_event(
    action: str,
    *,
    subject: str,
    actor: str,
    origin: str,
    at_ms: int,
    outcome: Literal["done", "failed"] = "done",
    detail: Mapping[str, str] | None = None,
) -> AuditEvent:
    """An event with an id of its own."""
    return AuditEvent(
        event_id=uuid.uuid4().hex,
        action=action,
        subject=subject,
        actor=actor,
        origin=origin,
        at_ms=at_ms,
        outcome=outcome,
        detail=dict(detail or {}),
    )


def this_person() -> str:
    """The account of this process; its number where it has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown account"


def this_place(program: str) -> str:
    """Host and program."""
    return f"{socket.gethostname()} {program}"
