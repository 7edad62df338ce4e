"""Runs an ASGI application's lifespan in a test, as uvicorn would."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[Any]:
    """Start `app`, yield it, stop it. Raises RuntimeError with what the application said."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(app(scope, to_app.get, from_app.put))
    await to_app.put({"type": "lifespan.startup"})
    await _expect(task, from_app, "lifespan.startup.complete")
    try:
        yield app
    finally:
        await to_app.put({"type": "lifespan.shutdown"})
        await _expect(task, from_app, "lifespan.shutdown.complete")
        await task


async def _expect(task: asyncio.Task[None], from_app: asyncio.Queue[dict[str, Any]], kind: str) -> None:
    said = asyncio.ensure_future(from_app.get())
    await asyncio.wait([task, said], return_when=asyncio.FIRST_COMPLETED)
    if not said.done():
        said.cancel()
        task.result()
        raise RuntimeError(f"the application ended before {kind}")
    if said.result()["type"] != kind:
        raise RuntimeError(f"{said.result()}")
