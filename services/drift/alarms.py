"""What follows an alarm, in the transaction that shows its window: a full report, perhaps a training."""

from typing import Final, Literal

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.channels import TRAINING_REQUESTED
from contracts.drift import DriftState
from contracts.models import TrainingRequested
from services.drift.outbox import put
from shared.database.tables import DriftReport
from shared.delivery.outgoing import message
from shared.drift.documents import Standing, Window

TRAINING_PREFIX: Final = "drift-"


def is_raised(before: Standing, window: Window, shown: DriftState | None) -> bool:
    """Whether an alarm begins with this window, and did not show in the revision before.

    `before`: after the window before; `shown`: the state that this window showed until now, None when it
    did not. An alarm that goes and comes back is raised again: its report is made anew, its training has
    the same name.
    """
    return window.standing.state == "alarm" and "alarm" not in (before.state, shown)


async def raise_alarm(connection: AsyncConnection, window: Window, *, retrains: bool) -> None:
    """Want the window's report, and a training of its family when `retrains`.

    The training is named after the window, so that one alarm trains once however often it is told.
    """
    await want_report(connection, window.window_id, "alarm")
    if retrains:
        request = TrainingRequested(family=window.family)
        await put(connection, [message(TRAINING_REQUESTED, request, key=TRAINING_PREFIX + window.window_id)])


async def want_report(
    connection: AsyncConnection, window_id: str, reason: Literal["alarm", "request"]
) -> None:
    """Queue the report of a window; one that was made or has failed is made again."""
    again = {
        "state": "wanted",
        "reason": reason,
        "attempts": 0,
        "taken_until": None,
        "error": None,
        "wanted_at": func.now(),
    }
    await connection.execute(
        insert(DriftReport)
        .values(window_id=window_id, reason=reason)
        .on_conflict_do_update(index_elements=["window_id"], set_=again, where=DriftReport.state != "wanted")
    )
