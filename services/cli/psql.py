"""`dex psql`: a prompt on the stack's database, read-only unless told otherwise."""

import os
import shutil
import subprocess
from typing import Annotated, Final

import typer

from services.cli.reaching import DataOption, use_data, use_running_stack
from services.embedded.accounts import packaged_binaries
from shared.errors import Misconfigured, PredictionDexError
from shared.settings import Settings

READ_ONLY: Final = "-c default_transaction_read_only=on"


def psql_program() -> str:
    """The system's psql (it can edit lines), else the one that comes with the embedded server."""
    found = shutil.which("psql")
    if found is not None:
        return found
    packaged = packaged_binaries() / "psql"
    if not packaged.exists():
        raise Misconfigured("There is no psql here: install it (apt-get install postgresql-client).")
    return str(packaged)


def command(
    statement: Annotated[str | None, typer.Option("--command", "-c", help="Run one statement.")] = None,
    write: Annotated[bool, typer.Option("--write", help="Allow changes.")] = False,
    data: DataOption = None,
) -> None:
    """Open psql on the database of the stack (read-only; --write allows changes)."""
    use_data(data)
    use_running_stack()
    url = Settings().database_url.replace("postgresql+asyncpg://", "postgresql://")
    environment = dict(os.environ)
    if not write:
        environment["PGOPTIONS"] = f"{environment.get('PGOPTIONS', '')} {READ_ONLY}".strip()
    arguments = [psql_program(), "--no-psqlrc", "--set=ON_ERROR_STOP=1", url]
    if statement is not None:
        arguments += ["--command", statement]
    outcome = subprocess.run(arguments, env=environment, check=False)  # noqa: S603
    if outcome.returncode == 2:
        raise PredictionDexError("The database does not answer: see `./dex status`.")
    if outcome.returncode:
        raise typer.Exit(1)
