"""Health of a process: alive is not ready. Ready means that each named check says so now."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from faststream.asgi import AsgiResponse, get
from faststream.asgi.types import ASGIApp, Scope
from prometheus_client import CollectorRegistry, make_asgi_app

CHECK_TIMEOUT_SECONDS: Final = 2.0

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else the reason."""


class ReadinessReport(msgspec.Struct, frozen=True):
    """What `/health/ready` answers; `checks` maps a name to `ok` or the reason.

    `notes` are what an operator must know of a process that is ready all the same.
    """

    ready: bool
    service: str
    checks: dict[str, str]
    notes: dict[str, str] = {}


class Readiness:
    """The checks of one process."""

    def __init__(self, service: str) -> None:
        """Start with no checks; without any the process counts as ready."""
        self.service = service
        self._checks: dict[str, Check] = {}
        self._notes: dict[str, str] = {}

    def note(self, name: str, text: str | None) -> None:
        """Tell `text` in every report, replacing an earlier note of that name; None withdraws it."""
        if text is None:
            self._notes.pop(name, None)
        else:
            self._notes[name] = text

    def add(self, name: str, check: Check) -> None:
        """Register `check` under `name`, replacing an earlier one of that name."""
        self._checks[name] = check

    async def leave(self, grace_s: float) -> None:
        """Not ready from now on; returns after `grace_s`, in which the process works as before."""
        self.add("process", _is_stopping)
        await asyncio.sleep(grace_s)

    async def report(self) -> ReadinessReport:
        """Run all checks at once, each bounded by two seconds."""
        names = list(self._checks)
        results = await asyncio.gather(*(_run(self._checks[name]) for name in names))
        return ReadinessReport(
            ready=all(reason is None for reason in results),
            service=self.service,
            checks={name: reason or "ok" for name, reason in zip(names, results, strict=True)},
            notes=dict(self._notes),
        )


async def _is_stopping() -> str:
    return "stopping"


async def _run(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_TIMEOUT_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 - a check that fails is a reason, not a crash
        return f"{type(error).__name__}: {error}"


JSON_HEADERS: Final = {"content-type": "application/json"}


def health_routes(readiness: Readiness, registry: CollectorRegistry) -> list[tuple[str, ASGIApp]]:
    """`/health/live`, `/health/ready`, `/health` (the same) and `/metrics` as ASGI routes."""

    @get
    async def live(_: Scope) -> AsgiResponse:
        return AsgiResponse(b'{"live":true}', 200, headers=JSON_HEADERS)

    @get
    async def ready(_: Scope) -> AsgiResponse:
        report = await readiness.report()
        return AsgiResponse(msgspec.json.encode(report), 200 if report.ready else 503, headers=JSON_HEADERS)

    return [
        ("/health/live", live),
        ("/health/ready", ready),
        ("/health", ready),
        ("/metrics", make_asgi_app(registry)),
    ]
