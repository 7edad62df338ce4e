"""What was found under which circumstances: one object a goal in a file; how two such files are joined."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from tests.benchmarks import goals
from tests.benchmarks.goals import SAYS, SCALE, Finding
from tests.benchmarks.measuring import QUIET_LOAD
from tests.benchmarks.scale import Scale

LEAST_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Of one run. `load`: of the minute before it; `model`: where the served model is from."""

    date: str
    commit: str
    cores: int
    processor: str
    memory_gb: float
    python: str
    versions: Mapping[str, str] = field(default_factory=dict)
    broker: str
    plan: str
    rounds: int
    load: float
    model: str = ""

    @property
    def unjudged(self) -> str:
        """Why nothing of the run is judged; empty where it is."""
        if self.plan != "full":
            return f"a {self.plan} run"
        if self.rounds < LEAST_ROUNDS:
            return f"{self.rounds} rounds, fewer than {LEAST_ROUNDS}"
        if self.load > QUIET_LOAD:
            return f"noisy: load {self.load:.1f} before the start, above {QUIET_LOAD:g}"
        return ""

    @property
    def words(self) -> str:
        """One sentence."""
        return (
            f"{self.date[:10]}, commit {self.commit or 'unknown'}, {self.cores} cores of {self.processor}, "
            f"Python {self.python}, {self.broker}; {self.rounds} rounds, load {self.load:.1f} before; "
            f"model served: {self.model or 'none'}."
        )


@dataclass(frozen=True, slots=True)
class Result:
    """A finding, or the grid of `scale`, and how it came about."""

    found: Finding | Scale
    under: Circumstances

    @property
    def id(self) -> str:
        """Of the goal, or `scale`."""
        return self.found.id

    @property
    def is_judged(self) -> bool:
        """Whether its bounds count."""
        return not self.under.unjudged

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None where it is not judged or not wholly measured."""
        return self.found.met if self.is_judged and isinstance(self.found, Finding) else None

    def as_json(self) -> dict[str, Any]:
        """One object."""
        found = self.found
        said = goals.as_json(found, judged=self.is_judged) if isinstance(found, Finding) else found.as_json()
        return {**said, "unjudged": self.under.unjudged, "under": msgspec.to_builtins(self.under)}


class Results:
    """Results by goal, in the order of the table; `scale` is last."""

    def __init__(self, results: Iterable[Result] = ()) -> None:
        """The last of each goal counts."""
        self._found = {one.id: one for one in results}

    @classmethod
    def read(cls, file: Path) -> Self:
        """Those of a file; none when there is no file. Raises ValueError when it is of another form."""
        if not file.exists():
            return cls()
        try:
            return cls(_read(one) for one in json.loads(file.read_text("utf-8"))["goals"])
        except (msgspec.MsgspecError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file} holds no results of this benchmark: {error}") from error

    def add(self, result: Result) -> None:
        """Keep it in place of an earlier one of the same goal."""
        self._found[result.id] = result

    def with_judged(self, others: "Results") -> "Results":
        """These, and what was judged of `others` in place of ours: a failure too, but not what could not be
        tried."""
        taken = [one for one in others if one.is_judged and not (_is_untried(one) and one.id in self._found)]
        return Results([*self, *taken])

    def __iter__(self) -> Iterator[Result]:
        """In the order of the table."""
        order = {name: place for place, name in enumerate(SAYS)}
        return iter(sorted(self._found.values(), key=lambda one: order[one.id]))

    def get(self, goal: str) -> Result | None:
        """That of a goal."""
        return self._found.get(goal)

    @property
    def goals(self) -> Sequence[tuple[Finding, Circumstances]]:
        """Findings of goals, without the grid."""
        return [(one.found, one.under) for one in self if isinstance(one.found, Finding)]

    @property
    def scale(self) -> tuple[Scale, Circumstances] | None:
        """The grid."""
        found = self._found.get(SCALE)
        return (found.found, found.under) if found and isinstance(found.found, Scale) else None

    def write(self, file: Path) -> None:
        """Replace the file, whole or not at all."""
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f".{file.name}.partial")
        partial.write_text(json.dumps({"goals": [one.as_json() for one in self]}, indent=1) + "\n", "utf-8")
        os.replace(partial, file)


def _is_untried(result: Result) -> bool:
    found = result.found
    return isinstance(found, Finding) and bool(found.not_measured) and not found.is_failed


def _read(said: Mapping[str, Any]) -> Result:
    under = msgspec.convert(said["under"], Circumstances)
    if "cells" in said:
        return Result(Scale.from_json(said), under)
    return Result(goals.from_json(said), under)


def circumstances(machine: Mapping[str, Any], *, plan: str, rounds: int, load: float) -> Circumstances:
    """Of a run that begins; the model is told later (`served`)."""
    return Circumstances(**machine, plan=plan, rounds=rounds, load=round(load, 2))


def served(under: Circumstances, model: str) -> Circumstances:
    """The same with the model that is served."""
    return replace(under, model=model)
