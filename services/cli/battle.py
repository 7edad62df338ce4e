"""`dex battle`: the battle engine plays here, on the Pokédex of the running stack; no model is asked."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from services.cli.file_options import both_sides, check_file_options
from services.cli.pokedex_reading import Read, read_pokedex

DEFAULT_BATTLES: Final = 1_000
MOST_BATTLES: Final = 1_000_000


def register(app: typer.Typer, read: Read = read_pokedex) -> None:
    """Add the command to `app`; `read` brings the Pokédex."""

    @app.command()
    def battle(
        a: Annotated[
            str | None, typer.Argument(metavar="A:MOVE", help="One side: pikachu:thunderbolt, pikachu@30:…")
        ] = None,
        b: Annotated[str | None, typer.Argument(metavar="B:MOVE", help="The other side.")] = None,
        battles: Annotated[
            int | None,
            typer.Option("--n", min=1, max=MOST_BATTLES, help="Battles of each duel; 1,000 if not given."),
        ] = None,
        log: Annotated[bool, typer.Option("--log", help="Print one battle, turn by turn.")] = False,
        seed: Annotated[
            int | None, typer.Option(min=0, help="The same seed gives the same battles; else one is drawn.")
        ] = None,
        file: Annotated[
            Path | None, typer.Option(help="CSV with the columns a, b, move_a, move_b: one duel a row.")
        ] = None,
        out: Annotated[
            Path | None, typer.Option(help="Where --file writes its rows with win_rate or error.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        """Play battles here and count who wins; each side repeats its move until one faints.

        Exit code 1: refused; 3: the stack cannot be reached.
        """
        check_file_options(file, out, {"a battle": a is not None, "--log": log})
        if log and battles not in (None, 1):
            raise typer.BadParameter("it tells one battle: leave --n out", param_hint="--log")
        # the battle engine and NumPy, which no other command needs
        from services.cli.battle_playing import play, play_rows

        chosen = secrets.randbelow(2**31) if seed is None else seed
        if file is not None and out is not None:
            play_rows(file, out, battles or DEFAULT_BATTLES, chosen, as_json, read)
            return
        a, b = both_sides(a, b)
        play(a, b, battles or DEFAULT_BATTLES, log, chosen, as_json, read)
