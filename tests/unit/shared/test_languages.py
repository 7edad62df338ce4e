import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli.speaking import spoken
from shared.wording import LANGUAGES, Text, preferred_language, words


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("de", "en"),
        ("de, fr;q=0.3", "fr"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("fr;q=0.5, en;q=0.9", "en"),
        ("fr;q=0", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("*", "en"),
        ("fr;q=0.8, *;q=0.9", "fr"),
        ("fr;q=nan", "en"),
        ("fr;q=2", "en"),
        ("fr;x=1", "en"),
        ("french", "en"),
        (", ,fr", "fr"),
        ("de," * 30 + "fr", "en"),
    ],
)
def test_the_best_language_of_ours(header: str, language: str) -> None:
    assert preferred_language(header) == language


@given(st.text(max_size=200))
def test_any_header_names_a_language(header: str) -> None:
    assert preferred_language(header) in LANGUAGES


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "fr"}, "fr"),
        ({"LANG": "fr.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "fr_CH.UTF-8"}, "fr"),
        ({"LANG": "fr_FR.UTF-8", "LC_ALL": ""}, "fr"),
    ],
)
def test_the_language_of_a_terminal(environment: dict[str, str], language: str) -> None:
    assert spoken(environment) == language


def test_a_part_is_said_in_the_language_of_its_sentence() -> None:
    inner = Text("a level above {limit}", "un niveau au-dessus de {limit}").of(limit=100)
    outer = Text("Refused: {why}.", "Refusé : {why}.").of(why=inner)
    assert outer.say("en") == "Refused: a level above 100."
    assert outer.say("fr") == "Refusé : un niveau au-dessus de 100."


def test_a_plain_string_is_said_as_it_is_in_every_language() -> None:
    assert {words("{as} it is").say(language) for language in LANGUAGES} == {"{as} it is"}
