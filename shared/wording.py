"""Sentences in English and French, and how each language writes numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT_LANGUAGE: Final[Language] = "en"
MAXIMUM_RANGES: Final = 20
"""More languages than anyone prefers are not looked at."""

_NARROW_SPACE: Final = "\u202f"


class Words(Protocol):
    """What can be said in each language."""

    def say(self, language: Language) -> str:
        """In `language`."""


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language; `{name}` parts are filled by `say`."""

    en: str
    fr: str

    def say(self, language: Language, **values: object) -> str:
        """The sentence in `language`. Raises KeyError when a value is missing."""
        template = self.fr if language == "fr" else self.en
        return template.format(**values)

    def of(self, **values: object) -> "Said":
        """The sentence with its parts, before its language is known."""
        return Said(self, values)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its parts; a part that is Words is said in the same language."""

    text: Text
    values: Mapping[str, object]

    def say(self, language: Language) -> str:
        """The whole sentence. Raises KeyError when a part is missing."""
        parts = {
            name: value.say(language) if isinstance(value, Text | Said) else value
            for name, value in self.values.items()
        }
        return self.text.say(language, **parts)


VERBATIM: Final = Text("{text}", "{text}")
"""For what is the same in every language, or has come in one: `VERBATIM.of(text=…)`."""


def words(text: "str | Words") -> Words:
    """A plain string as Words."""
    return VERBATIM.of(text=text) if isinstance(text, str) else text


def preferred_language(accept_language: str) -> Language:
    """The best of our languages for an `Accept-Language` header (RFC 9110); English when none is named.

    A range that is excluded (`q=0`) or cannot be read counts for nothing.
    """
    best: Language = DEFAULT_LANGUAGE
    best_quality = 0.0
    for position, part in enumerate(accept_language.split(",")):
        if position == MAXIMUM_RANGES:
            break
        tag, _, parameter = part.partition(";")
        name = tag.strip().lower().partition("-")[0]
        quality = _quality(parameter)
        language = next((one for one in LANGUAGES if one == name), None)
        if name == "*":
            language = best if best_quality else DEFAULT_LANGUAGE
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value) if name.strip().lower() == "q" else 0.0
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def decimal(value: float, digits: int, language: Language) -> str:
    """`value` with a fixed number of decimals, the way the language writes it."""
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "fr" else text


def whole(value: float, language: Language) -> str:
    """`value` rounded to a whole number, its thousands set apart."""
    text = f"{round(value):,}"
    return text.replace(",", _NARROW_SPACE) if language == "fr" else text


def percent(probability: float, language: Language, digits: int = 1) -> str:
    """A probability as a percentage; never 0 or 100 unless it is exactly that."""
    shown = round(probability * 100, digits)
    step = 10.0**-digits
    sign = ""
    if shown >= 100 and probability < 1:
        sign, shown = ">", 100 - step
    elif shown <= 0 and probability > 0:
        sign, shown = "<", step
    separator = _NARROW_SPACE if language == "fr" else ""
    prefix = f"{sign}{separator}" if sign else ""
    return f"{prefix}{decimal(shown, digits, language)}{separator}%"


def points(share: float, language: Language) -> str:
    """A difference of two probabilities in percentage points, with its sign: `+31.0`, `−2.0`, `0.0`."""
    shown = round(share * 100, 1)
    if shown == 0:
        return decimal(0.0, 1, language)
    return f"{'+' if shown > 0 else '−'}{decimal(abs(shown), 1, language)}"
