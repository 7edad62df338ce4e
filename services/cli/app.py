"""`dex`: the commands, and what their errors look like to a person."""

import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from types import FrameType
from typing import Final

import typer
from pydantic import ValidationError

from services.cli.answers import failure_text
from services.cli.console import say_error
from services.cli.quiet import quiet_logs
from services.cli.reaching import DataOption, NotRunning, use_data, use_running_stack
from services.cli.speaking import LanguageOption, say, use_language
from shared.errors import ArchiveAway, CallFailed, Misconfigured, PredictionDexError
from shared.settings import setting_problems

MODULES: Final = {
    "stack_commands": ("up", "down", "status", "restart", "logs", "psql", "open", "topics", "doctor"),
    "predict": ("predict", "best-move"),
    "battle": ("battle",),
    "ingest": ("ingest",),
    "pokedex": ("pokedex",),
    "training": ("dataset", "train", "evaluate", "models"),
    "keys": ("keys",),
    "dlq": ("dlq",),
    "archive": ("archive",),
    "replay.command": ("replay",),
    "traffic.command": ("traffic",),
    "drift": ("drift",),
    "quality": ("lint", "test"),
    "faults": ("faults",),
    "bench": ("bench",),
    "docs": ("docs",),
}
"""Module → the commands that it registers; a command starts without the libraries of the others."""
NEED_NO_STACK: Final = frozenset(
    command
    for module in ("stack_commands", "quality", "faults", "bench", "docs")
    for command in MODULES[module]
)
DESCRIBES_ALL: Final = "docs"
OPTIONS_WITH_VALUE: Final = ("--data", "--lang")
NO: Final = 1
WRONG_USAGE: Final = 2
NOT_REACHED: Final = 3
INTERRUPTED: Final = 130
PROGRAM: Final = "dex"
HELP: Final = "--help"


def create_app(only: str | None = None) -> typer.Typer:
    """All commands on one application, or those of the module that has the command `only`."""
    app = typer.Typer(
        name=PROGRAM,
        help="PredictionDex: real-time model serving on Apache Kafka, shown on Pokémon Let's Go battles.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
    )

    @app.callback()
    def prepare(
        context: typer.Context,
        data: DataOption = None,
        lang: LanguageOption = None,
    ) -> None:
        use_language(lang)
        use_data(data)
        # Typer comes here before it shows the help of a command
        if context.invoked_subcommand not in NEED_NO_STACK and HELP not in sys.argv:
            use_running_stack()

    asked = None if only == DESCRIBES_ALL else only
    for module in [name for name, commands in MODULES.items() if asked in commands] or MODULES:
        import_module(f"services.cli.{module}").register(app)
    return app


def first_command(arguments: Sequence[str]) -> str | None:
    """The command in what was typed; None without one."""
    words = iter(arguments)
    for word in words:
        if word in OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def end_as_interrupt(_number: int, frame: FrameType | None) -> None:
    """SIGTERM ends a command as Ctrl-C does, with what it then has to say."""
    on_interrupt = signal.getsignal(signal.SIGINT)
    if not callable(on_interrupt):
        raise KeyboardInterrupt
    on_interrupt(signal.SIGINT, frame)


def main() -> None:
    """Run one command; ends the process with 0 done, 1 no, 2 wrong usage, 3 not reached."""
    quiet_logs()
    signal.signal(signal.SIGTERM, end_as_interrupt)
    try:
        create_app(first_command(sys.argv[1:]))(prog_name=PROGRAM)
    except CallFailed as error:
        say_error(failure_text(error))
        raise SystemExit(NOT_REACHED) from None
    except (NotRunning, ArchiveAway) as error:
        say_error(str(error))
        raise SystemExit(NOT_REACHED) from None
    except ValidationError as error:
        say_error("\n".join(setting_problems(error)))
        raise SystemExit(WRONG_USAGE) from None
    except Misconfigured as error:
        say_error(say(error.words))
        raise SystemExit(WRONG_USAGE) from None
    except PredictionDexError as error:
        say_error(str(error))
        raise SystemExit(NO) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
