import pytest

from services.cli.readme import BEGIN, END, with_figures
from shared.errors import Misconfigured


def test_only_the_text_between_the_marks_changes() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    expected = f"before\n{BEGIN}\n412 tests, branch coverage 87.3 %.\n{END}\nafter\n"
    assert with_figures(text, 412, 87.25) in (expected, expected.replace("87.3", "87.2"))


def test_a_second_time_changes_nothing() -> None:
    once = with_figures(f"{BEGIN}{END}", 1, 90.0)
    assert with_figures(once, 1, 90.0) == once


@pytest.mark.parametrize("text", ["", BEGIN, END])
def test_a_text_without_marks_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="README"):
        with_figures(text, 1, 90.0)
