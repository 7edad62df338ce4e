"""`dex battle`: the battle engine plays here, on the Pokédex of the running stack; no model is asked."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

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
            int, typer.Option("--n", min=1, max=MOST_BATTLES, help="Battles of each duel.")
        ] = DEFAULT_BATTLES,
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
        # the battle engine and NumPy, which no other command needs
        from services.cli.battle_playing import play, play_rows

        chosen = secrets.randbelow(2**31) if seed is None else seed
        if file is not None:
            if a is not None or out is None or log:
                raise typer.BadParameter(
                    "give --file with --out, and neither a battle nor --log beside it", param_hint="--file"
                )
            play_rows(file, out, battles, chosen, as_json, read)
            return
        if a is None or b is None or out is not None:
            raise typer.BadParameter("give two sides, or --file with --out", param_hint="A:MOVE B:MOVE")
        play(a, b, battles, log, chosen, as_json, read)
