"""A closed window as a document: equal logs, definitions and references make equal bytes."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from contracts.drift import DriftLevel, DriftState


class ColumnScore(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a window against the reference.

    `wasserstein` is in standard deviations of the reference. `statistic` is KS for numbers and
    chi-squared for categories. Shares are of the window's predictions: `missing` NaN, `outside` beyond
    the reference's least and largest value, `unseen` categories that the reference has not.
    """

    name: str
    kind: str
    psi: float
    jensen_shannon: float
    wasserstein: float | None
    statistic: float
    p_value: float
    adjusted_p_value: float
    drifts: bool
    missing: float
    outside: float
    unseen: float


class Standing(msgspec.Struct, frozen=True):
    """Where a release stands after a window.

    `alarms`: alarming windows in a row; `calm`: windows in a row that were better than the state.
    """

    state: DriftState = "ok"
    alarms: int = 0
    calm: int = 0


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a window. What differs between runs over one log is not in it: revision, offsets.

    `reference`: sha256 of the reference that it was scored by. `standing` includes the windows before.
    """

    definition: str
    family: str
    model_version: str
    start_ms: int
    end_ms: int
    events: int
    duplicates: int
    reference: str | None
    columns: tuple[ColumnScore, ...]
    drifting: tuple[str, ...]
    share_drifting: float
    level: DriftLevel
    reason: str
    standing: Standing

    @property
    def window_id(self) -> str:
        """Names the window, whatever its revision: 16 hex digits."""
        return window_id(self.definition, self.family, self.model_version, self.start_ms)


def window_id(definition: str, family: str, model_version: str, start_ms: int) -> str:
    """See `Window.window_id`."""
    words = msgspec.json.encode([definition, family, model_version, start_ms])
    return hashlib.sha256(words).hexdigest()[:16]


def canonical(window: Window) -> bytes:
    """Canonical JSON: sorted names, no spaces."""
    return msgspec.json.encode(window, order="sorted")


def digest_of(window: Window) -> str:
    """SHA-256 (hex) of its canonical JSON."""
    return hashlib.sha256(canonical(window)).hexdigest()


def windows_sha256(windows: Iterable[Window]) -> str:
    """SHA-256 (hex) over all windows, in order of family, version and time."""
    ordered: Sequence[Window] = sorted(
        windows, key=lambda one: (one.definition, one.family, one.model_version, one.start_ms)
    )
    whole = WindowsHash()
    for window in ordered:
        whole.add(window)
    return whole.hexdigest()


class WindowsHash:
    """The same of windows that come in that order, one at a time."""

    def __init__(self) -> None:
        """No window yet."""
        self._whole = hashlib.sha256()

    def add(self, window: Window) -> None:
        """The next window."""
        self._whole.update(canonical(window) + b"\n")

    def hexdigest(self) -> str:
        """SHA-256 in hex."""
        return self._whole.hexdigest()


def rounded(value: Any) -> Any:
    """Floats to ten digits: libraries may differ in the last ones, canonical JSON may not."""
    return float(f"{value:.10g}") if isinstance(value, float) else value
