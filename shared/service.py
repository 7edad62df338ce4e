"""How a service process starts and ends: settings, logs, one ASGI application under uvicorn."""

import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from pydantic import ValidationError

from shared.errors import Misconfigured
from shared.logs import configure_logs, get_logger
from shared.settings import Settings


def run(service: str, create_app: Callable[[Settings], Any]) -> None:
    """Run `create_app(settings)` until SIGTERM or SIGINT; blocks.

    Exit codes: 0 stopped on request, 2 misconfigured (the reason is the last line), 3 the
    application failed to start.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "PDX_" + "_".join(str(part) for part in problem["loc"]).upper()
            print(f"{service}: {name}={problem['input']!r}: {problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None
    configure_logs(service, settings.log_level, settings.log_format)
    log = get_logger(__name__)
    try:
        app = create_app(settings)
    except Misconfigured as error:
        log.error("start refused", reason=str(error))
        raise SystemExit(2) from None
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise SystemExit(3)
    log.info("stopped")
