"""Which language a visitor reads, and how that language writes numbers."""

from typing import Final, Literal, get_args

Language = Literal["en", "fr"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
DEFAULT_LANGUAGE: Final[Language] = "en"
STORAGE_KEY: Final = "language"

_NARROW_SPACE: Final = "\u202f"


def choose_language(remembered: object, accept_language: str) -> Language:
    """What the visitor chose before, else the best match of the `Accept-Language` header, else English."""
    for language in LANGUAGES:
        if remembered == language:
            return language
    best: tuple[float, Language] = (0.0, DEFAULT_LANGUAGE)
    for part in accept_language.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _quality(parameter)
        for language in LANGUAGES:
            if tag.split("-", 1)[0] == language and weight > best[0]:
                best = (weight, language)
    return best[1]


def _quality(parameter: str) -> float:
    _, _, value = parameter.strip().partition("q=")
    try:
        return float(value) if value else 1.0
    except ValueError:
        return 0.0


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
