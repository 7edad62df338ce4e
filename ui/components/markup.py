"""Plain HTML elements with text; Vue escapes the text, so that nobody's words become markup."""

from nicegui.elements.mixins.text_element import TextElement


class Tag(TextElement):
    """An element of any tag, with text and classes, that page tests can find by its text."""

    def __init__(self, tag: str, text: str = "", classes: str = "") -> None:
        """Add `<tag class=classes>text</tag>` to the current slot."""
        super().__init__(tag=tag, text=text)
        self.classes(classes)
