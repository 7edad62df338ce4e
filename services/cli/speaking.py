"""Which language the commands speak: `--lang`, else what the environment of the terminal says."""

import os
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from shared.wording import DEFAULT_LANGUAGE, LANGUAGES, Language, Words

VARIABLES: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
"""The first that is set counts, as POSIX has it."""

LanguageOption = Annotated[
    Language | None, typer.Option("--lang", help="Language of messages: en or fr; default as LANG says.")
]
_chosen: Language | None = None


def use_language(language: Language | None) -> None:
    """Speak `language` from here on; None: as the environment says."""
    global _chosen
    _chosen = language


def spoken(environment: Mapping[str, str] | None = None) -> Language:
    """The language of this process; English where the environment names none of ours."""
    if _chosen is not None:
        return _chosen
    known = os.environ if environment is None else environment
    locale = next((known[name] for name in VARIABLES if known.get(name)), "")
    code = locale.lower().partition("_")[0].partition(".")[0]
    return next((language for language in LANGUAGES if language == code), DEFAULT_LANGUAGE)


def say(text: Words) -> str:
    """`text` in the language of this process."""
    return text.say(spoken())
