"""The pages, and how they are registered."""

from shared.settings import Settings
from ui.battles import Battles
from ui.client import Bus
from ui.pages import battle, home, missing, move, moves, pokedex, pokemon, types
from ui.refreshes import Refreshes


def register_pages(bus: Bus, battles: Battles, refreshes: Refreshes, settings: Settings) -> None:
    """Put every page into NiceGUI's page table."""
    home.register(bus, settings)
    battle.register(bus, battles)
    pokedex.register(bus, refreshes)
    pokemon.register(bus)
    moves.register(bus)
    move.register(bus)
    types.register(bus)
    missing.register()
