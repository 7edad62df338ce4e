"""The routes that look back, and the one that says what came of a prediction."""

from fastapi import APIRouter

from services.gateway.history.events import event_routes
from services.gateway.history.outcomes import outcome_routes
from services.gateway.history.predictions import prediction_routes
from services.gateway.ports import GatewayPorts


def history_routes(ports: GatewayPorts) -> APIRouter:
    """All of them."""
    router = APIRouter(tags=["history"])
    # Before `/predictions/{request_id}`, which would take `events` for an id.
    router.include_router(event_routes(ports))
    router.include_router(prediction_routes(ports))
    router.include_router(outcome_routes(ports))
    return router
