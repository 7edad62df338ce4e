"""One sentence in both languages."""

from dataclasses import dataclass

from ui.language import Language


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages; `{name}` parts are filled by `say`."""

    en: str
    fr: str

    def say(self, language: Language, **values: object) -> str:
        """The sentence in `language`. Raises KeyError when a value is missing."""
        template = self.fr if language == "fr" else self.en
        return template.format(**values)
