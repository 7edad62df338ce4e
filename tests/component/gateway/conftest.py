from collections.abc import AsyncIterator

import httpx
import pytest

from contracts.access import Scope
from services.gateway.app import create_app
from shared.settings import Settings
from tests.support.asgi import running
from tests.support.gateway import fake_ports
from tests.support.gateway_door import KEY_ID, UNLIMITED, Door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    ports, fakes = fake_ports()
    key = fakes.keys.grant(Scope.PREDICT, Scope.READ, key_id=KEY_ID)
    app = create_app(Settings.model_validate(UNLIMITED), ports)
    # Answers to defects are part of the interface: the exception itself is not to reach the test.
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    opened = httpx.AsyncClient(transport=transport, base_url="http://gateway", headers={"X-API-Key": key})
    async with running(app), opened as client:
        yield Door(app=app, client=client, **vars(fakes))
