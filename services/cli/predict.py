"""`dex predict` and `dex best-move`: publish a request, await the reply, print it."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer

from contracts.battle import BattleRequested, Combatant
from contracts.channels import BATTLE_REQUESTED
from contracts.serving import Predicted, Refused
from services.cli import answers
from services.cli.asking import Connect, connect
from services.cli.battle_file import answer_file, count_rows
from services.cli.combatants import combatant, parse_moves, parse_side
from services.cli.console import errors
from services.cli.file_options import both_sides, check_file_options
from services.cli.outcomes import NOT_REACHED, reach, say_refused
from services.cli.progress import duration, row_bar
from services.cli.speaking import spoken, use_language
from services.cli.telling import Teller
from shared.wording import Language

TIMEOUT_SECONDS: Final = 15.0

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Explain = Annotated[bool, typer.Option("--explain", help="Say why, too: facts, and what each part adds.")]
InLanguage = Annotated[
    Language | None,
    typer.Option(
        "--language", "--lang", help="Of the words that are printed: en or fr; default as LANG says."
    ),
]


def register(app: typer.Typer, connect_to: Connect = connect) -> None:
    """Add the commands to `app`; `connect_to` opens the requester they use."""

    @app.command()
    def predict(
        a: Annotated[
            str | None,
            typer.Argument(metavar="A:MOVE", help="Your side: pikachu:thunderbolt, or pikachu@30:…"),
        ] = None,
        b: Annotated[str | None, typer.Argument(metavar="B:MOVE", help="The other side.")] = None,
        level_a: Annotated[int | None, typer.Option(help="Level of A, 1 to 100; 50 if not given.")] = None,
        level_b: Annotated[int | None, typer.Option(help="Level of B, 1 to 100; 50 if not given.")] = None,
        file: Annotated[
            Path | None, typer.Option(help="CSV with the columns a, b, move_a, move_b: one battle a row.")
        ] = None,
        out: Annotated[
            Path | None, typer.Option(help="Where --file writes its rows with win_probability or error.")
        ] = None,
        explain: Explain = False,
        language: InLanguage = None,
        as_json: Json = False,
    ) -> None:
        """Who wins? A name is an id, a slug, or any French or English name.

        Exit code 1: refused; 3: the stack cannot be reached. With --file it is 0 once every row has
        its win_probability or its error.
        """
        if language is not None:
            use_language(language)
        has_level = level_a is not None or level_b is not None
        beside = {"a battle": a is not None, "--explain": explain, "--level-a or --level-b": has_level}
        check_file_options(file, out, beside)
        if file is not None and out is not None:
            reach(as_json, lambda: _predict_file(connect_to, file, out, as_json))
            return
        a, b = both_sides(a, b)
        sides = (parse_side("a", a, level=level_a), parse_side("b", b, level=level_b))
        _ask(connect_to, sides, explain, as_json, Teller(spoken()).duel)

    @app.command("best-move")
    def best_move(
        a: Annotated[str, typer.Argument(help="Your Pokémon: pikachu, or pikachu@30.")],
        b: Annotated[str, typer.Argument(help="The opponent.")],
        moves: Annotated[
            str | None, typer.Option(help="Your moves, m1,m2,…; all it can learn if not given.")
        ] = None,
        opponent_moves: Annotated[str | None, typer.Option(help="The opponent's moves, likewise.")] = None,
        level_a: Annotated[int | None, typer.Option(help="Your level, 1 to 100; 50 if not given.")] = None,
        level_b: Annotated[int | None, typer.Option(help="The opponent's level, likewise.")] = None,
        explain: Explain = False,
        language: InLanguage = None,
        as_json: Json = False,
    ) -> None:
        """Which move to play, against the opponent's best answer to it."""
        if language is not None:
            use_language(language)
        sides = (
            _with_moves("a", parse_side("a", a, level=level_a), parse_moves(moves)),
            _with_moves("b", parse_side("b", b, level=level_b), parse_moves(opponent_moves)),
        )
        _ask(connect_to, sides, explain, as_json, Teller(spoken()).best_move)


def _with_moves(side: Any, parsed: Combatant | Refused, moves: tuple[str, ...] | None) -> Combatant | Refused:
    if isinstance(parsed, Refused) or moves is None:
        return parsed
    return combatant(side, str(parsed.pokemon), level=parsed.level, moves=moves)


def _ask(
    connect_to: Connect,
    sides: tuple[Combatant | Refused, Combatant | Refused],
    explain: bool,
    as_json: bool,
    print_answer: Callable[[Predicted], None],
) -> None:
    a, b = sides
    if isinstance(a, Refused):
        say_refused(a, as_json)
    if isinstance(b, Refused):
        say_refused(b, as_json)
    request = BattleRequested(a, b, explain=explain)

    async def ask() -> Predicted | Refused:
        async with connect_to() as requester:
            return await requester.ask(BATTLE_REQUESTED, request, timeout_s=TIMEOUT_SECONDS)

    reply = reach(as_json, ask)
    if isinstance(reply, Refused):
        say_refused(reply, as_json)
    if as_json:
        answers.print_json(answers.answer_json(reply))
    else:
        print_answer(reply)


async def _predict_file(connect_to: Connect, file: Path, out: Path, as_json: bool) -> None:
    total = count_rows(file)
    async with connect_to() as requester:
        with row_bar("asking", total) as show:
            tally = await answer_file(requester, file, out, on_row=lambda done: show(done.rows))
    if as_json:
        answers.print_json({**msgspec.to_builtins(tally), "rate": tally.rate, "out": str(out)})
    else:
        errors().print(
            f"{tally.rows:,} rows in {duration(tally.seconds)} ({tally.rate:,.0f} a second): "
            f"{tally.answered:,} answered, {tally.refused:,} refused, {tally.silent:,} without a reply",
            markup=False,
        )
    if tally.silent and not tally.answered and not tally.refused:
        raise typer.Exit(NOT_REACHED)
