from prometheus_client import CollectorRegistry
from starlette.types import Message, Receive, Scope, Send

from services.gateway.metrics import HttpMetrics


async def serve(media_type: bytes) -> CollectorRegistry:
    async def app(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-type", media_type)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_: Message) -> None:
        """Nobody reads it."""

    registry = CollectorRegistry()
    await HttpMetrics(app, registry)({"type": "http", "method": "GET"}, receive, send)
    return registry


async def test_seconds_are_of_answers_and_not_of_streams() -> None:
    for media_type, seconds in ((b"application/json", 1), (b"text/event-stream; charset=utf-8", None)):
        registry = await serve(media_type)
        labels = {"route": "unmatched"}
        assert registry.get_sample_value("pdx_http_request_seconds_count", labels) == seconds
        counted = {**labels, "method": "GET", "status": "200"}
        assert registry.get_sample_value("pdx_http_requests_total", counted) == 1
