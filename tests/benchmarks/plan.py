"""How much is measured: the counts of a full run, of a quick one, and of the test of the benchmark itself."""

from dataclasses import dataclass, replace
from typing import Final

from contracts.models import TrainingSize


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Counts a round, unless a name says otherwise."""

    rounds: int = 5
    sequential: int = 400
    calls: int = 5_000
    """With 32 and 256 in flight."""
    slow_calls: int = 1_000
    """Of sides that answer some hundred a second."""
    sparse: int = 20
    """Once, a side."""
    rest_calls: int = 100
    one_row: int = 2_000
    native_rows: int = 300
    parity_rows: int = 20_000
    battles: int = 400
    frames: int = 40
    replayed: int = 50_000
    inserted: int = 2_000
    inserted_singly: int = 300
    load_seconds: float = 32.0
    """Of half load; a drift window ends each second of it."""
    their_battles: int = 60
    our_battles: int = 1_000
    windows_closed: int = 20
    starts: int = 5
    overload_seconds: float = 15.0
    trained: TrainingSize = "full"
    is_quick: bool = False


FULL: Final = Plan()
QUICK: Final = Plan(
    rounds=2,
    sequential=100,
    calls=1_000,
    slow_calls=150,
    sparse=4,
    rest_calls=40,
    one_row=300,
    native_rows=60,
    battles=100,
    frames=10,
    replayed=5_000,
    inserted=500,
    inserted_singly=60,
    load_seconds=5.0,
    their_battles=20,
    our_battles=300,
    windows_closed=5,
    starts=1,
    overload_seconds=3.0,
    trained="first",
    is_quick=True,
)
TINY: Final = replace(
    QUICK,
    rounds=1,
    sequential=5,
    calls=40,
    slow_calls=8,
    sparse=1,
    native_rows=5,
    one_row=20,
    parity_rows=400,
    load_seconds=3.0,
    overload_seconds=0.5,
)
