import pytest

from ui.language import choose_language


@pytest.mark.parametrize(
    ("remembered", "header", "language"),
    [
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "en-GB,en;q=0.9,fr;q=0.4", "en"),
        (None, "de-DE,fr;q=0.3,en;q=0.2", "fr"),
        (None, "de", "en"),
        (None, "", "en"),
        (None, "fr;q=nonsense", "en"),
        ("en", "fr", "en"),
        ("fr", "en", "fr"),
        ("klingon", "fr", "fr"),
    ],
)
def test_the_remembered_language_wins_over_the_header_and_the_header_over_english(
    remembered: object, header: str, language: str
) -> None:
    assert choose_language(remembered, header) == language
