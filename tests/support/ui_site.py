"""The pages with NiceGUI's simulated browser. Test modules import the fixture."""

import gc
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from nicegui import Client, ElementFilter
from nicegui.storage import Storage
from nicegui.testing import User
from nicegui.testing.user_simulation import user_simulation

from contracts.battle import BattleRequested, Combatant
from shared.pokedex import Pokedex
from shared.settings import Settings
from tests.support.ui_bus import FakeBus
from ui.battles import Battles
from ui.components.move_table import MoveTable
from ui.components.pokemon_grid import PokemonGrid
from ui.components.search_select import SearchSelect
from ui.pages import register_pages
from ui.refreshes import Refreshes

FRENCH: Final = {"accept-language": "fr"}
DUEL: Final = "/battle?a=pikachu&move_a=thunderbolt&b=carapuce&move_b=pistolet+a+o"
DUEL_BODY: Final = BattleRequested(
    a=Combatant(pokemon="pikachu", moves=("thunderbolt",)),
    b=Combatant(pokemon="squirtle", moves=("water-gun",)),
    explain=True,
)


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
        """Of everything that is marked so, from top to bottom; empty when nothing is."""
        with self.user:
            return [str(getattr(element, "text", "")) for element in ElementFilter(marker=marker)]

    def press(self) -> None:
        self.user.find(marker="ask").click()

    def pick(self, marker: str, value: object) -> None:
        (select,) = self.user.find(kind=SearchSelect, marker=marker).elements
        with self.user:
            select.value = value

    def type(self, marker: str, text: str) -> None:
        """Leave `text` in a picker without making a choice."""
        self.user.find(kind=SearchSelect, marker=marker).trigger("typed", text)

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
    # the simulation collects garbage twice: of this test alone, not of all that ran before it
    gc.freeze()
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


def cards(site: Site, marker: str = "grid") -> list[str]:
    (grid,) = site.user.find(kind=PokemonGrid, marker=marker).elements
    return [card["slug"] for card in grid.props["cards"]]


def rows(site: Site) -> dict[str, dict[str, Any]]:
    (table,) = site.user.find(kind=MoveTable, marker="moves").elements
    return {row["slug"]: row for row in table.props["rows"]}


def put(site: Site, marker: str, value: object) -> None:
    (element,) = site.user.find(marker=marker).elements
    with site.user:
        element.value = value  # type: ignore[attr-defined]


def addresses(site: Site, marker: str) -> set[str]:
    return {str(link.props["href"]) for link in site.user.find(marker=marker).elements}


def applied(site: Site) -> Pokedex:
    assert site.bus.pokedex is not None
    return site.bus.pokedex
