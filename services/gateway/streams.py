"""Server-sent events: how they are written, and how many may be followed at once."""

from collections import Counter
from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from services.gateway.history import texts
from services.gateway.problems import ProblemError, problem
from shared.problem_texts import FAILURE_TITLES

MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE_SECONDS: Final = 15.0
MAXIMUM_STREAMS: Final = 64
MAXIMUM_STREAMS_OF_KEY: Final = 8
KEEP_ALIVE: Final = b": still here\n\n"


def event(name: str, data: Any, *, event_id: str | None = None) -> bytes:
    """One event; `data` becomes one line of JSON."""
    identity = "" if event_id is None else f"id: {event_id}\n"
    return f"{identity}event: {name}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


class Streams:
    """Counts the open streams of a process, so that they stay few."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def open_of(self, key_id: str) -> int:
        """How many streams of a key are open."""
        return self._open[key_id]

    def admit(self, key_id: str) -> None:
        """Take a place. Raises ProblemError: 429 for too many of one key, 503 for too many of all."""
        if self.open_of(key_id) >= MAXIMUM_STREAMS_OF_KEY:
            raise ProblemError(
                problem(
                    "too-many-streams",
                    texts.TOO_MANY_STREAMS,
                    429,
                    texts.STREAMS_OF_KEY.of(count=MAXIMUM_STREAMS_OF_KEY),
                    remedy=texts.STREAMS_REMEDY,
                ),
                {"Retry-After": "5"},
            )
        if self._open.total() >= MAXIMUM_STREAMS:
            raise ProblemError(
                problem(
                    "overloaded",
                    FAILURE_TITLES["Overloaded"],
                    503,
                    texts.STREAMS_IN_ALL.of(count=MAXIMUM_STREAMS),
                    remedy=texts.BUSY_REMEDY,
                ),
                {"Retry-After": "5"},
            )
        self._open[key_id] += 1

    def release(self, key_id: str) -> None:
        """Give a place back."""
        self._open[key_id] -= 1
        if not self._open[key_id]:
            del self._open[key_id]


class EventStream(StreamingResponse):
    """`events` as they come. Its place among `streams` is given back however it ends."""

    media_type = MEDIA_TYPE

    def __init__(self, events: AsyncGenerator[bytes], streams: Streams, key_id: str) -> None:
        """Raises ProblemError as `Streams.admit`."""
        # Proxies are told not to hold events back.
        super().__init__(events, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        self._streams = streams
        self._key_id = key_id
        self._events = events
        streams.admit(key_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the events end or the caller goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.release(self._key_id)
            # Otherwise it would end when its memory is collected.
            await self._events.aclose()
