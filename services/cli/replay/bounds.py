"""From where to where a replay goes, as typed and as it is read. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from contracts.models import ModelReleased
from shared.drift.counting import BUCKET_MS, HORIZON_BUCKETS
from shared.drift.spans import Definition, Progress, watermark
from shared.errors import Misconfigured

UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_OFFSETS: Final = re.compile(r"\d+:\d+(,\d+:\d+)*")
_WIDTH: Final = re.compile(r"(\d+)([smhd]?)")

Bound = int | Mapping[int, int]
"""Epoch milliseconds, or partition → offset."""


def parse_bound(option: str, text: str) -> Bound:
    """A time (ISO 8601; UTC unless it says otherwise) or `P:OFFSET,…`. Raises Misconfigured."""
    if _OFFSETS.fullmatch(text):
        pairs = [pair.split(":") for pair in text.split(",")]
        offsets = {int(partition): int(offset) for partition, offset in pairs}
        if len(offsets) < len(pairs):
            raise Misconfigured(f"{option} {text}: names a partition twice.")
        return offsets
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(
            f"{option} {text}: write a time as 2026-01-31T18:00 (UTC), or offsets as 0:1200,1:1300."
        ) from None
    return round((time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp() * 1_000)


def parse_window(text: str) -> Definition:
    """`60s`, `5m`, `1h`: by time; `1000`: whole seconds with so many predictions. Raises Misconfigured."""
    found = _WIDTH.fullmatch(text)
    if found is None or not int(found[1]):
        raise Misconfigured(f"--window {text}: write a width as 60s, 5m or 1h, or a number of predictions.")
    number, unit = int(found[1]), found[2]
    return Definition("time", number * UNIT_SECONDS[unit] * 1_000) if unit else Definition("count", number)


def floor(time_ms: int, width_ms: int) -> int:
    """The start of the cell that the time lies in."""
    return time_ms - time_ms % width_ms


def ceiling(time_ms: int, width_ms: int) -> int:
    """The first end of a cell at that time or later."""
    return -floor(-time_ms, width_ms)


def horizon_start(from_ms: int) -> int:
    """From when on request ids are to be known, so that windows from `from_ms` on count each once."""
    return (from_ms // BUCKET_MS - HORIZON_BUCKETS) * BUCKET_MS


def known_from(first_kept_ms: int) -> int:
    """From when on windows are whole, where records of before a partition's first one are deleted."""
    return (first_kept_ms // BUCKET_MS + HORIZON_BUCKETS + 1) * BUCKET_MS


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a partition, `end` excluded.

    `is_passed`: it holds a record of the end of the replay or later. `is_read_out`: what is there at
    the time of the plan is all that there was. `first_kept_ms`: earlier records are deleted which the
    replay would read, and this is the time of the first one left.
    """

    partition: int
    start: int
    end: int
    is_passed: bool
    is_read_out: bool
    first_kept_ms: int | None = None


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A replay, whole: resumed, it reads the same records by the same releases.

    Windows of `[from_ms, to_ms)` are made; records of the horizon before are read for their ids alone.
    """

    source: str
    definition: Definition
    from_ms: int
    to_ms: int
    planned_at_ms: int
    parts: tuple[Part, ...]
    releases: tuple[ModelReleased, ...]
    reference: ModelReleased | None = None

    @property
    def records(self) -> int:
        """Offsets to read, about as many records."""
        return sum(part.end - part.start for part in self.parts)

    @property
    def whole_from_ms(self) -> int:
        """Windows that start earlier may lack records or count some twice."""
        kept = [part.first_kept_ms for part in self.parts if part.first_kept_ms is not None]
        found = max([self.from_ms, *map(known_from, kept)])
        return ceiling(found, self.definition.cell_ms)

    def whole_to_ms(self, reached_ms: Mapping[int, int], grace_ms: int) -> int:
        """Windows that end later may still get records. `reached_ms`: record time by partition."""
        progress = [
            Progress(
                self.to_ms if part.is_passed else reached_ms.get(part.partition, 0),
                self.planned_at_ms if part.is_read_out else 0,
            )
            for part in self.parts
        ]
        return min(self.to_ms, watermark(progress, grace_ms))
