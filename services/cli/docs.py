"""`dex docs`: writes what the documents say about the code, or says which of them is stale."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from contracts.asyncapi import DOCUMENT_FILE, asyncapi_document
from contracts.document import channel_table
from contracts.schema_snapshot import SNAPSHOT_FOLDER, BreakingChange, message_schemas, render, write_schemas
from services.cli import model_document
from services.cli.console import output
from services.cli.parts import with_part
from services.cli.reaching import use_running_stack
from services.cli.reference import command_table, metric_table, settings_table
from services.cli.training import read_models
from services.embedded.layout import CHECKOUT
from shared.errors import Misconfigured, PredictionDexError
from shared.settings import Settings

PACKAGES: Final = ("shared", "services", "ui")
PARTS_OF: Final[Mapping[str, tuple[str, ...]]] = {
    "README.md": ("channels", "commands"),
    "docs/OPERATIONS.md": ("settings", "metrics"),
}
"""File → the generated parts it has, in any order."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(docs)


def docs(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit code 1 when something is stale.")
    ] = False,
    schema: Annotated[
        bool, typer.Option("--schema", help="Draw the running database too, into docs/POKEDEX.md.")
    ] = False,
    model: Annotated[
        bool,
        typer.Option(
            "--model", help="Tell of the running stack's champion, and of its first model, in README.md."
        ),
    ] = False,
) -> None:
    """Write the generated parts of the documents, the message schemas and the AsyncAPI document."""
    if check and (schema or model):
        raise Misconfigured("--check changes nothing: give it without --schema and --model.")
    stale = stale_files(CHECKOUT, context.find_root().command)
    console = output()
    if check:
        for file in stale:
            console.print(f"stale: {file.relative_to(CHECKOUT)}; run `./dex docs`", markup=False)
        if stale:
            raise typer.Exit(1)
        return
    write(CHECKOUT, stale)
    for file in stale:
        console.print(f"written: {file.relative_to(CHECKOUT)}", markup=False)
    if schema:
        # the tables of all services, which no other command needs
        from services.cli.schema_document import FILE, read_schema, update

        use_running_stack()
        if update(CHECKOUT, asyncio.run(read_schema(Settings()))):
            console.print(f"written: {FILE}", markup=False)
    if model:
        use_running_stack()
        models = read_models()
        trainings = Settings().data_dir / "trainings"
        told = model_document.models_to_tell(models.releases, models.champion, trainings)
        if model_document.update(CHECKOUT, told):
            console.print(f"written: {model_document.FILE}", markup=False)


def stale_files(root: Path, commands: Any) -> dict[Path, str | None]:
    """File → the text that it should have; None for one that should not be there.

    `commands` is the Typer group. Raises Misconfigured when a document lacks the place of a part.
    """
    wanted: dict[Path, str | None] = {
        **_documents(root, commands),
        root / DOCUMENT_FILE: render(asyncapi_document()),
        **{
            root / SNAPSHOT_FOLDER / f"{stem}.json": render(schema)
            for stem, schema in message_schemas().items()
        },
    }
    for file in (root / SNAPSHOT_FOLDER).glob("*.json"):
        wanted.setdefault(file, None)
    return {file: text for file, text in wanted.items() if _read(file) != text}


def write(root: Path, files: Mapping[Path, str | None]) -> None:
    """Bring the files up to date. Raises PredictionDexError for a breaking change of a message."""
    try:
        # refuses before anything is written; what it refuses to remove stays
        write_schemas(root)
    except BreakingChange as error:
        raise PredictionDexError(str(error)) from error
    for file, text in files.items():
        if text is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")


def _documents(root: Path, commands: Any) -> dict[Path, str]:
    make: Mapping[str, Callable[[], str]] = {
        "channels": channel_table,
        "commands": lambda: command_table(commands),
        "settings": settings_table,
        "metrics": lambda: metric_table(root, PACKAGES),
    }
    texts = {}
    for name, parts in PARTS_OF.items():
        text = _read(root / name)
        if text is None:
            raise Misconfigured(f"There is no {name} in {root}: the documents are made in a checkout.")
        for part in parts:
            text = with_part(name, text, part, make[part]())
        texts[root / name] = text
    return texts


def _read(file: Path) -> str | None:
    return file.read_text("utf-8") if file.exists() else None
