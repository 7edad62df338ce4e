"""Which pages of other sites may call the REST API."""

from collections.abc import Sequence
from typing import Any, Final

from services.gateway.access import HEADER
from services.gateway.jobs.repeats import HEADER as IDEMPOTENCY_KEY
from services.gateway.request_ids import HEADER as REQUEST_ID

PREFLIGHT_SECONDS: Final = 600


def cross_origin(origins: Sequence[str]) -> dict[str, Any]:
    """Arguments of Starlette's CORS middleware: no cookies, what our routes take, what pages may read."""
    return {
        "allow_origins": list(origins),
        "allow_methods": ["GET", "HEAD", "POST", "DELETE"],
        "allow_headers": [
            HEADER,
            IDEMPOTENCY_KEY,
            REQUEST_ID,
            "Content-Type",
            "Accept-Language",
            "If-None-Match",
        ],
        "expose_headers": [
            REQUEST_ID,
            "X-Total-Count",
            "X-Pokedex-Hash",
            "Link",
            "Location",
            "ETag",
            "Retry-After",
            "WWW-Authenticate",
        ],
        "max_age": PREFLIGHT_SECONDS,
    }
