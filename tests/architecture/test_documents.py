"""What the documents say about the code is what the code says, and their links lead somewhere."""

import re
from pathlib import Path
from typing import Final

import pytest
from typer.testing import CliRunner

from services.cli.app import create_app
from tests.support.sources import CHECKOUT, tracked_files

LINK: Final = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]*)\)")
CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
FILE: Final = re.compile(
    r"`((?:contracts|shared|services|ui|tests|tools|docs|deploy)/[\w./{},-]*?\.(?:py|md|json|csv|js))`"
)


def documents() -> list[Path]:
    """README, CHANGELOG, CONTRIBUTING and what lies in docs/."""
    found = [file for file in (*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"))]
    assert len(found) > 5
    return found


def anchors(text: str) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def leads_somewhere(aim: Path, anchor: str) -> bool:
    """Whether the file is there, and the heading in it."""
    if not aim.exists():
        return False
    return not anchor or aim.suffix != ".md" or anchor in anchors(aim.read_text("utf-8"))


def broken_links(file: Path, text: str) -> list[str]:
    """Links to files or headings that are not there."""
    targets = [target.partition("#") for target in LINK.findall(CODE.sub("", text))]
    return [
        f"{file.name}: {path}#{anchor}"
        for path, _, anchor in targets
        if not leads_somewhere(file.parent / path if path else file, anchor)
    ]


def missing_files(file: Path, text: str) -> list[str]:
    """Source files that a document names and that are not there."""
    return [f"{file.name}: {name}" for name in FILE.findall(text) if not (CHECKOUT / name).exists()]


def test_generated_parts_are_current() -> None:
    outcome = CliRunner().invoke(create_app(), ["docs", "--check"])
    assert (outcome.output, outcome.exit_code) == ("", 0)


def test_links_and_named_files_exist() -> None:
    texts = {file: file.read_text("utf-8") for file in documents()}
    assert [found for file, text in texts.items() for found in broken_links(file, text)] == []
    assert [found for file, text in texts.items() for found in missing_files(file, text)] == []


@pytest.mark.parametrize("target", ["docs/NOWHERE.md", "#nowhere", "README.md#nowhere"])
def test_a_link_that_leads_nowhere_is_found(target: str) -> None:
    assert len(broken_links(CHECKOUT / "README.md", f"# Title\n[text]({target})\n")) == 1


def test_a_file_that_is_gone_is_found() -> None:
    assert len(missing_files(CHECKOUT / "README.md", "see `shared/gone.py`")) == 1


def test_records_of_decisions_are_numbered_without_a_gap() -> None:
    numbers = sorted(int(file.name[:4]) for file in (CHECKOUT / "docs" / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_decision_that_the_code_names_is_recorded() -> None:
    numbers = {file.name[:4] for file in (CHECKOUT / "docs" / "adr").glob("*.md")}
    named = {
        number
        for file in tracked_files()
        if file.suffix == ".py"
        for number in re.findall(r"ADR (\d{4})", file.read_text("utf-8"))
    }
    assert named - numbers == set()
    assert named
