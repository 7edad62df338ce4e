"""The web app in a process of its own, with the fake bus: `python -m tests.support.ui_app`.

Settings come from the environment as for the real one. `/asked` lists the request ids that would
have been published; `/hold` keeps replies back, and `/fail` makes calls fail, until told otherwise.
"""

from fastapi import FastAPI

from shared.errors import ReplyTimeout
from shared.service import run
from shared.settings import Settings
from tests.support.ui_bus import FakeBus
from ui.app import create_app


def create_fake_app(settings: Settings) -> FastAPI:
    """The web app on a `FakeBus`."""
    bus = FakeBus()

    async def asked() -> list[str]:
        return [request_id for request_id, _ in bus.asked]

    async def hold(is_held: bool) -> None:
        (bus.gate.clear if is_held else bus.gate.set)()

    async def fail(is_failing: bool) -> None:
        bus.failure = ReplyTimeout("late") if is_failing else None

    app = create_app(settings, bus)
    app.add_api_route("/asked", asked)
    app.add_api_route("/hold", hold, methods=["POST"])
    app.add_api_route("/fail", fail, methods=["POST"])
    # before NiceGUI, which answers every path that is not taken yet
    routes = app.router.routes
    routes[:] = [*routes[-3:], *routes[:-3]]
    return app


if __name__ == "__main__":
    run("ui", create_fake_app)
