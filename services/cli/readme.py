"""The measured figures in README.md, between two marks, written by `dex test --write-readme`."""

from pathlib import Path
from typing import Final

from shared.errors import Misconfigured

BEGIN: Final = "<!-- figures of ./dex test: begin -->"
END: Final = "<!-- figures of ./dex test: end -->"


def with_figures(text: str, passed: int, coverage: float) -> str:
    """The text with the figures between the marks. Raises Misconfigured when it has none."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Misconfigured(f"README.md has no place for the figures: add the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n{passed} tests, branch coverage {coverage:.1f} %.\n{END}{after}"


def write_figures(readme: Path, passed: int, coverage: float) -> None:
    """Put the figures into the file."""
    readme.write_text(with_figures(readme.read_text(), passed, coverage))
