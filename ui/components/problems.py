"""What cannot be taken, said where it was given."""

from collections.abc import Callable, Iterable

from nicegui import ui

from shared.wording import Language
from ui.components.markup import Tag
from ui.picks import Problem
from ui.texts import battle as texts


class ProblemBox(ui.element):
    """The place below a field where its problem is told; empty and unseen without one."""

    def __init__(self, language: Language, on_suggestion: Callable[[str], None] | None = None) -> None:
        """Add the empty place to the current slot. `on_suggestion` gets the name that was meant."""
        super().__init__()
        self._problem: Problem | None = None
        self._language = language
        self._on_suggestion = on_suggestion
        self.classes("problem").props("role=alert")

    def show(self, problem: Problem | None) -> None:
        """Tell `problem` in place of what was told."""
        if problem == self._problem:
            return
        self._problem = problem
        self.clear()
        if problem is None:
            return
        with self:
            Tag("p", problem.sentence, "problem__sentence").mark("problem")
            if self._on_suggestion is not None and problem.nearest:
                self._draw_nearest(problem.nearest, self._on_suggestion)

    def _draw_nearest(self, names: tuple[str, ...], on_suggestion: Callable[[str], None]) -> None:
        with ui.element("div").classes("problem__nearest"):
            Tag("span", texts.DID_YOU_MEAN.say(self._language), "muted")
            for name in names:
                button = ui.button(name, on_click=lambda _, name=name: on_suggestion(name), color=None)
                button.props("no-caps outline dense").mark("meant")


def draw_left_out(problems: Iterable[Problem], language: Language) -> None:
    """What was asked for and is not shown, and why, in the current slot; nothing without any."""
    sentences = [problem.sentence for problem in problems]
    if not sentences:
        return
    with ui.element("article").classes("card notice notice--failed").props("role=alert"):
        with ui.element("h2").classes("notice__title"):
            ui.icon("info").props("aria-hidden=true")
            Tag("span", texts.LEFT_OUT.say(language))
        with ui.element("ul").classes("notice__list"):
            for sentence in sentences:
                Tag("li", sentence).mark("left-out")
