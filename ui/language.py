"""Which language a visitor reads."""

from typing import Final

from shared.wording import DEFAULT_LANGUAGE, LANGUAGES, Language

STORAGE_KEY: Final = "language"


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
