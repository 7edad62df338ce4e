"""Sentences in English and French, and how each language writes numbers."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT_LANGUAGE: Final[Language] = "en"

_NARROW_SPACE: Final = "\u202f"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language; `{name}` parts are filled by `say`."""

    en: str
    fr: str

    def say(self, language: Language, **values: object) -> str:
        """The sentence in `language`. Raises KeyError when a value is missing."""
        template = self.fr if language == "fr" else self.en
        return template.format(**values)


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
