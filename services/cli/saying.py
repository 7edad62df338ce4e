"""What a command says instead of an answer: on standard error, or as one JSON object."""

from typing import Any, Final, NoReturn

import typer

from contracts.serving import Refused
from services.cli.answers import print_json, refusal_json, refusal_text
from services.cli.console import say_error

NO: Final = 1


def say(document: dict[str, Any], text: str, as_json: bool) -> None:
    """The document where a script reads, the text where a person does."""
    if as_json:
        print_json(document)
    else:
        say_error(text)


def say_refused(refused: Refused, as_json: bool) -> NoReturn:
    """Ends the command with exit code 1."""
    say(refusal_json(refused), refusal_text(refused), as_json)
    raise typer.Exit(NO)
