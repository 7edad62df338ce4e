"""Base stats as numbers and bars."""

from typing import Final

from nicegui import ui

from contracts.pokedex import PokemonRecord
from shared.pokedex_queries import stat_value
from shared.pokedex_words import STAT_NAMES, STAT_WORDS
from shared.wording import Language
from ui.components.markup import Tag
from ui.components.words import in_language
from ui.texts.pokedex import BASE_STATS

HIGHEST_BASE_STAT: Final = 180
"""Full width of a stat bar; only Chansey's HP and the like go beyond."""


def draw_stats(pokemon: PokemonRecord, language: Language, *, has_total: bool = False) -> None:
    """A list of the six base stats, each with its bar; with `has_total` their sum below."""
    with ui.element("dl").classes("stats") as listing:
        listing.props["aria-label"] = BASE_STATS.say(language)
        for name in STAT_NAMES:
            if name == "total" and not has_total:
                continue
            value = stat_value(pokemon, name)
            with ui.element("div").classes(f"stats__row stats__row--{name.replace('_', '-')}"):
                Tag("dt", in_language(STAT_WORDS[name], language), "stats__name")
                Tag("dd", str(value), "stats__value")
                if name != "total":
                    bar = ui.element("div").classes("stats__bar").props("aria-hidden=true")
                    bar.style(f"--part:{min(1.0, value / HIGHEST_BASE_STAT):.3f}")
