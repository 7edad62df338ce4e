"""The pages, and how they are registered."""

from shared.settings import Settings
from ui.battles import Battles
from ui.client import Bus
from ui.pages import battle, home


def register_pages(bus: Bus, battles: Battles, settings: Settings) -> None:
    """Put every page into NiceGUI's page table."""
    home.register(bus, settings)
    battle.register(bus, battles)
