"""`dex battle`: the battle engine plays here, on the Pokédex of the running stack; no model is asked."""

import secrets
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.battle import BattleRequested, ResolvedBattle
from contracts.serving import Refused
from services.cli.answers import print_json
from services.cli.battle_log import battle_lines
from services.cli.combatants import parse_side
from services.cli.console import output
from services.cli.dueling import Played, matchups_of, play_duels, played_json, resolve_duel
from services.cli.outcomes import reach, say_refused
from services.cli.pokedex_reading import Read, read_pokedex
from services.cli.rates_file import play_file
from shared.battle.simulator import tell_battle
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex

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
        chosen = secrets.randbelow(2**31) if seed is None else seed
        if file is not None:
            if a is not None or out is None or log:
                raise typer.BadParameter(
                    "give --file with --out, and neither a battle nor --log beside it", param_hint="--file"
                )
            play_file(reach(as_json, read), file, out, battles, chosen, as_json)
            return
        if a is None or b is None or out is not None:
            raise typer.BadParameter("give two sides, or --file with --out", param_hint="A:MOVE B:MOVE")
        request = _request(a, b, as_json)
        pokedex = reach(as_json, read)
        duel = resolve_duel(request, pokedex)
        if isinstance(duel, Refused):
            say_refused(duel, as_json)
        if log:
            _print_log(duel, pokedex, chosen, as_json)
        else:
            _print_rate(play_duels(pokedex, [duel], battles, chosen)[0], pokedex, as_json)


def _request(a: str, b: str, as_json: bool) -> BattleRequested:
    first, second = parse_side("a", a), parse_side("b", b)
    if isinstance(first, Refused):
        say_refused(first, as_json)
    if isinstance(second, Refused):
        say_refused(second, as_json)
    return BattleRequested(first, second)


def _print_log(duel: ResolvedBattle, pokedex: Pokedex, seed: int, as_json: bool) -> None:
    told = tell_battle(BattleTables.from_pokedex(pokedex), matchups_of(pokedex, [duel]), seed)
    lines = battle_lines(told, duel, pokedex)
    if as_json:
        winner = {1: "a", 2: "b"}.get(told.winner, "draw")
        print_json({"kind": "battle", "winner": winner, "turns": told.turns, "seed": seed, "log": lines})
        return
    for line in (*lines, f"seed {seed}"):
        output().print(line, markup=False)


def _print_rate(played: Played, pokedex: Pokedex, as_json: bool) -> None:
    if as_json:
        print_json(played_json(played, pokedex))
        return
    low, high = played.interval
    name = pokedex.pokemon_by_slug[played.duel.a.pokemon].name_en
    losses = played.battles - played.wins - played.draws
    for line in (
        f"{name} wins {played.win_rate:.3f} of its battles ({low:.3f} to {high:.3f})",
        f"  {played.wins:,} won, {losses:,} lost, {played.draws:,} drawn; "
        f"{played.mean_turns:.1f} turns on average; seed {played.seed}",
    ):
        output().print(line, markup=False)
