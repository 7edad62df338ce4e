"""The pages with NiceGUI's simulated browser. Test modules import the fixture."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nicegui import Client
from nicegui.storage import Storage
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from shared.settings import Settings
from tests.support.ui_bus import FakeBus
from ui.battles import Battles
from ui.components.search_select import SearchSelect
from ui.pages import register_pages
from ui.refreshes import Refreshes


@dataclass
class Site:
    """A visitor, and the bus behind the pages."""

    user: User
    bus: FakeBus

    async def open(self, path: str = "/battle") -> None:
        await self.user.open(path)

    def text(self, marker: str) -> str:
        (element,) = self.user.find(marker=marker).elements
        return str(getattr(element, "text", ""))

    def texts(self, marker: str) -> list[str]:
        return [str(getattr(element, "text", "")) for element in self.user.find(marker=marker).elements]

    def press(self) -> None:
        self.user.find(marker="ask").click()

    def pick(self, marker: str, value: object) -> None:
        (select,) = self.user.find(kind=SearchSelect, marker=marker).elements
        with self.user:
            select.value = value

    async def see(self, marker: str) -> None:
        await self.user.should_see(marker=marker, retries=30)

    async def open_missing(self, path: str) -> None:
        """Open a page that must answer 404, which `User.open` refuses to do."""
        response = await self.user.http_client.get(path, follow_redirects=True)
        assert response.status_code == 404
        found = re.search(r"'client_id': '([0-9a-f-]+)'", response.text)
        assert found is not None
        self.user.client = Client.instances[found[1]]


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(Storage, "path", tmp_path)
    async with user_simulation() as user:
        bus = FakeBus()
        battles, refreshes = Battles(bus), Refreshes(bus)
        settings = Settings(
            gateway_url="http://gateway.test", mlflow_tracking_uri="http://mlflow.test", kafka_bootstrap="k:9"
        )
        register_pages(bus, battles, refreshes, settings)
        yield Site(user, bus)
        bus.gate.set()
        await battles.stop()
        await refreshes.stop()
