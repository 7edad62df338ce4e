"""Windows of drift as events: what was closed, how far it drifts, where its records lie."""

from typing import Literal

import msgspec

DriftLevel = Literal["none", "ok", "warn", "alarm"]
DriftState = Literal["ok", "warn", "alarm"]


class OffsetRange(msgspec.Struct, frozen=True, kw_only=True):
    """The records of a window in one partition of `predictions.made`, first and last offset included."""

    partition: int
    first_offset: int
    last_offset: int


class DriftReportRequested(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Make the full report of a window. Key: the window id. One that was made is made again."""

    window_id: str


class DriftWindowClosed(msgspec.Struct, frozen=True, kw_only=True):
    """A window was closed, or changed after it was. Key: the window id; the highest revision counts.

    `[start_ms, end_ms)` is record time, epoch milliseconds. `level` is of this window alone, `state` of
    the release after it. `sha256` (hex) is that of the window's canonical JSON. `withdrawn`: records
    that came later made other windows of its span. `definition`: kind, size and horizon of duplicates.
    """

    window_id: str
    revision: int
    definition: str
    family: str
    model_version: str
    start_ms: int
    end_ms: int
    events: int
    duplicates: int
    level: DriftLevel
    reason: str
    state: DriftState
    share_drifting: float
    drifting: tuple[str, ...]
    sha256: str
    offsets: tuple[OffsetRange, ...] = ()
    withdrawn: bool = False
