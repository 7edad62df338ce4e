"""The web app in a process of its own, with the fake bus: `python -m tests.support.ui_app`.

Settings come from the environment as for the real one. `/asked` and `/refreshed` list the ids that
would have been published; `/hold` keeps replies back, and `/fail` makes calls fail, until told
otherwise; `/progressed` and `/completed` are what ingest would say, and `/rename` applies a Pokédex
in which one Pokémon has another name.
"""

from fastapi import FastAPI, Request

from contracts.channels import POKEDEX_REFRESH_COMPLETED, POKEDEX_REFRESH_PROGRESSED, Channel
from shared.bus import decode
from shared.errors import ReplyTimeout
from shared.service import run
from shared.settings import Settings
from tests.support.pokedex import with_renamed
from tests.support.ui_bus import FakeBus
from ui.app import create_app


def create_fake_app(settings: Settings) -> FastAPI:
    """The web app on a `FakeBus`."""
    bus = FakeBus()

    async def asked() -> list[str]:
        return [request_id for request_id, _ in bus.asked]

    async def refreshed() -> list[str]:
        return [refresh_id for refresh_id, _ in bus.refreshed]

    async def hold(is_held: bool) -> None:
        (bus.gate.clear if is_held else bus.gate.set)()

    async def fail(is_failing: bool) -> None:
        bus.failure = ReplyTimeout("late") if is_failing else None

    async def progressed(request: Request) -> None:
        await _take(POKEDEX_REFRESH_PROGRESSED, request)

    async def completed(request: Request) -> None:
        await _take(POKEDEX_REFRESH_COMPLETED, request)

    async def _take(channel: Channel, request: Request) -> None:
        message = decode(channel, await request.body())
        bus.refreshes.take(channel, message.refresh_id, message)

    async def rename(slug: str, name: str) -> None:
        assert bus.pokedex is not None
        bus.pokedex = with_renamed(bus.pokedex, slug, name)

    app = create_app(settings, bus)
    app.add_api_route("/asked", asked)
    app.add_api_route("/refreshed", refreshed)
    controls = (hold, fail, progressed, completed, rename)
    for control in controls:
        app.add_api_route(f"/{control.__name__}", control, methods=["POST"])
    # before NiceGUI, which answers every path that is not taken yet
    routes = app.router.routes
    added = len(controls) + 2
    routes[:] = [*routes[-added:], *routes[:-added]]
    return app


if __name__ == "__main__":
    run("ui", create_fake_app)
