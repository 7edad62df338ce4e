"""What protects the visitor: the storage secret, the cookie, the headers of every response."""

import os
import time
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.errors import Misconfigured
from shared.settings import Settings

MINIMUM_SECRET_BYTES: Final = 32
COOKIE_DAYS: Final = 14
_DAY_SECONDS: Final = 86_400

# NiceGUI compiles its Vue templates in the browser and starts them from inline scripts, hence the two
# 'unsafe-' words; what they leave is that nothing is loaded from or sent to another site, sprites apart.
_CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: https:",
        "connect-src 'self' ws: wss:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS: Final = {
    "content-security-policy": _CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}


def read_storage_secret(path: Path) -> str:
    """The secret that signs the browser's cookie. Raises Misconfigured when it is missing or short."""
    remedy = (
        f"write at least {MINIMUM_SECRET_BYTES} random bytes there, for example "
        f"`python3 -c 'import secrets; print(secrets.token_urlsafe(48))' > {path}`, "
        "or set PDX_STORAGE_SECRET_FILE to the file that holds it"
    )
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise Misconfigured(f"PDX_STORAGE_SECRET_FILE={path}: there is no such file; {remedy}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(f"PDX_STORAGE_SECRET_FILE={path}: cannot be read ({error}); {remedy}") from error
    if len(secret.encode()) < MINIMUM_SECRET_BYTES:
        raise Misconfigured(
            f"PDX_STORAGE_SECRET_FILE={path}: {len(secret.encode())} bytes are too few; {remedy}"
        )
    return secret


def cookie_options(settings: Settings) -> dict[str, object]:
    """How the session cookie is set: `Secure` as soon as the site is known to be served over TLS."""
    return {
        "session_cookie": "pdx_ui",
        "max_age": COOKIE_DAYS * _DAY_SECONDS,
        "same_site": "lax",
        "https_only": (settings.ui_url or "").startswith("https://"),
    }


def prepare_visitor_storage(path: Path) -> None:
    """Make the folder of the visitors' storage and drop what no living cookie can point at."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    oldest = time.time() - 2 * COOKIE_DAYS * _DAY_SECONDS
    for file in path.glob("storage-user-*.json"):
        if os.path.getmtime(file) < oldest:
            file.unlink(missing_ok=True)


class SecurityHeaders:
    """ASGI middleware that adds the headers above to every HTTP response."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; only response headers are touched."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
