"""A closed window as a document: equal logs, definitions and references make equal bytes."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from shared.drift.binning import Binning, Counts
from shared.drift.partial import Partial, add_counts
from shared.drift.scores import ColumnScore, rounded, score_columns
from shared.drift.spans import Definition, Span
from shared.drift.verdict import Level, Standing, Thresholds, judge, step


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
    level: Level
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


@dataclass(frozen=True, slots=True, eq=False)
class Total:
    """The sum of a window's partials, over its cells and all partitions."""

    events: int
    duplicates: int
    counts: Counts | None

    @classmethod
    def of(cls, partials: Iterable[Partial]) -> "Total":
        """Integers only, so that the order does not matter."""
        events, duplicates = 0, 0
        counts: Counts | None = None
        for partial in partials:
            events += partial.events
            duplicates += partial.duplicates
            counts = add_counts(counts, partial.counts)
        return cls(events, duplicates, counts)


@dataclass(frozen=True, slots=True, eq=False)
class Scoring:
    """What the windows of one release are made by. `reference`: its sha256 and binning, None without."""

    definition: Definition
    family: str
    model_version: str
    reference: tuple[str, Binning] | None
    thresholds: Thresholds

    def windows(self, totals: Iterable[tuple[Span, Total]], before: Standing) -> Iterator[Window]:
        """The windows in order of time; `before` is where the release stood at the first of them."""
        standing = before
        for span, total in totals:
            window = self._window(span, total, standing)
            standing = window.standing
            yield window

    def _window(self, span: Span, total: Total, before: Standing) -> Window:
        columns: list[ColumnScore] | None = None
        if self.reference is not None:
            columns = [] if total.counts is None else score_columns(self.reference[1], total.counts)
        level, reason = judge(total.events, columns, self.thresholds)
        drifting = tuple(column.name for column in columns or () if column.drifts)
        return Window(
            definition=self.definition.name,
            family=self.family,
            model_version=self.model_version,
            start_ms=span.start_ms,
            end_ms=span.end_ms,
            events=total.events,
            duplicates=total.duplicates,
            reference=None if self.reference is None else self.reference[0],
            columns=tuple(columns or ()),
            drifting=drifting,
            share_drifting=rounded(len(drifting) / len(columns)) if columns else 0.0,
            level=level,
            reason=reason,
            standing=step(before, level, self.thresholds),
        )


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
    whole = hashlib.sha256()
    for window in ordered:
        whole.update(canonical(window) + b"\n")
    return whole.hexdigest()
