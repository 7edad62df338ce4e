"""`dex`: the commands, and what their errors look like to a person."""

import logging
import sys
from typing import Final

import typer

from services.cli import (
    battle,
    bench,
    dlq,
    docs,
    drift,
    faults,
    ingest,
    keys,
    pokedex,
    predict,
    quality,
    stack_commands,
    training,
)
from services.cli.answers import failure_text
from services.cli.console import say_error
from services.cli.reaching import DataOption, NotRunning, use_data, use_running_stack
from services.cli.speaking import LanguageOption, use_language
from shared.errors import CallFailed, Misconfigured, PredictionDexError
from shared.logs import configure_logs

NO: Final = 1
WRONG_USAGE: Final = 2
NOT_REACHED: Final = 3
INTERRUPTED: Final = 130
PROGRAM: Final = "dex"
HELP: Final = "--help"


def create_app() -> typer.Typer:
    """All commands on one application."""
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
        needs_no_stack = context.invoked_subcommand in (
            stack_commands.NAMES | quality.NAMES | docs.NAMES | faults.NAMES | bench.NAMES
        )
        # Typer comes here before it shows the help of a command
        if not needs_no_stack and HELP not in sys.argv:
            use_running_stack()

    stack_commands.register(app)
    predict.register(app)
    battle.register(app)
    ingest.register(app)
    pokedex.register(app)
    training.register(app)
    keys.register(app)
    dlq.register(app)
    drift.register(app)
    quality.register(app)
    faults.register(app)
    bench.register(app)
    docs.register(app)
    return app


def main() -> None:
    """Run one command; ends the process with 0 done, 1 no, 2 wrong usage, 3 not reached."""
    configure_logs(PROGRAM, "ERROR", "console")
    # that a broker is not there yet is what the commands find out and say themselves
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        create_app()(prog_name=PROGRAM)
    except CallFailed as error:
        say_error(failure_text(error))
        raise SystemExit(NOT_REACHED) from None
    except NotRunning as error:
        say_error(str(error))
        raise SystemExit(NOT_REACHED) from None
    except Misconfigured as error:
        say_error(str(error))
        raise SystemExit(WRONG_USAGE) from None
    except PredictionDexError as error:
        say_error(str(error))
        raise SystemExit(NO) from None
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None
