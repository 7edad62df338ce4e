"""A drop-down with type-ahead over several names per choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

from ui.components.types import readable_ink


class CreatureProps(TypedDict):
    """Properties of the picture in a choice: see `creature.js`."""

    first: str
    second: str
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One row: the slug it stands for, what it is found by and what is shown. Badges: text, colour.

    `detail` is in English.
    """

    slug: str
    label: str
    names: tuple[str, ...]
    note: str = ""
    detail: str = ""
    badges: tuple[tuple[str, str], ...] = ()
    creature: CreatureProps | None = None
    is_disabled: bool = False


class SearchSelect(ui.select, component="search_select.js"):
    """`ui.select` whose options are `Choice`s. The page must hold a `Creature` if a choice has one."""

    def __init__(
        self,
        choices: Sequence[Choice],
        *,
        label: str,
        no_match: str,
        value: str | list[str] | None,
        on_change: Callable[[ValueChangeEventArguments[Any]], None],
        maximum: int | None = None,
    ) -> None:
        """One of `choices`, or up to `maximum` of them when that is given."""
        self._choices = tuple(choices)
        super().__init__(
            {choice.slug: choice.label for choice in choices},
            label=label,
            value=value,
            on_change=on_change,
            with_input=True,
            multiple=maximum is not None,
        )
        self.props["no-match"] = no_match
        self.props("outlined hide-bottom-space input-debounce=0 behavior=menu")
        self.props["popup-content-class"] = "choices"
        if maximum is not None:
            self.props["max-values"] = maximum
            self.props("use-chips")

    def set_choices(self, choices: Sequence[Choice], value: str | list[str] | None) -> None:
        """Offer other choices and select `value` among them."""
        self._choices = tuple(choices)
        self.set_options({choice.slug: choice.label for choice in choices}, value=value)

    def _update_options(self) -> None:
        super()._update_options()
        self.props["options"] = [
            {
                "value": index,
                "label": choice.label,
                "names": choice.names,
                "note": choice.note,
                "detail": choice.detail,
                "badges": [
                    {"text": text, "colour": colour, "ink": readable_ink(colour)}
                    for text, colour in choice.badges
                ],
                "creature": choice.creature,
                "disable": choice.is_disabled,
            }
            for index, choice in enumerate(self._choices)
        ]
