"""Two replays beside each other: one span window by window, two spans column by column."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from services.cli.console import output, plain_table
from services.cli.replay.windows import Made
from shared.drift.counting import Release
from shared.drift.documents import Window, digest_of
from shared.errors import Misconfigured

SHOWN: Final = 20


@dataclass(slots=True)
class Side:
    """The whole windows of one release in one replay. `psi`: sum by column, over `scored` windows."""

    windows: int = 0
    events: int = 0
    alarms: int = 0
    scored: int = 0
    psi: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, window: Window) -> None:
        """One more window."""
        self.windows += 1
        self.events += window.events
        self.alarms += window.level == "alarm"
        self.scored += bool(window.columns)
        for column in window.columns:
            self.psi[column.name] += column.psi

    def as_json(self) -> dict[str, Any]:
        return {"windows": self.windows, "events": self.events, "alarms": self.alarms}

    def mean_psi(self, column: str) -> float:
        """Over the windows that were scored."""
        return self.psi.get(column, 0.0) / self.scored if self.scored else 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """`differing`: ids of windows that only one side has, within the span of both, or other bytes of."""

    same: int
    differing: list[str]
    sides: dict[Release, tuple[Side, Side]]

    def columns(self, release: Release) -> list[tuple[str, float, float]]:
        """Column, mean PSI left and right; the greatest difference first."""
        left, right = self.sides[release]
        found = [(name, left.mean_psi(name), right.mean_psi(name)) for name in left.psi | right.psi]
        return sorted(found, key=lambda one: (-abs(one[2] - one[1]), one[0]))

    def as_json(self) -> dict[str, Any]:
        """All of it; columns by release."""
        releases = [
            {
                "family": release[0],
                "model_version": release[1],
                "left": left.as_json(),
                "right": right.as_json(),
                "columns": [
                    {"name": name, "left_psi": one, "right_psi": other}
                    for name, one, other in self.columns(release)
                ],
            }
            for release, (left, right) in self.sides.items()
        ]
        return {"same": self.same, "differing": self.differing, "releases": releases}


def compare_files(left: Path, right: Path) -> Comparison:
    """Raises Misconfigured for a file that is none, or windows of two definitions."""
    digests: tuple[dict[str, str], dict[str, str]] = ({}, {})
    spans: list[tuple[int, int]] = []
    starts: dict[str, int] = {}
    sides: dict[Release, tuple[Side, Side]] = {}
    definitions: set[str] = set()
    for side, file in enumerate((left, right)):
        begin, end = 0, 0
        for window in _whole(file):
            definitions.add(window.definition)
            digests[side][window.window_id] = digest_of(window)
            starts[window.window_id] = window.start_ms
            begin, end = min(begin or window.start_ms, window.start_ms), max(end, window.end_ms)
            release = window.family, window.model_version
            sides.setdefault(release, (Side(), Side()))[side].add(window)
        spans.append((begin, end))
    if len(definitions) > 1:
        raise Misconfigured(f"Windows of two definitions: {', '.join(sorted(definitions))}. Give --window.")
    begin, end = max(one[0] for one in spans), min(one[1] for one in spans)
    both = [name for name, start in starts.items() if begin <= start < end]
    differing = [name for name in both if digests[0].get(name) != digests[1].get(name)]
    return Comparison(len(both) - len(differing), differing, sides)


def print_comparison(found: Comparison) -> None:
    """For a person."""
    table = plain_table("family", "version", "", "windows", "requests", "alarms")
    for (family, version), both in found.sides.items():
        for name, side in zip(("left", "right"), both, strict=True):
            table.add_row(family, version, name, f"{side.windows:,}", f"{side.events:,}", f"{side.alarms:,}")
    output().print(table)
    if found.same or found.differing:
        output().print(
            f"of the span of both: {found.same:,} windows are the same, {len(found.differing):,} differ"
        )
    for name in found.differing[:SHOWN]:
        output().print(f"differs: {name}", markup=False)
    columns = plain_table("version", "column", "mean PSI left", "right")
    for release in found.sides:
        for name, left, right in found.columns(release)[:SHOWN]:
            columns.add_row(release[1], name, f"{left:.4f}", f"{right:.4f}")
    if columns.rows:
        output().print(columns)


def _whole(file: Path) -> Iterator[Window]:
    try:
        with file.open("rb") as lines:
            for line in lines:
                made = msgspec.json.decode(line, type=Made)
                if made.partial is None:
                    yield made.window
    except (OSError, msgspec.DecodeError) as error:
        raise Misconfigured(f"{file} is not what `dex replay windows --out` writes: {error}") from None
