"""The web app in a process of its own, with the fake bus: `python -m tests.support.ui_app`.

Settings come from the environment as for the real one. `/asked` lists the request ids that would
have been published.
"""

from fastapi import FastAPI

from shared.service import run
from shared.settings import Settings
from tests.support.ui_bus import FakeBus
from ui.app import create_app


def create_fake_app(settings: Settings) -> FastAPI:
    """The web app on a `FakeBus`."""
    bus = FakeBus()

    async def asked() -> list[str]:
        return [request_id for request_id, _ in bus.asked]

    app = create_app(settings, bus)
    app.add_api_route("/asked", asked)
    # before NiceGUI, which answers every path that is not taken yet
    app.router.routes.insert(0, app.router.routes.pop())
    return app


if __name__ == "__main__":
    run("ui", create_fake_app)
