"""How a service process starts and ends: settings, logs, one ASGI application under uvicorn."""

import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from shared.errors import Misconfigured
from shared.logs import configure_logs, get_logger
from shared.settings import Settings, setting_problems

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STOPPED, MISCONFIGURED, FAILED = 0, 2, 3
_log = get_logger(__name__)


class ClearFailures:
    """An ASGI application whose failed start is one line for what can be mended, a trace otherwise."""

    def __init__(self, app: Any) -> None:
        """Wrap `app`."""
        self._app = app
        self.exit_code = STOPPED

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass everything on but the traceback that a failed lifespan would send."""
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return

        async def without_traceback(message: Message) -> None:
            await send({"type": message["type"]} if message["type"].endswith(".failed") else message)

        try:
            await self._app(scope, receive, without_traceback)
        except Misconfigured as error:
            self.exit_code = MISCONFIGURED
            _log.error("start refused", reason=str(error))
        except Exception:
            self.exit_code = FAILED
            _log.exception("failed")
            raise


class _Server(uvicorn.Server):
    """Lets the application leave while its port is still open: readiness says so to whoever asks."""

    def __init__(self, config: uvicorn.Config, leave: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._leave = leave

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if not self.force_exit:
            try:
                await self._leave()
            except Exception:  # noqa: BLE001 - said here; the port must close all the same
                _log.exception("could not leave in order")
        await super().shutdown(sockets)


class _StopRequest:
    """A handler of the signals that ask for a stop, until uvicorn has its own, and once it has ended.

    It raises each again then: a stop on request is no failure.
    """

    def __init__(self) -> None:
        self.is_asked = False
        self.server: uvicorn.Server | None = None

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        if self.server is not None:
            self.server.should_exit = True


async def _at_once() -> None:
    """For an application that says nothing of leaving."""


def _leaving(app: Any) -> Callable[[], Awaitable[None]]:
    """What `app` does before its port closes: its `leave`, or that of its state."""
    owner = app if hasattr(app, "leave") else getattr(app, "state", None)
    found: Callable[[], Awaitable[None]] = getattr(owner, "leave", _at_once)
    return found


def run(service: str, create_app: Callable[[Settings], Any]) -> None:
    """Run `create_app(settings)` until SIGTERM or SIGINT; blocks.

    Exit codes: 0 stopped on request, 2 misconfigured (the reason is the last line), 3 the
    application failed to start.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in setting_problems(error):
            print(f"{service}: {problem}", file=sys.stderr)
        raise SystemExit(MISCONFIGURED) from None
    configure_logs(service, settings.log_level, settings.log_format)
    stop = _StopRequest()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    try:
        made = create_app(settings)
    except Misconfigured as error:
        _log.error("start refused", reason=str(error))
        raise SystemExit(MISCONFIGURED) from None
    app = ClearFailures(made)
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        lifespan="on",
        # uvloop's transports raise what ends aiokafka's routines in silence (ADR 0042)
        loop="asyncio",
        timeout_graceful_shutdown=2,
        # Otherwise anybody on this machine names the address that is counted.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )
    server = _Server(config, _leaving(made))
    stop.server = server
    with suppress(SystemExit):  # uvicorn's own code for a failed start says less than ours
        if not stop.is_asked:
            server.run()
    if not server.started and not stop.is_asked:
        raise SystemExit(app.exit_code or FAILED)
    _log.info("stopped")
