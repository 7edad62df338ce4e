"""Which model answers, whether the gateway is well, and what it counts."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from contracts.battle import FAMILY
from services.gateway import texts
from services.gateway.answers import CurrentModel
from services.gateway.answers import Readiness as ReadinessSchema
from services.gateway.examples import problems
from services.gateway.examples import system as examples
from services.gateway.examples.responses import answer, failures
from services.gateway.ports import GatewayPorts
from services.gateway.problems import ProblemError, problem, shown
from shared.health import Readiness

_READINESS: Final[dict[int | str, dict[str, Any]]] = {
    200: answer(examples.READY, "Ready"),
    503: {
        "description": "Not ready: `checks` says why",
        "model": ReadinessSchema,
        "content": {
            "application/json": {
                "example": {
                    **examples.READY,
                    "ready": False,
                    "checks": {**examples.READY["checks"], "model": "no model released yet"},
                }
            }
        },
    },
}


def system_routes(ports: GatewayPorts, readiness: Readiness, registry: CollectorRegistry) -> APIRouter:
    """The routes that speak of the system itself."""
    router = APIRouter(tags=["system"])

    @router.get(
        "/models/current",
        response_model=CurrentModel,
        responses={
            200: answer(examples.CURRENT_MODEL, "The release"),
            **failures(problems.UNKNOWN_FAMILY, problems.NO_MODEL),
        },
    )
    async def show_current_model(
        family: Annotated[str, Query(description="Model family", examples=[FAMILY])] = FAMILY,
    ) -> CurrentModel:
        """The release that answers now: version, feature set, metrics, hashes."""
        return current_model(ports, family)

    async def ready() -> Response:
        """Ready: replies are read, the Pokédex is complete, a model is released."""
        report = await readiness.report()
        return Response(
            msgspec.json.encode(report), 200 if report.ready else 503, media_type="application/json"
        )

    for path in ("/health", "/health/ready"):
        router.add_api_route(path, ready, response_model=ReadinessSchema, responses=_READINESS)

    @router.get("/health/live", responses={200: answer({"live": True}, "Alive")})
    async def live() -> dict[str, bool]:
        """Alive: the process answers."""
        return {"live": True}

    @router.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "description": "Prometheus text",
                "content": {"text/plain": {"example": examples.METRICS}},
            }
        },
    )
    async def metrics() -> Response:
        """Counters and histograms for Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


def current_model(ports: GatewayPorts, family: str) -> CurrentModel:
    """The champion of `family`. Raises ProblemError: 404 unknown family, 503 none released yet."""
    release, assigned = ports.models.champion(family), ports.models.assignments.get(family)
    if release is not None and assigned is not None:
        return CurrentModel(
            family=family,
            version=release.version,
            previous=assigned.previous,
            feature_set=release.feature_set,
            released_at=_utc(release.released_at_ms),
            assigned_at=_utc(assigned.assigned_at_ms),
            reason=assigned.reason,
            metrics=release.metrics,
            coverage=release.calibration.coverage,
            sha256=release.sha256,
            size_bytes=release.size_bytes,
            dataset_hash=release.dataset_hash,
            pokedex_hash=release.pokedex_hash,
        )
    if family == FAMILY or assigned is not None:
        raise ProblemError(
            problem(
                "no-model",
                texts.NO_MODEL,
                503,
                texts.NO_MODEL_OF.of(family=shown(family)),
                remedy=texts.NO_MODEL_REMEDY,
            ),
            {"Retry-After": "10"},
        )
    raise ProblemError(
        problem(
            "unknown",
            texts.UNKNOWN_FAMILY,
            404,
            texts.NO_FAMILY.of(family=shown(family)),
            field="family",
            value=shown(family),
            remedy=texts.FAMILY_REMEDY,
            suggestions=sorted({FAMILY, *ports.models.assignments}),
        )
    )


def _utc(milliseconds: int) -> str:
    return (
        datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )
