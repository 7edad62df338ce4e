"""The reference engine as a process that answers a line for a line."""

import json
import subprocess
from typing import Any, Final

import numpy as np

from services.embedded.oracle import SCRIPT, missing_of_oracle
from shared.battle.matchups import MatchUps
from shared.battle.simulator import TURN_LIMIT
from shared.battle.tables import BattleTables

WINNERS: Final = ("a", "b", "draw")
STATS: Final = ("hp", "atk", "def", "spa", "spd", "spe")


class OracleFailed(Exception):
    """The reference engine cannot be run, or refused a request."""


class Showdown:
    """Plays match-ups of `tables`; use as a context manager."""

    def __init__(self, tables: BattleTables) -> None:
        self._forms = list(tables.form_index)
        self._moves = list(tables.move_index)
        self.seconds = 0.0
        """What the battles took, without starting and talking."""

    def __enter__(self) -> "Showdown":
        missing = missing_of_oracle()
        if missing:
            raise OracleFailed(f"The reference engine is not here: {missing}.")
        self._process = subprocess.Popen(
            ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def about(self) -> dict[str, str]:
        """Versions."""
        return self._ask({"kind": "about"})

    def play(self, matchups: MatchUps, battles: int, seed: int) -> np.ndarray:
        """(n, 3, turn limit + 1) battles by winner (`WINNERS`) and number of turns."""
        counts = np.zeros((len(matchups), len(WINNERS), TURN_LIMIT + 1), dtype=np.int64)
        for row in range(len(matchups)):
            words = np.random.SeedSequence([seed, row]).generate_state(4, np.uint32) & 0xFFFF
            answer = self._ask(
                {"kind": "play", **self._sides(matchups, row), "battles": battles, "seed": words.tolist()}
            )
            self.seconds += answer["seconds"]
            for winner, name in enumerate(WINNERS):
                for turns, count in answer["counts"][name].items():
                    counts[row, winner, int(turns)] = count
        return counts

    def hits(self, matchups: MatchUps) -> tuple[np.ndarray, np.ndarray]:
        """(n, 2, 16) damage of a hit of `a` by critical and roll, 0 where it fails; (n, 2, 6) stats."""
        rolls, stats = [], []
        for row in range(len(matchups)):
            answer = self._ask({"kind": "rolls", **self._sides(matchups, row)})
            rolls.append([[damage or 0 for damage in hits] for hits in answer["rolls"]])
            stats.append([[side[name] for name in STATS] for side in answer["stats"]])
        return np.array(rolls), np.array(stats)

    def _sides(self, matchups: MatchUps, row: int) -> dict[str, Any]:
        form_a, move_a, level_a, form_b, move_b, level_b = (int(column[row]) for column in matchups.columns())
        return {"a": self._side(form_a, move_a, level_a), "b": self._side(form_b, move_b, level_b)}

    def _side(self, form: int, move: int, level: int) -> dict[str, Any]:
        return {"form": self._forms[form], "move": self._moves[move], "level": level}

    def _ask(self, request: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise OracleFailed(f"The reference engine ended at {request}.")
        answer = json.loads(line)
        if "error" in answer:
            raise OracleFailed(f"{answer['error']} ({request})")
        return answer
