"""A level as the visitor wrote it."""

from collections.abc import Callable
from typing import Final

from nicegui import ui

from contracts.battle import DEFAULT_LEVEL, MAXIMUM_LEVEL, MINIMUM_LEVEL
from shared.wording import Language
from ui.picks import Problem, take_level
from ui.texts import battle as texts

_MOST_CHARACTERS: Final = 20


class LevelField(ui.input):
    """A box for a level; the arrow keys count.

    Not `ui.number`: that clamps what is out of range and gives nothing for what is no number.
    """

    def __init__(self, language: Language, on_change: Callable[[], None]) -> None:
        """Add the box, with the usual level, to the current slot."""
        self._language = language
        super().__init__(texts.LEVEL.say(language), value=str(DEFAULT_LEVEL), on_change=lambda _: on_change())
        self.props(f"outlined hide-bottom-space no-error-icon inputmode=numeric maxlength={_MOST_CHARACTERS}")
        self.on("keydown.up.prevent", lambda: self._step(1))
        self.on("keydown.down.prevent", lambda: self._step(-1))

    @property
    def text(self) -> str:
        """What is in the box."""
        return self.value or ""

    def read(self) -> int | Problem:
        """The level, or why what is in the box is none; the box is marked accordingly."""
        level = take_level(self.text, self._language)
        self.props["error"] = isinstance(level, Problem)
        return level

    def _step(self, difference: int) -> None:
        level = take_level(self.text, self._language)
        if isinstance(level, int) and MINIMUM_LEVEL <= level + difference <= MAXIMUM_LEVEL:
            self.value = str(level + difference)
