from pathlib import Path

import pytest
import typer

from contracts.asyncapi import DOCUMENT_FILE
from contracts.schema_snapshot import SNAPSHOT_FOLDER
from services.cli import docs
from services.cli.docs import PARTS_OF, stale_files, write
from services.cli.parts import END, with_part
from shared.errors import Misconfigured, PredictionDexError


@pytest.fixture
def commands() -> object:
    app = typer.Typer()
    docs.register(app)
    app.command()(lambda: None)
    return typer.main.get_command(app)


@pytest.fixture
def checkout(tmp_path: Path, commands: object) -> Path:
    """A checkout whose documents are current."""
    for name, parts in PARTS_OF.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(f"<!-- generated: {part} -->\n{END}" for part in parts))
    write(tmp_path, stale_files(tmp_path, commands))
    return tmp_path


def names(checkout: Path, commands: object) -> list[str]:
    return [str(file.relative_to(checkout)) for file in stale_files(checkout, commands)]


def test_only_the_text_between_the_marks_changes() -> None:
    text = f"a\n<!-- generated: x -->\nold\n{END}\nb\n<!-- generated: y -->\nkept\n{END}\n"
    assert with_part("f", text, "x", "new\n\n") == text.replace("old", "new")


@pytest.mark.parametrize("text", ["", "<!-- generated: x -->", END])
def test_a_document_without_the_place_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured, match="no place for its x"):
        with_part("README.md", text, "x", "new")


def test_what_was_written_is_current(checkout: Path, commands: object) -> None:
    assert names(checkout, commands) == []


@pytest.mark.parametrize("file", [*PARTS_OF, str(DOCUMENT_FILE)])
def test_an_edited_file_is_stale_until_it_is_written_again(
    checkout: Path, commands: object, file: str
) -> None:
    edited = checkout / file
    current = edited.read_text()
    edited.write_text(current.replace("request id", "planted"))
    if edited.read_text() == current:
        edited.write_text(current.replace("| metric |", "| planted |"))
    assert names(checkout, commands) == [file]
    write(checkout, stale_files(checkout, commands))
    assert edited.read_text() == current


def test_a_schema_that_is_missing_is_stale(checkout: Path, commands: object) -> None:
    next((checkout / SNAPSHOT_FOLDER).glob("*.json")).unlink()
    assert len(names(checkout, commands)) == 1


def test_a_message_that_was_given_up_is_not_removed_silently(checkout: Path, commands: object) -> None:
    (checkout / SNAPSHOT_FOLDER / "planted.v1.Old.json").write_text("{}")
    stale = stale_files(checkout, commands)
    assert len(stale) == 1
    with pytest.raises(PredictionDexError, match="removed or renamed"):
        write(checkout, stale)
