"""A drop-down with type-ahead over several names per choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from nicegui import ui
from nicegui.events import GenericEventArguments, ValueChangeEventArguments

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
    """`ui.select` whose options are `Choice`s. The page must hold a `Creature` if a choice has one.

    A text that was left in the box without a choice being made is not dropped: `on_typed` gets it, or
    an empty one when the box was emptied, and answers with a choice or with `reject`.
    """

    def __init__(
        self,
        choices: Sequence[Choice],
        *,
        label: str,
        no_match: str,
        value: str | list[str] | None,
        on_change: Callable[[ValueChangeEventArguments[Any]], None],
        on_typed: Callable[[str], None],
        maximum: int | None = None,
    ) -> None:
        """One of `choices`, or up to `maximum` of them when that is given."""
        self._choices = tuple(choices)
        self._drawn: tuple[Choice, ...] | None = None
        super().__init__(
            {choice.slug: choice.label for choice in choices},
            label=label,
            value=value,
            on_change=on_change,
            with_input=True,
            multiple=maximum is not None,
        )
        # else every change of the value would take away what `reject` and `accept` say
        self.without_auto_validation()
        self.on("typed", lambda event: on_typed(_typed_text(event)))
        self.props["no-match"] = no_match
        self.props["rejected"] = ""
        self.props("outlined hide-bottom-space no-error-icon input-debounce=0 behavior=menu")
        self.props["popup-content-class"] = "choices"
        if maximum is not None:
            self.props["max-values"] = maximum
            self.props("use-chips")

    @property
    def rejected(self) -> str:
        """The text in the box that is no choice, empty when there is none."""
        return str(self.props["rejected"])

    def reject(self, text: str) -> None:
        """Keep `text` in the box, marked as no choice."""
        self.props["rejected"] = text
        self.props["error"] = True

    def accept(self) -> None:
        """Nothing in the box is wrong."""
        self.props["rejected"] = ""
        self.props["error"] = False

    def set_choices(self, choices: Sequence[Choice], value: str | list[str] | None) -> None:
        """Offer other choices and select `value` among them."""
        self._choices = tuple(choices)
        self.set_options({choice.slug: choice.label for choice in choices}, value=value)

    def _update_options(self) -> None:
        """As the base does after every change of any property, but rows only when the choices changed."""
        if self._drawn is not self._choices:
            self._drawn = self._choices
            # a tuple: NiceGUI would watch each dictionary of a list for changes
            self.props["options"] = tuple(_row(index, choice) for index, choice in enumerate(self._choices))
        before = self.value
        self.props[self.VALUE_PROP] = self._value_to_model_value(before)
        if not self.multiple:
            self.value = before if before in self._values else None


def _row(index: int, choice: Choice) -> dict[str, Any]:
    """What `search_select.js` draws."""
    return {
        "value": index,
        "label": choice.label,
        "names": choice.names,
        "note": choice.note,
        "detail": choice.detail,
        "badges": [
            {"text": text, "colour": colour, "ink": readable_ink(colour)} for text, colour in choice.badges
        ],
        "creature": choice.creature,
        "disable": choice.is_disabled,
    }


def _typed_text(event: GenericEventArguments) -> str:
    return event.args if isinstance(event.args, str) else ""
