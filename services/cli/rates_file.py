"""A file of duels, played here, some rows at a time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from contracts.battle import ResolvedBattle
from contracts.serving import Refused
from services.cli.answers import print_json, refusal_line
from services.cli.battle_csv import UNREADABLE, BattleCsv, Row
from services.cli.battle_file import count_rows, question
from services.cli.console import errors
from services.cli.dueling import Played, play_duels, resolve_duel
from services.cli.progress import duration, row_bar
from shared.errors import Misconfigured
from shared.pokedex import Pokedex

ADDED: Final = ("win_rate", "interval_low", "interval_high", "mean_turns", "draws", "error")
ROWS_AT_ONCE: Final = 256


@dataclass(slots=True)
class RatesTally:
    """How a file went."""

    rows: int = 0
    played: int = 0
    refused: int = 0
    seconds: float = 0.0


def play_file(pokedex: Pokedex, source: Path, target: Path, battles: int, seed: int, as_json: bool) -> None:
    """Play every row of `source`, write `target` in the same order, and say how it went.

    A row that cannot be played carries its reason in `error`. Raises Misconfigured when a file
    cannot be used.
    """
    with row_bar("playing", count_rows(source, ADDED)) as show:
        tally = rate_file(pokedex, source, target, battles, seed, on_rows=show)
    if as_json:
        print_json(
            {
                "rows": tally.rows,
                "played": tally.played,
                "refused": tally.refused,
                "seconds": tally.seconds,
                "battles": battles,
                "seed": seed,
                "out": str(target),
            }
        )
    else:
        errors().print(
            f"{tally.rows:,} rows in {duration(tally.seconds)}: {tally.played:,} played {battles:,} times, "
            f"{tally.refused:,} refused; seed {seed}",
            markup=False,
        )


def rate_file(
    pokedex: Pokedex,
    source: Path,
    target: Path,
    battles: int,
    seed: int,
    *,
    on_rows: Callable[[int], None] = lambda _: None,
) -> RatesTally:
    """As `play_file`, without words; `on_rows` is told how many rows are done."""
    tally, started = RatesTally(), time.monotonic()
    table = BattleCsv.of(source, ADDED)
    try:
        with table.opened() as rows, table.writing(target) as write:
            while part := list(islice(rows, ROWS_AT_ONCE)):
                for row in _play_rows(pokedex, part, battles, seed):
                    write(row)
                    tally.rows += 1
                    tally.refused += bool(row.get("error"))
                tally.played = tally.rows - tally.refused
                tally.seconds = time.monotonic() - started
                on_rows(tally.rows)
    except OSError as error:
        raise Misconfigured(f"{error.filename or target}: {error.strerror}") from error
    return tally


def _play_rows(pokedex: Pokedex, rows: list[Row], battles: int, seed: int) -> Iterator[Row]:
    duels = [_duel(pokedex, row) for row in rows]
    played = iter(play_duels(pokedex, [duel for duel in duels if not isinstance(duel, str)], battles, seed))
    for row, duel in zip(rows, duels, strict=True):
        row.pop(UNREADABLE, None)
        yield {**row, "error": duel} if isinstance(duel, str) else {**row, **_added(next(played))}


def _duel(pokedex: Pokedex, row: Row) -> ResolvedBattle | str:
    """What a row asks to be played, or why it cannot be."""
    if UNREADABLE in row:
        return f"malformed row: {row[UNREADABLE]}"
    asked = question(row)
    duel = asked if isinstance(asked, Refused) else resolve_duel(asked, pokedex)
    return refusal_line(duel) if isinstance(duel, Refused) else duel


def _added(played: Played) -> Row:
    low, high = played.interval
    return {
        "win_rate": repr(played.win_rate),
        "interval_low": f"{low:.4f}",
        "interval_high": f"{high:.4f}",
        "mean_turns": f"{played.mean_turns:.2f}",
        "draws": str(played.draws),
    }
