"""Examples of the routes that speak of the system itself."""

from typing import Any, Final

CURRENT_MODEL: Final[dict[str, Any]] = {
    "family": "battle",
    "version": "1",
    "previous": None,
    "feature_set": "battle-1",
    "released_at": "2026-01-01T12:00:00Z",
    "assigned_at": "2026-01-01T12:00:01Z",
    "reason": "first start",
    "metrics": {"brier": 0.012},
    "coverage": 0.9,
    "sha256": "9f2c",
    "size_bytes": 900000,
    "dataset_hash": "1a2b",
    "pokedex_hash": "9f2c",
}
READY: Final[dict[str, Any]] = {
    "ready": True,
    "service": "gateway",
    "checks": {"replies": "ok", "pokedex": "ok", "model": "ok", "keys": "ok", "jobs": "ok"},
    "notes": {},
}
METRICS: Final = 'pdx_http_requests_total{method="GET",route="/pokemon/{name}",status="200"} 1.0\n'
