from collections.abc import AsyncIterator

import httpx
import pytest

from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.gateway import fake_ports
from tests.support.gateway_door import Door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    ports, requester, pokedex, models = fake_ports()
    app = create_app(Settings(), ports)
    # Answers to defects are part of the interface: the exception itself is not to reach the test.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield Door(client, requester, pokedex, models)
