"""Gateway: the REST door.

Consumes replies (own partition, no group), the Pokédex, model and key topics (whole, no group),
`predictions.made` from its end while somebody follows them. Publishes `battle.requested` and
`outcomes.reported`. A request has one outcome: the answer, or a problem document. Keeps accepted
jobs in PostgreSQL until a week after their end, and reads the prediction log and
the windows of drift there.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from prometheus_client import CollectorRegistry
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse

from contracts.channels import (
    ACCESS_GRANTED,
    BATTLE_REQUESTED,
    MODEL_ASSIGNED,
    MODEL_RELEASED,
    OUTCOMES_REPORTED,
    PREDICTIONS_MADE,
    REQUEST_ANSWERED,
)
from services.gateway.access import Access
from services.gateway.asyncapi_page import asyncapi_routes
from services.gateway.batch import batch_routes
from services.gateway.cross_origin import cross_origin
from services.gateway.door import Door
from services.gateway.drift.routes import drift_routes
from services.gateway.error_handlers import install
from services.gateway.history.routes import history_routes
from services.gateway.jobs.routes import job_routes
from services.gateway.jobs.runner import JobRunner
from services.gateway.limits import Limits
from services.gateway.matchups import matchup_routes
from services.gateway.metrics import HttpMetrics
from services.gateway.nulls import restore_nulls
from services.gateway.pokedex import pokedex_routes
from services.gateway.ports import GatewayPorts, kafka_ports
from services.gateway.predict import predict_routes
from services.gateway.repeats import Repeats
from services.gateway.schemas import TAGS
from services.gateway.system import system_routes
from services.gateway.version import VERSION
from shared.bus import wait_for_kafka
from shared.health import Readiness
from shared.logs import get_logger
from shared.pokedex_reader import CHANNELS as POKEDEX_CHANNELS
from shared.settings import Settings
from shared.topics import verify_topics

KAFKA_WAIT_SECONDS: Final = 60.0
CHANNELS: Final = (
    BATTLE_REQUESTED,
    REQUEST_ANSWERED,
    PREDICTIONS_MADE,
    OUTCOMES_REPORTED,
    *POKEDEX_CHANNELS,
    MODEL_RELEASED,
    MODEL_ASSIGNED,
    ACCESS_GRANTED,
)
_DESCRIPTION: Final = """\
Who wins a battle of Let's Go Pikachu / Eevee, how sure is that, and which move to play.

Every prediction goes over Kafka: the gateway publishes a request and awaits the reply. The channels
are on [/asyncapi](/asyncapi). Every error is an RFC 9457 problem document.
"""
_log = get_logger(__name__)


def create_app(settings: Settings, ports: GatewayPorts | None = None) -> FastAPI:
    """The composition root. `ports`: other collaborators than those on Kafka."""
    registry = CollectorRegistry()
    readiness = Readiness("gateway")
    parts = ports or kafka_ports(settings, registry, readiness)
    runner = JobRunner(parts.jobs, parts.requester, settings.instance_id, registry)
    readiness.add("replies", parts.requester.check)
    readiness.add("pokedex", parts.pokedex.check)
    readiness.add("model", parts.models.check_champions)
    readiness.add("keys", parts.keys.check)
    readiness.add("jobs", runner.check)
    limits = Limits(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if ports is None:
            await wait_for_kafka(settings.kafka_bootstrap, KAFKA_WAIT_SECONDS)
            await verify_topics(settings.kafka_bootstrap, CHANNELS)
        async with AsyncExitStack() as opened:
            for part in (*parts.in_order(), runner):
                opened.push_async_callback(part.stop)
                await part.start()
            _log.info("started", service="gateway")
            yield

    app = FastAPIOffline(title="PredictionDex", version=VERSION, description=_DESCRIPTION, lifespan=lifespan)
    app.state.access = Access(parts.keys, limits)
    app.state.leave = partial(readiness.leave, settings.stop_grace_seconds)
    repeats = Repeats(parts.requester, parts.log, parts.keys)
    app.include_router(predict_routes(parts, repeats))
    app.include_router(batch_routes(parts, repeats))
    app.include_router(matchup_routes(parts, repeats))
    app.include_router(job_routes(parts, runner))
    app.include_router(history_routes(parts))
    app.include_router(drift_routes(parts))
    app.include_router(pokedex_routes(parts))
    app.include_router(system_routes(parts, readiness, registry))
    app.include_router(asyncapi_routes())

    @app.get("/", include_in_schema=False)
    async def home() -> RedirectResponse:
        return RedirectResponse("/docs")

    restore_nulls(app)
    install(app, TAGS)
    # Added last, outermost: what the door refuses is counted as well.
    app.add_middleware(Door, limits=limits)
    origins = [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]
    if origins:
        app.add_middleware(CORSMiddleware, **cross_origin(origins))
    app.add_middleware(HttpMetrics, registry=registry)
    return app
