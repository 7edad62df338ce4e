"""How a command ends that did not succeed: one message, or one JSON object, and an exit code."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final, NoReturn, TypeVar

import typer

from contracts.serving import Refused
from services.cli import answers
from services.cli.console import say_error
from services.cli.reaching import NotRunning
from shared.errors import CallFailed, Misconfigured

NO: Final = 1
WRONG_USAGE: Final = 2
NOT_REACHED: Final = 3

Result = TypeVar("Result")


def reach(as_json: bool, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run `work`; what kept it from an answer becomes a message and an exit code."""
    try:
        return asyncio.run(work())
    except CallFailed as failure:
        _say(answers.failure_json(failure), answers.failure_text(failure), as_json)
        raise typer.Exit(NOT_REACHED) from None
    except NotRunning as error:
        message, _, remedy = str(error).partition("\n")
        document = {"kind": "failed", "reason": "NotRunning", "message": message, "remedy": remedy}
        _say(document, str(error), as_json)
        raise typer.Exit(NOT_REACHED) from None
    except Misconfigured as error:
        _say({"kind": "failed", "reason": "Misconfigured", "message": str(error)}, str(error), as_json)
        raise typer.Exit(WRONG_USAGE) from None


def say_refused(refused: Refused, as_json: bool) -> NoReturn:
    """Print the refusal and end the command; what could not even be asked is wrong usage."""
    _say(answers.refusal_json(refused), answers.refusal_text(refused), as_json)
    was_typed_wrong = not refused.request_id and refused.reason == "invalid"
    raise typer.Exit(WRONG_USAGE if was_typed_wrong else NO)


def _say(document: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        answers.print_json(document)
    else:
        say_error(text)
