"""Outcomes of tests, reported as the gateway does."""

from contracts.channels import OUTCOMES_REPORTED
from contracts.serving import OutcomeReported
from shared.replies import Requester
from shared.settings import Settings


async def report(settings: Settings, *reports: tuple[str, str, str]) -> None:
    """Each is a request id, a reporter and an outcome; published in this order."""
    requester = Requester(settings, name="test")
    await requester.start()
    try:
        for request_id, reporter, outcome in reports:
            body = OutcomeReported(request_id=request_id, reporter=reporter, outcome=outcome)
            await requester.tell(OUTCOMES_REPORTED, body, key=request_id)
    finally:
        await requester.stop()
