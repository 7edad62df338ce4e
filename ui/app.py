"""Web app: publishes `battle.requested` and `pokedex.refresh.requested`, awaits `request.answered`,
reads `pokedex.*`, `pokedex.refresh.progressed`, `…completed` and `model.*`.

A question is published at most once per press (`ui.battles`, `ui.refreshes`); readers are group-less
and keep no offsets. State: the visitors' storage, a small file each, under the data directory.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from nicegui.storage import Storage
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from shared.settings import Settings
from ui.battles import Battles
from ui.client import Bus, KafkaBus
from ui.pages import register_pages
from ui.refreshes import Refreshes
from ui.security import SecurityHeaders, cookie_options, prepare_visitor_storage, read_storage_secret
from ui.texts.frame import PRODUCT

ASSETS: Final = Path(__file__).parent / "assets"
RECONNECT_SECONDS: Final = 10.0


def create_app(settings: Settings, ports: Bus | None = None) -> FastAPI:
    """The application, not started. One per process: NiceGUI's page table is global.

    `ports` stands in for Kafka in tests. Raises Misconfigured when the storage secret is missing or
    too short.
    """
    secret = read_storage_secret(settings.storage_secret_file)
    registry = CollectorRegistry()
    bus = ports if ports is not None else KafkaBus(settings, registry)
    battles = Battles(bus)
    refreshes = Refreshes(bus)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await bus.start()
        try:
            yield
        finally:
            await refreshes.stop()
            await bus.stop()
            await battles.stop()

    app = FastAPI(title=PRODUCT, lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.leave = partial(bus.readiness.leave, settings.stop_grace_seconds)
    app.add_middleware(SecurityHeaders)
    _add_operations(app, bus, registry)
    app.mount("/assets", StaticFiles(directory=ASSETS), name="assets")

    Storage.path = (settings.data_dir / "ui").resolve()
    prepare_visitor_storage(Storage.path)
    register_pages(bus, battles, refreshes, settings)
    # last, for NiceGUI answers every path that is not taken yet
    ui.run_with(
        app,
        title=PRODUCT,
        favicon=ASSETS / "favicon.svg",
        dark=None,
        tailwind=False,
        storage_secret=secret,
        session_middleware_kwargs=cookie_options(settings),
        reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False,
    )
    return app


def _add_operations(app: FastAPI, bus: Bus, registry: CollectorRegistry) -> None:
    @app.get("/health/live")
    async def live() -> Response:
        return Response(b'{"live":true}', media_type="application/json")

    @app.get("/health")
    @app.get("/health/ready")
    async def ready() -> Response:
        report = await bus.readiness.report()
        body = msgspec.json.encode(report)
        return Response(body, 200 if report.ready else 503, media_type="application/json")

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
