"""What `dex battle` does once its options are read."""

from pathlib import Path

from contracts.battle import BattleRequested, ResolvedBattle
from contracts.serving import Refused
from services.cli.answers import print_json
from services.cli.battle_log import battle_lines
from services.cli.combatants import parse_side
from services.cli.console import output
from services.cli.dueling import Played, matchups_of, play_duels, played_json, resolve_duel
from services.cli.outcomes import reach, say_refused
from services.cli.pokedex_reading import Read
from services.cli.rates_file import play_file
from shared.battle.simulator import tell_battle
from shared.battle.tables import BattleTables
from shared.pokedex import Pokedex


def play_rows(file: Path, out: Path, battles: int, seed: int, as_json: bool, read: Read) -> None:
    """Each row of `file` is a duel; its rate is written to `out`."""
    play_file(reach(as_json, read), file, out, battles, seed, as_json)


def play(a: str, b: str, battles: int, log: bool, seed: int, as_json: bool, read: Read) -> None:
    """One duel: told turn by turn with `log`, else counted over `battles`."""
    request = _request(a, b, as_json)
    pokedex = reach(as_json, read)
    duel = resolve_duel(request, pokedex)
    if isinstance(duel, Refused):
        say_refused(duel, as_json)
    if log:
        _print_log(duel, pokedex, seed, as_json)
    else:
        _print_rate(play_duels(pokedex, [duel], battles, seed)[0], pokedex, as_json)


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
