"""What the gateway counts per HTTP request."""

import time

from prometheus_client import CollectorRegistry, Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.streams import MEDIA_TYPE
from shared.metrics import LATENCY_BUCKETS


class HttpMetrics:
    """ASGI middleware: requests and seconds by route template, never by path, which is unbounded."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "pdx_http_requests_total", "HTTP requests", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "pdx_http_request_seconds",
            "Seconds per HTTP request; event streams, which last for hours, are left out",
            ("route",),
            buckets=LATENCY_BUCKETS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        is_stream = False

        async def send_noted(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                media_type = dict(message.get("headers", ())).get(b"content-type", b"")
                is_stream = media_type.startswith(MEDIA_TYPE.encode())
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self._requests.labels(route, method, str(status)).inc()
            if not is_stream:
                self._seconds.labels(route).observe(time.perf_counter() - started)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
